// SPDX-License-Identifier: Apache-2.0
//
// From module + offset to function, file and line, in the parent process.
#pragma once

#include <gridlock/finding.h>

#include "harness/scenario/limits.h"

#include <chrono>
#include <compare>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gridlock::internal {

/// The address of a call inside a module, as a Frame has it.
struct CodeAddress {
  std::string module;
  std::uint64_t offset = 0;
  auto operator<=>(const CodeAddress&) const = default;
};

/// The frames that one address stands for, innermost first: those that the compiler expanded there,
/// then the function itself. Addresses that nobody could name are not in it.
using SymbolTable = std::map<CodeAddress, Stack>;

/// The llvm-symbolizer to use: GRIDLOCK_SYMBOLIZER if that is set ("none" for none at all), else
/// the newest of llvm-symbolizer-19 ... -14 and llvm-symbolizer in PATH and /usr/lib/llvm-*/bin, else
/// kLibdw if this build has it. Empty if there is none. A GRIDLOCK_SYMBOLIZER that cannot be executed is left out, with a line
/// in `notes`.
std::string find_llvm_symbolizer(std::vector<std::string>& notes);

/// In place of the path of one: elfutils, in a process of its own. As GRIDLOCK_SYMBOLIZER, too.
inline constexpr std::string_view kLibdw = "libdw";
/// False: a build without elfutils, which names nothing.
bool has_libdw();

/// What resolve_with_llvm() and variables_with_llvm() say, by elfutils; the addresses are sorted by module. Time and memory
/// are bounded, and whatever is wrong gives a line in `notes`, never an exception.
SymbolTable resolve_with_libdw(std::span<const CodeAddress> addresses,
                               std::chrono::milliseconds at_most, std::vector<std::string>& notes);

/// Asks llvm-symbolizer for all of them in one child process. Modules that are no ELF files are left
/// out; devices, FIFOs and what else has no end among them. After `each_at_most` the process is killed,
/// what it had answered counts, and another is asked for the rest, without the module that it took so
/// long for: until `at_most` is over. Its memory is bounded. Whatever is wrong with it gives a line in
/// `notes`, never an exception.
SymbolTable resolve_with_llvm(const std::string& symbolizer, std::span<const CodeAddress> addresses,
                              std::chrono::milliseconds at_most, std::vector<std::string>& notes,
                              std::chrono::milliseconds each_at_most = kSymbolizerRun);

/// A global variable.
struct Variable {
  std::string name;
  std::uint64_t size = 0;  ///< bytes; 0 if unknown
};
/// The variables that lie at these addresses, asked for as resolve_with_llvm() does. Those that nobody
/// could name are not in it.
std::map<CodeAddress, Variable> variables_with_llvm(const std::string& symbolizer,
                                                    std::span<const CodeAddress> addresses,
                                                    std::chrono::milliseconds at_most,
                                                    std::vector<std::string>& notes);

std::map<CodeAddress, Variable> variables_with_libdw(std::span<const CodeAddress> addresses,
                                                     std::chrono::milliseconds at_most,
                                                     std::vector<std::string>& notes);

/// Resolves the addresses of modules that this process has loaded too, with Boost.Stacktrace's
/// libbacktrace backend: no inlined frames, no columns. Empty in a build without that library.
SymbolTable resolve_in_process(std::span<const CodeAddress> addresses);

struct SymbolizeOptions {
  std::string symbolizer;  ///< path of llvm-symbolizer, or kLibdw; empty: none
  std::chrono::milliseconds at_most = kSymbolizerAll;
};

/// llvm-symbolizer for one report, whose questions together take kSymbolizerAll at most.
class Symbolizer {
 public:
  // NOLINTBEGIN(google-explicit-constructor): the path of one is one
  Symbolizer(std::string path) : path_(std::move(path)) {}  ///< empty: none
  Symbolizer(const char* path) : path_(path) {}
  // NOLINTEND(google-explicit-constructor)
  bool empty() const { return path_.empty(); }
  void symbolize(std::span<Stack* const> stacks, std::vector<std::string>& notes) const;
  std::map<CodeAddress, Variable> variables(std::span<const CodeAddress> addresses,
                                            std::vector<std::string>& notes) const;

 private:
  std::string path_;
  mutable std::chrono::milliseconds left_ = kSymbolizerAll;
};

/// Fills function, file, line and column of all frames that have a module and no function yet, and
/// puts inlined frames in front of the frame they were expanded into. Each address is looked up
/// once. What stays unknown stays empty.
void symbolize(std::span<Stack* const> stacks, const SymbolizeOptions& options,
               std::vector<std::string>& notes);

}  // namespace gridlock::internal
