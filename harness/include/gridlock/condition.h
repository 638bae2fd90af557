// SPDX-License-Identifier: Apache-2.0
//
// Condition: waiting under a lock for what another thread changes under it, watched (Hoare,
// "Monitors", 1974; Lampson and Redell, "Experience with processes and monitors in Mesa", 1980,
// whose notify is a hint: what was waited for has to be tested again).
//
//   gridlock::Lock lock{"jobs"};
//   gridlock::Condition changed{"jobs changed"};
//   {                                                    {
//     std::unique_lock hold{lock};                         const gridlock::Guard hold{lock};
//     changed.wait(hold, [&] { return !jobs.empty(); });   jobs.push_back(job);
//     ...                                                  changed.notify_one();
//   }                                                    }
//
// A wait takes a std::unique_lock, or the lock itself: Lock, RLock, SharedLock (held exclusively),
// std::shared_lock, or anything else that has lock() and unlock(). An RLock that is held several
// times is released in full and comes back as deep as it was.
//
//   operation          lock held                           lock not held by this thread
//   wait(lock)         releases it, waits for a            misuse-wait-unlocked *, returns at once,
//                      notification, takes it again        as from a wake-up for no reason
//   wait(lock, test)   the same until test() is true       misuse-wait-unlocked *, and waits all
//                                                          the same, without a lock
//   wait_for, _until   the same, at most that long         the same
//   wait(lock, token,  the same, until a stop is           the same
//   test)              requested (stop.h) at the latest
//
//   operation      threads wait                  nobody waits
//   notify_one     the one that waits longest    nothing; remembered for lost-wakeup *
//   notify_all     all go on                     nothing; remembered for lost-wakeup *
//   destructor     returns when those that were  -
//                  notified are gone; misuse-
//                  destroy-held * for others
//   any, after it  misuse-use-after-destroy *, as long as the memory still tells
//
//   * a finding; see lock.h for what happens after it. When no thread is left that could notify, the
//     wait is `lost-wakeup` if the last notification woke nobody, `starvation` otherwise. A wait with
//     a test is a lost wake-up only if the notification fell between the test and the wait, which
//     takes a notifier that changes things without the lock. With `on_deadlock=throw` the wait throws
//     and holds the lock again, except when taking it again is itself the deadlock.
//
// For the lock-order graph the lock is requested again when the wait begins, under whatever else is
// held: to wait while holding a second lock is an edge from that one to the first. A wait with a test
// is a wait also when test() is true at once, if a thread that runs beside it may have made it
// true.
//
// A request to stop wakes the threads that wait with its token, and no others. What such a wait holds is not taken for
// something that a notifier must not need, because the request can come without it; a wait that nobody can
// end is found all the same.
//
// Memory ordering: that of the lock. A notification orders nothing, and ThreadSanitizer is told of
// none. No wake-up is lost between the release of the lock and the sleep; one without a notification
// is possible, as with std::condition_variable.
//
// Cost: a notification that nobody waits for is an addition and a note of where it was given.
//
// Fairness: notify_one takes the one that waits longest; for the lock, which it has to take again, there is
// none. Not for signal handlers: a handler that interrupts an operation on the same condition hangs. Full
// tables: as for lock.h.
//
// Misuse:
//   ready = true;                          // without the lock: the waiter may have tested it just before,
//   changed.notify_one();                  // and sleeps after this: lost-wakeup *
#pragma once

#include <gridlock/cxx20.h>

#ifdef GRIDLOCK_CXX20

#include <gridlock/lock.h>
#include <gridlock/shared_lock.h>
#include <gridlock/stop.h>
#include <gridlock/thread_safety.h>
#include <gridlock/waiting.h>

#include <condition_variable>
#include <mutex>
#include <shared_mutex>
#include <type_traits>
#include <utility>

