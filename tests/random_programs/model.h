// SPDX-License-Identifier: Apache-2.0
//
// What the public headers say of the primitives, as a machine of a few bytes: who may do its next
// operation, and what is then. It knows nothing of any analysis. A program is a text of
// tests/analysis/traces/program.h without memory that nobody sees (until), meetings and new objects.
//
// One step of a thread is what a thread does under tests/schedule between two operations: the whole
// operation, or all of it up to a sleep, or all of it from that sleep on.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "tests/analysis/traces/program.h"

namespace gridlock::random_programs {

using internal::u32;

inline constexpr u32 kMostThreads = 4;
inline constexpr u32 kMostObjects = 20;  // with the threads; 0 is none

enum class Phase : std::uint8_t {
  kUnborn,
  kReady,
  kBlocked,   // in its operation, until that can go on or its time is over
  kReleased,  // what it waited for has happened, and stays so whatever others do
  kRelock,    // its condition let it go, and it waits for the lock
  kDone,
};

struct State {
  struct Thread {
    std::uint8_t at = 0;
    Phase phase = Phase::kUnborn;
    std::uint8_t depth = 0;  // of a lock that its condition gave back

    bool operator==(const Thread&) const = default;
  };
  // What it says depends on the kind (model.cc).
  struct Object {
    std::array<std::uint8_t, kMostThreads> part{};

    bool operator==(const Object&) const = default;
  };
  std::array<Thread, kMostThreads> threads;
  std::array<Object, kMostObjects> objects;

  bool operator==(const State&) const = default;
};

class Model {
 public:
  /// Throws std::invalid_argument of what it does not know.
  explicit Model(const traces::Program& program);

  u32 size() const { return static_cast<u32>(program_->threads.size()); }
  State first() const;
  bool can_step(const State& state, u32 thread) const;
  void step(State& state, u32 thread) const;
  bool all_done(const State& state) const;
  /// Of a thread that cannot step: the objects that it waits for, a bit each.
  u32 waits_for(const State& state, u32 thread) const;

 private:
  using Op = traces::Op;
  using Verb = traces::Verb;
  using Kind = traces::Kind;

  const Op& op_of(const State& state, u32 thread) const;
  Kind kind(u32 object) const { return program_->objects[object].kind; }
  bool can_take(const State& state, u32 thread, u32 object, traces::Mode mode) const;
  bool can_do(const State& state, u32 thread, const Op& op) const;
  bool writes(const Op& op) const;
  void begin(State& state, u32 thread) const;
  void block(State& state, u32 thread, const Op& op) const;
  void finish(State& state, u32 thread, const Op& op) const;
  void give_up(State& state, u32 thread, const Op& op) const;
  void take(State& state, u32 thread, u32 object, traces::Mode mode, u32 depth) const;
  void give_back(State& state, u32 thread, u32 object) const;
  void notify(State& state, u32 object, bool all) const;
  void leave_line(State& state, u32 object, u32 thread) const;
  void let_go(State& state, u32 object, Verb verb) const;
  void lock_again(State& state, u32 thread) const;
  void go_to(State& state, u32 thread, std::size_t at) const;

  const traces::Program* program_;
};

}  // namespace gridlock::random_programs
