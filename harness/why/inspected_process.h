// SPDX-License-Identifier: Apache-2.0
//
// A process that nobody prepared, looked at from outside: its threads, where they are, what they sleep in, and
// its memory. Live, with every thread stopped at one moment, or from a core file. Only inspected_process.cc
// and its neighbours know elfutils, ptrace and the form of a core file.
#pragma once

#include <gridlock/finding.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace gridlock::internal {

/// A system call that a thread sleeps in.
struct SleepingCall {
  std::uint64_t number = 0;
  std::array<std::uint64_t, 6> arguments{};
};

struct InspectedThread {
  int tid = 0;
  std::string name;                    ///< as the kernel has it; empty if unknown
  std::optional<SleepingCall> asleep;  ///< nothing: it was running
  Stack stack;                         ///< innermost first; module and offset only
  std::vector<std::string> symbols;    ///< of each frame, as the symbol table has it; empty: none
};

/// A file that code of the process lies in.
struct InspectedModule {
  std::string path;
  std::string build_id;  ///< hex digits; empty if it has none
};

/// All of it is read in the constructor, but for memory.
class InspectedProcess {
 public:
  /// The source of what is known: a live process, or a core file.
  class Source {
   public:
    Source() = default;
    Source(const Source&) = delete;
    Source& operator=(const Source&) = delete;
    virtual ~Source() = default;
    /// False if not all of it can be read.
    virtual bool read(std::uint64_t address, std::span<std::byte> into) const = 0;
    /// No other process can write there, or wake what sleeps there. False where that is not known.
    virtual bool is_private(std::uint64_t address) const = 0;
    /// "g_accounts", "bank+0x10"; empty if no variable of the program is known there.
    virtual std::string variable_at(std::uint64_t address) const = 0;
  };

  /// Stops every thread of the process, reads, and lets them go on. Throws std::runtime_error with one
  /// line that says what to do: there is no such process, or it may not be looked at.
  static InspectedProcess of_process(int pid);
  /// `program`: the executable that left it; empty: the one that the core file names.
  static InspectedProcess of_core(const std::string& core, const std::string& program);

  int pid = 0;
  std::string program;                   ///< path of the executable
  std::vector<std::string> arguments;    ///< without its name
  std::vector<InspectedThread> threads;  ///< the first one is the main thread
  std::vector<InspectedModule> modules;
  std::uint64_t stopped_ns = 0;  ///< how long the process stood still; 0: it is a core file

  /// Reads what lies around the words that threads sleep on, while they still do.
  void keep_words();
  /// As it was then; nothing: it cannot be read.
  std::optional<std::uint32_t> word_at(std::uint64_t address) const;
  std::string variable_at(std::uint64_t address) const { return source->variable_at(address); }

  std::shared_ptr<const Source> source;

 private:
  std::map<std::uint64_t, std::uint32_t> words_;  // by address
};

}  // namespace gridlock::internal