namespace gridlock {

namespace internal {

/// Where one waiter of a Condition stands, on its stack: in the line, until a notification is handed
/// to it or it takes itself out.
struct ConditionPlace {
  // What the waiter sleeps on. 1: a notification is handed to it; 2: a request to stop.
  std::atomic<std::uint32_t> handed{0};
  // Guarded by the Condition's mutex.
  bool in_line = false;
  ConditionPlace* before = nullptr;
  ConditionPlace* behind = nullptr;
};

}  // namespace internal

/// Something that threads wait for under a lock.
class Condition {
 public:
  /// An unnamed condition; reports say where it was made. Constant initialised: usable before main.
  // NOLINTNEXTLINE(google-explicit-constructor): a default constructor with a default argument
  constexpr Condition(CallSite where = CallSite::current()) noexcept : core_(0, where) {}
  /// A named condition. The name is copied; at most 255 bytes are kept.
  explicit Condition(std::string_view name, CallSite where = CallSite::current()) noexcept;
  ~Condition();
  Condition(const Condition&) = delete;
  Condition& operator=(const Condition&) = delete;

  /// Releases the lock, waits, takes the lock again. Test afterwards what was waited for. Throws std::system_error with
  /// `on_deadlock=throw`, and what unlock() and lock() of the lock throw.
  template <typename L>
  void wait(L& lock) {
    if (wait_once(lock, {}, kNoTimeout, false) == WaitResult::kDeadlock) fail();
  }
  /// Waits until test() is true; it is called with the lock held. Throws as the form without a test, and what test()
  /// throws.
  template <typename L, typename Test>
  void wait(L& lock, Test test) {
    for (bool first = true;; first = false) {
      const std::uint32_t before = sequence();
      if (test()) {
        if (first) found_true(known_in(lock), reads(lock), before, true);
        return;
      }
      if (wait_once(lock, {true, before}, kNoTimeout, true) == WaitResult::kDeadlock) fail();
    }
  }
  /// @{
  /// Waits until test() is true or a stop is requested, whichever comes first, or the time is over. Returns what test()
  /// says in the end.
  template <typename L, typename Test>
  bool wait(L& lock, const StopToken& token, Test test) {
    return wait_or_stop(lock, token, kNoTimeout, std::move(test));
  }
  template <typename L, typename Rep, typename Period, typename Test>
  bool wait_for(L& lock, const StopToken& token, const std::chrono::duration<Rep, Period>& duration,
                Test test) {
    return wait_or_stop(lock, token, deadline_in(internal::nanoseconds(duration)), std::move(test));
  }
  template <typename L, typename Clock, typename Duration, typename Test>
  bool wait_until(L& lock, const StopToken& token,
                  const std::chrono::time_point<Clock, Duration>& deadline, Test test) {
    return wait_or_stop(lock, token, deadline_in(internal::nanoseconds_until(deadline)),
                        std::move(test));
  }
  /// @}
  /// @{
  /// Waits at most that long, or up to that moment; std::cv_status::timeout if no notification came in time. Then
  /// takes the lock again, which may take longer. A time of zero or less gives the lock back only for a moment.
  template <typename L, typename Rep, typename Period>
  std::cv_status wait_for(L& lock, const std::chrono::duration<Rep, Period>& duration) {
    return wait_timed(lock, deadline_in(internal::nanoseconds(duration)));
  }
  template <typename L, typename Clock, typename Duration>
  std::cv_status wait_until(L& lock, const std::chrono::time_point<Clock, Duration>& deadline) {
    return wait_timed(lock, deadline_in(internal::nanoseconds_until(deadline)));
  }
  /// @}
  /// @{
  /// Waits until test() is true, at most that long, or up to that moment. Returns what test() says in the end.
  template <typename L, typename Rep, typename Period, typename Test>
  bool wait_for(L& lock, const std::chrono::duration<Rep, Period>& duration, Test test) {
    return wait_timed(lock, deadline_in(internal::nanoseconds(duration)), std::move(test));
  }
  template <typename L, typename Clock, typename Duration, typename Test>
  bool wait_until(L& lock, const std::chrono::time_point<Clock, Duration>& deadline, Test test) {
    return wait_timed(lock, deadline_in(internal::nanoseconds_until(deadline)), std::move(test));
  }
  /// @}

  /// Wakes the thread that waits longest. Where nobody waits it is remembered, for lost-wakeup. Orders nothing.
  void notify_one() noexcept;
  /// Wakes all that wait; else as notify_one(). Linear in their number.
  void notify_all() noexcept;
  /// As the reports call it from now on; GRIDLOCK_NAME (name.h) calls this. The name is copied.
  void set_name(std::string_view name) noexcept {
    internal::register_named(core_, internal::ObjectType::kCondition, name);
  }

