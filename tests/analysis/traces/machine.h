// SPDX-License-Identifier: Apache-2.0
//
// Runs a program of traces/program.h one operation at a time, in whatever order it is told to. It is a
// model of the primitives: who holds what, who waits, who may go on. Without a Telling it can be
// copied, so that all schedules can be tried.
#pragma once

#include <string>
#include <vector>

#include "harness/analysis/wait_for_graph.h"
#include "tests/analysis/traces/program.h"
#include "tests/analysis/traces/telling.h"

namespace gridlock::traces {

/// How it is run: one thread after the other, to the moment where they block each other, or freely.
enum class Run { kLucky, kHang, kFree };

class Machine {
 public:
  /// `telling` may be nullptr; then nothing is predicted.
  Machine(const Program& program, Run run, Telling* telling);

  std::size_t size() const { return threads_.size(); }
  /// Has it anything left to do, and can it?
  bool can_step(std::size_t thread) const;
  /// One operation, or the end of one that had to wait. Returns true if it was a yield.
  bool step(std::size_t thread);
  bool started(std::size_t thread) const { return threads_[thread].phase != Phase::kUnborn; }
  bool done(std::size_t thread) const { return threads_[thread].phase == Phase::kDone; }
  /// It waits without limit for something that is not there.
  bool blocked(std::size_t thread) const;
  bool all_done() const;
  /// Everybody may leave the meeting.
  void end_meeting() { meeting_over_ = true; }
  bool meeting_over() const { return meeting_over_; }

  /// What the runtime would say when `thread` has just begun to wait, or ended: "deadlock",
  /// "self-deadlock", "starvation", "lost-wakeup", or "".
  std::string judge(std::size_t thread) const;
  /// Everything that the future depends on.
  std::string state() const;

 private:
  enum class Phase { kUnborn, kRunning, kWaiting, kDone };
  struct Thread {
    Known known;
    Phase phase = Phase::kUnborn;
    std::size_t at = 0;      // the operation that comes, or that it waits in
    NodeId node = 0;         // in the graph
    u32 ticket = 0;          // of a barrier or a condition: what was when the wait began
    bool too_early = false;  // of a condition: it was notified before, and that counts
    u32 levels = 0;          // of a condition: how often its lock was held
    std::size_t scoped = 0;  // of a scoped_lock: where it begins
    bool slept = false;      // of a condition with a test: since it was tested first
  };
  struct Object {
    NodeId node = 0;
    std::size_t owner = kNone;
    u32 depth = 0;
    u32 value = 0;  // permits, items, arrivals, notifications; whether set, raised, done
    u32 room = 0;
    u32 undone = 0;
    u32 generation = 0;
    bool early = false;  // of a condition: it was notified while nobody waited
    bool used = false;
    bool closed = false;
  };
  static constexpr std::size_t kNone = ~std::size_t{0};

  const Op& op_of(std::size_t thread) const;
  Kind kind(u32 object) const { return program_->objects[object].kind; }
  bool readers_wait(u32 object) const { return program_->objects[object].writers_first; }
  Held* held(std::size_t thread, u32 object);
  const Held* held(std::size_t thread, u32 object) const;
  void drop_held(std::size_t thread, u32 object);
  Signal signal(u32 object, internal::Channel channel) const;

  // machine.cc
  void pass_jumps(std::size_t thread);
  bool jumps(std::size_t thread, const Op& op);
  void next(std::size_t thread);
  void begin(std::size_t thread, const Op& op);
  void finish(std::size_t thread, const Op& op);
  void act(std::size_t thread, const Op& op);
  std::size_t started_as(u32 object) const;

  // machine_waits.cc
  bool available(std::size_t thread, const Op& op) const;
  bool shared_available(std::size_t thread, u32 object, Mode mode, bool upgrade) const;
  bool waits_to_write(std::size_t thread, u32 object) const;
  void fill_waiter(std::size_t thread, internal::Waiter& waiter,
                   std::vector<internal::WaiterIndex>& releasers) const;
  std::size_t only_permit_holder(u32 object) const;

  // machine_locks.cc
  void begin_lock(std::size_t thread, const Op& op);
  void take(std::size_t thread, u32 object, Mode mode);
  void give_back(std::size_t thread, u32 object);
  void release(std::size_t thread, u32 object);
  void finish_scoped(std::size_t thread, const Op& op);
  void begin_sleep(std::size_t thread, const Op& op);
  void change_mode(std::size_t thread, u32 object, bool exclusive);

  // machine_signals.cc
  void begin_wait(std::size_t thread, const Op& op);
  void finish_queue(std::size_t thread, const Op& op);
  void close(std::size_t thread, u32 object);
  void arrive(std::size_t thread, u32 object);
  void notify(std::size_t thread, u32 object);
  void end_once(std::size_t thread, const Op& op);

  const Program* program_;
  Run run_;
  Telling* telling_;
  std::vector<Thread> threads_;
  std::vector<Object> objects_;
  u32 born_ = 0;
  bool meeting_over_ = false;
};

}  // namespace gridlock::traces
