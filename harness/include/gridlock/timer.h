// SPDX-License-Identifier: Apache-2.0
//
// Timer: calls a function once, after a delay, in a thread of its own (Python's threading.Timer).
//
//   gridlock::Timer alarm{50ms, [] { ring(); }, "alarm"};
//   alarm.start();
//   if (alarm.cancel()) ...            // it will not ring
//
//   operation   not started    waits            fires             has fired      cancelled
//   start       waits from     std::system_     the same          the same       nothing; if it
//               now on         error invalid_                                    was started: as
//                              argument                                          before
//   cancel      true           true             false             false          true
//   join        returns        waits until it   waits until the   returns        waits for its
//                              has fired or is  function has                     thread to end,
//                              cancelled        returned;                        which is at once
//                                               deadlock * when
//                                               that never can
//   destructor  -              cancels, joins   joins             joins          joins
//
//   * a finding; see lock.h for what happens after it.
//
// cancel() never waits. false means that the function has begun and may be running still: what it
// uses must stay until join() has returned. To join, or to destroy the timer, under a lock that the
// function needs is a deadlock, and a lock-order cycle even if this run was lucky. The function
// must not join or destroy its own timer; cancel() in it is false.
//
// The delay is counted on the steady clock from start() on; it fires no earlier, and as much later
// as the system takes to run a thread. What the function throws ends the program.
//
// Memory ordering: all before start happens before the function, the function before the return of
// join. A cancel orders nothing with a function that has begun.
// Cost: a thread for each timer from start() on.
//
// Fairness: timers that are due at the same moment fire in any order.
// A signal handler may cancel() and ask fired(), nothing else. Full tables: as for thread.h.
//
// Misuse:
//   const gridlock::Guard guard{log};
//   alarm.join();                         // and the function takes `log`: deadlock *
#pragma once

#include <gridlock/cxx20.h>

#ifdef GRIDLOCK_CXX20

#include <gridlock/event.h>
#include <gridlock/thread.h>
#include <gridlock/waiting.h>

#include <memory>

namespace gridlock {

/// Not to be copied or moved: its thread knows its address.
class Timer {
 public:
  /// Is to call a copy of `function` after `delay`, counted from start(); zero or less: at once. `name` is that of the
  /// thread, copied. Starts nothing yet.
  template <typename Rep, typename Period, typename Function>
  Timer(const std::chrono::duration<Rep, Period>& delay, Function&& function,
        std::string_view name = "timer", CallSite where = CallSite::current())
      : nanoseconds_(internal::nanoseconds(delay)),
        function_(std::make_unique<internal::ThreadCall<std::decay_t<Function>>>(
            std::decay_t<Function>(std::forward<Function>(function)))),
        name_(name),
        cancelled_(where) {}
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  ~Timer();

  /// Begins to wait, in a thread of its own. Once: throws std::system_error invalid_argument the second time, and as
  /// Thread does. Nothing happens after cancel().
  void start(CallSite where = CallSite::current());
  /// True: the function will not be called. False: it has begun. By any thread; never waits; orders nothing.
  bool cancel() noexcept;
  /// Waits until the function has returned, or the timer was cancelled; returns at once if it was not started. The
  /// function happens before the return. By one thread at a time. Throws std::system_error as Thread::join() does.
  void join();
  /// The function has begun, and perhaps ended. Orders nothing.
  [[nodiscard]] bool fired() const noexcept;

 private:
  enum class State : std::uint8_t { kWaiting, kFired, kCancelled };
  void run();

  std::uint64_t nanoseconds_;
  std::unique_ptr<internal::ThreadBody> function_;
  std::string name_;
  std::atomic<State> state_{State::kWaiting};
  bool started_ = false;
  Event cancelled_;
  Thread thread_;
};

}  // namespace gridlock

#endif  // GRIDLOCK_CXX20