 private:
  using WaitResult = internal::WaitResult;
  static constexpr std::uint64_t kNoTimeout = internal::kNoTimeout;

  // The count of notifications before the caller's test.
  struct Tested {
    bool tested = false;
    std::uint32_t sequence = 0;
  };
  // A lock of ours, so that its holder can be looked up; no core: another one.
  struct Known {
    internal::Core* core = nullptr;
    internal::ObjectType type = internal::ObjectType::kLock;
    const std::uint32_t* depth = nullptr;
  };
  struct Limits {
    std::uint64_t deadline;
    bool anyway;             // also without the lock
    const StopToken* token;  // or nullptr
  };
  // A wait that has begun.
  struct Ticket {
    std::uint32_t sequence;
    std::uint32_t levels;  // how often the lock has to be released; 0: it is not held
    bool early_counts;     // a notification that was given already is lost
  };

  static Known known_lock(Lock& lock) noexcept {
    return {&lock.core_, internal::ObjectType::kLock, nullptr};
  }
  static Known known_lock(RLock& lock) noexcept {
    return {&lock.core_, internal::ObjectType::kRLock, &lock.depth_};
  }
  static Known known_lock(SharedLock& lock) noexcept {
    return {&lock.core_, internal::ObjectType::kSharedLock, nullptr};
  }
  // Also a class that is derived of one of them.
  template <typename L>
  static Known known(L& lock) noexcept {
    if constexpr (requires { known_lock(lock); }) {
      return known_lock(lock);
    } else {
      return {};
    }
  }

  template <typename L>
  static constexpr bool reads(const L&) noexcept {
    return false;
  }
  template <typename Mutex>
  static constexpr bool reads(const std::shared_lock<Mutex>&) noexcept {
    return true;
  }
  // Also the one inside of a std::unique_lock or std::shared_lock.
  template <typename L>
  static Known known_in(L& lock) noexcept {
    if constexpr (requires { *lock.mutex(); }) {
      return lock.owns_lock() ? known(*lock.mutex()) : Known{};
    } else {
      return known(lock);
    }
  }

