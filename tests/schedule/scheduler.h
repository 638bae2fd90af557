// SPDX-License-Identifier: Apache-2.0
//
// A Control that runs real primitives in real threads, one at a time, in an order that the test says.
// Nothing sleeps and no time passes:
//
//   a thread stands    at a point, which is the moment before each operation, or where it called
//                      Scheduler::step(); until the test lets it go on
//                      in a sleep, as long as the word is what it went to sleep on, as at a futex
//                      in a join, as long as the other thread has not ended
//   the clock          moves only when all threads that are left wait for a time, or when the test lets
//                      somebody go on who does
//   nobody can go on   is the end: the runtime had its look before the last of them went to sleep, and
//                      if it had found something the process would be over, or the victim thrown out.
//                      In a process tree, where sleepers look again after a while, each looks once more
//
// Controlled are the thread that made the Scheduler and each gridlock::Thread that is started while
// it is there; all others run freely. Not for the observer: it uses the standard library.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <semaphore>
#include <span>
#include <string>
#include <vector>

#include "harness/runtime/core/control.h"

namespace gridlock::schedule {

using internal::u32;
using internal::u64;

enum class Where : std::uint8_t { kRunning, kAtPoint, kAsleep, kInJoin, kYielding, kEnded };

/// A controlled thread. Only the thread that runs looks at it.
struct Controlled {
  u32 number = 0;  ///< gridlock::this_thread_id()
  Where where = Where::kRunning;
  internal::Operation operation{};  ///< at a point: what comes next; asleep: what it waits in
  const std::atomic<u32>* word = nullptr;
  u32 expected = 0;
  u64 deadline = 0;  ///< internal::kNoTimeout: none
  u32 joins = 0;
  u32 sleeps = 0;           ///< how often it has gone to sleep
  bool is_to_look = false;  ///< it goes on only to look for a deadlock of several processes
  u32 looks = 0;            ///< since somebody went on
  std::binary_semaphore turn{0};
};

struct Script {
  using Threads = std::span<const std::unique_ptr<Controlled>>;

  /// The number of the thread that goes on, asked whenever the running one stops; 0 leaves it to the
  /// Scheduler: the thread that stopped if it can, else the oldest that can. It may be one that waits
  /// for a time, whose time is then over.
  std::function<u32(const Controlled& stopped, Threads threads)> next = [](const Controlled&,
                                                                           Threads) { return 0U; };
  /// Do threads stand at points? If not, only where step() is called.
  bool at_points = true;
  std::function<u32(internal::Choice, u32)> choose = [](internal::Choice, u32) { return 0U; };
  /// Must not return. "nobody can go on" or "T3 cannot go on".
  std::function<void(const std::string& why)>
      fail;  // says it, and exits with 70, unless it is given
};

class Scheduler {
 public:
  explicit Scheduler(Script script);
  /// All that were started have been joined.
  ~Scheduler();
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  /// A point of the test's own. Nothing in a thread that is not controlled.
  static void step();
  /// Lets others go on, of a thread that looks at memory again and again; time passes while all do that.
  static void yield();

  /// How often the thread of this number (gridlock::this_thread_id()) has gone to sleep so far.
  static u32 sleeps_of(u32 number);

  /// Of all controlled threads, in the order in which they began.
  static std::vector<u32> numbers();

  static bool can_go_on(const Controlled& thread);
  /// It cannot, but in time it will.
  static bool waits_for_time(const Controlled& thread);

 private:
  const internal::Control* before_;
};

}  // namespace gridlock::schedule
