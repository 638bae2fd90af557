// SPDX-License-Identifier: Apache-2.0
//
// What the public headers say of the primitives, as a machine of a few bytes: who may do its next
// operation, and what is then. It knows nothing of any analysis. A program is a text of
// tests/analysis/traces/program.h.
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

inline constexpr u32 kMaxThreads = 24;
inline constexpr u32 kMaxObjects = 64;  // with the threads; 0 is none
inline constexpr u32 kMaxParts = kMaxThreads + 2;

enum class Phase : std::uint8_t {
  kUnborn,
  kReady,
  kBlocked,   // in its operation, until that can go on or its time is over
  kReleased,  // what it waited for has happened, and stays so whatever others do
  kRelock,    // its condition let it go, and it waits for the lock
  kTooLate,   // the same when its time was over
  kDone,
};

struct State {
  struct Thread {
    std::uint8_t at = 0;
    Phase phase = Phase::kUnborn;
    std::uint8_t depth = 0;  // of a lock that its condition gave back
    bool yields = false;     // it stood behind a "yield" when it came here; no part of what comes
  };
  // What it says depends on the kind (model.cc).
  struct Object {
    std::array<std::uint8_t, kMaxParts> part{};
  };
  std::array<Thread, kMaxThreads> threads;
  std::array<Object, kMaxObjects> objects;
};

/// One bit for each object.
using Objects = std::uint64_t;
constexpr Objects bit_of(u32 object) { return Objects{1} << object; }

class Model {
 public:
  using Run = traces::Run;
  /// Throws std::invalid_argument if the program is too large. Without `meets`, nobody waits at a meeting.
  explicit Model(const traces::Program& program, Run run = Run::kFree, bool meets = false);

  u32 size() const { return static_cast<u32>(program_->threads.size()); }
  State first() const;
  bool can_step(const State& state, u32 thread) const;
  void step(State& state, u32 thread) const;
  bool all_done(const State& state) const;
  /// Of a thread that cannot step: the objects that it waits for, a bit each.
  Objects waits_for(const State& state, u32 thread) const;
  /// Somebody waits for a task, or for room, and no worker that could help can go on before him, but if
  /// somebody cancels the queue: that counts as a hang already (executor.h). Of waits for locks and signals
  /// it is assumed that they end.
  bool is_starved(const State& state) const;
  /// Everybody may leave the meeting.
  void end_meeting() { meets_ = false; }

  /// A state in as few bytes as the program needs, and back.
  std::size_t packed_size() const;
  void pack(const State& state, std::uint8_t* bytes) const;
  State unpack(const std::uint8_t* bytes) const;

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
  void lock_again(State& state, u32 thread, bool notified) const;
  void begin_thread(State& state, u32 thread) const;
  void start(State& state, u32 object) const;
  bool can_submit(const State& state, u32 task) const;
  bool have_ended(const State& state, u32 pool) const;
  void submit(State& state, u32 task) const;
  void close_pool(State& state, u32 pool, bool cancels) const;
  void task_is_over(State& state, u32 task) const;
  void take_task(State& state, u32 thread, u32 pool) const;
  bool can_join(const State& state, u32 object) const;
  void cancel(State& state, u32 timer) const;
  void begin_completed(State& state, const Op& op) const;
  u32 completed_of(const State& state, const Op& op) const;
  void one_step(State& state, u32 thread) const;
  u32 pool_of(u32 task) const;
  u32 task_of(const State& state, u32 worker) const;
  bool helps(const State& state, u32 worker, const Op& wait) const;
  std::size_t parts() const;
  void go_to(State& state, u32 thread, std::size_t at) const;

  bool takes_no_time(const Op& op) const;
  void reset(State& state, u32 object) const;
  bool is_raised_for(const State& state, u32 thread) const;

  const traces::Program* program_;
  Run run_;
  bool meets_;
};

}  // namespace gridlock::random_programs