  // `anyway`: also without the lock.
  template <typename L>
  WaitResult wait_once(L& lock, Tested tested, std::uint64_t deadline, bool anyway,
                       const StopToken* token = nullptr) {
    bool held = true;
    if constexpr (requires { lock.owns_lock(); }) held = lock.owns_lock();
    return wait_with(lock, known(lock), held, tested, {deadline, anyway, token});
  }
  // Behind a unique_lock's back, because an RLock may be held deeper than by that one.
  template <typename Mutex>
  WaitResult wait_once(std::unique_lock<Mutex>& lock, Tested tested, std::uint64_t deadline,
                       bool anyway, const StopToken* token = nullptr) {
    const Limits limits{deadline, anyway, token};
    if (!lock.owns_lock()) {
      const Known which = lock.mutex() == nullptr ? Known{} : known(*lock.mutex());
      return wait_with(lock, which, false, tested, limits);
    }
    GiveBack<Mutex> give_back{lock, *lock.release(), false};
    const WaitResult end = wait_with(give_back.mutex, known(give_back.mutex), true, tested, limits);
    give_back.held = true;
    return end;
  }
  template <typename Mutex>
  struct GiveBack {
    std::unique_lock<Mutex>& lock;
    Mutex& mutex;
    bool held;
    GiveBack(std::unique_lock<Mutex>& l, Mutex& m, bool h) : lock(l), mutex(m), held(h) {}
    GiveBack(const GiveBack&) = delete;
    GiveBack& operator=(const GiveBack&) = delete;
    ~GiveBack() {
      lock = held ? std::unique_lock<Mutex>(mutex, std::adopt_lock)
                  : std::unique_lock<Mutex>(mutex, std::defer_lock);
    }
  };
  // A throwing unlock() gives the place up.
  struct Waiting {
    Condition& condition;
    internal::ConditionPlace place = {};
    bool in_line = false;
    explicit Waiting(Condition& c) : condition(c) {}
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;
    ~Waiting() {
      if (in_line) condition.leave(place);
    }
  };
  template <typename L>
  WaitResult wait_with(L& lock, Known which, bool held, Tested tested,
                       Limits limits) GRIDLOCK_NO_THREAD_SAFETY_ANALYSIS {
    Waiting waiting{*this};
    // What a request to stop ends needs no notification.
    const bool needed = limits.deadline == kNoTimeout && limits.token == nullptr;
    const Ticket ticket = begin(waiting.place, which, held, tested, limits.anyway, needed);
    waiting.in_line = ticket.levels != 0 || limits.anyway;
    if (!waiting.in_line) return WaitResult::kGranted;
    WaitResult end = WaitResult::kGranted;
    const auto release_and_sleep = [&]() GRIDLOCK_NO_THREAD_SAFETY_ANALYSIS {
      for (std::uint32_t i = 0; i < ticket.levels; ++i) lock.unlock();
      end = sleep(waiting.place, ticket, which, limits);
      waiting.in_line = false;
    };
    if (limits.token == nullptr) {
      release_and_sleep();
    } else {
      const StopCallback stop{*limits.token, [&]() noexcept { hand_stop(waiting.place); }};
      release_and_sleep();
    }
    for (std::uint32_t i = 0; i < ticket.levels; ++i) lock.lock();
    return end;
  }
  template <typename L, typename Test>
  bool wait_or_stop(L& lock, const StopToken& token, std::uint64_t deadline, Test test) {
    for (bool first = true; !token.stop_requested(); first = false) {
      const std::uint32_t before = sequence();
      if (test()) {
        if (first) found_true(known_in(lock), reads(lock), before, false);
        return true;
      }
      const WaitResult end = wait_once(lock, {true, before}, deadline, true, &token);
      if (end == WaitResult::kDeadlock) fail();
      if (end == WaitResult::kTimedOut) break;
    }
    return test();
  }
  template <typename L>
  std::cv_status wait_timed(L& lock, std::uint64_t deadline) {
    return wait_once(lock, {}, deadline, false) == WaitResult::kTimedOut
               ? std::cv_status::timeout
               : std::cv_status::no_timeout;
  }
  template <typename L, typename Test>
  bool wait_timed(L& lock, std::uint64_t deadline, Test test) {
    const std::uint32_t before = sequence();
    bool first = true;
    for (; !test(); first = false) {
      if (wait_once(lock, {}, deadline, true) == WaitResult::kTimedOut) return test();
    }
    if (first) found_true(known_in(lock), reads(lock), before, false);
    return true;
  }

  std::uint32_t sequence() const noexcept;
  static std::uint64_t deadline_in(std::uint64_t nanoseconds) noexcept;
  // A wait with a test was over at once: in another schedule it might have had to wait.
  void found_true(Known which, bool reading, std::uint32_t before, bool no_timeout) noexcept;
  Ticket begin(internal::ConditionPlace& place, Known which, bool held, Tested tested, bool anyway,
               bool no_timeout) noexcept;
  WaitResult sleep(internal::ConditionPlace& place, Ticket ticket, Known which,
                   Limits limits) noexcept;
  void hand_stop(internal::ConditionPlace& place) noexcept;
  void lock_line() noexcept;
  std::uint32_t stand_in_line(internal::ConditionPlace& place) noexcept;
  void take_out(internal::ConditionPlace& place) noexcept;
  bool leave_line(internal::ConditionPlace& place) noexcept;
  void leave(internal::ConditionPlace& place) noexcept;
  void hand_out(std::uint32_t most, const void* frame) noexcept;
  [[noreturn]] static void fail();

  internal::Core core_;                    // word: how many notifications there were
  std::atomic<std::uint32_t> waiting_{0};  // also those that were notified, until they are gone
  std::atomic<std::uint32_t> mutex_{0};    // guards the line
  std::uint32_t fork_ = 0;                 // of the process that the waiters belong to
  internal::ConditionPlace* first_ = nullptr;
  internal::ConditionPlace* last_ = nullptr;
};

}  // namespace gridlock

#endif  // GRIDLOCK_CXX20
