// SPDX-License-Identifier: Apache-2.0
//
// Event: a flag that threads wait for, watched (Python's threading.Event).
//
//   gridlock::Event ready{"ready"};
//   ready.set();                          // one thread
//   ready.wait();                         // any number of others
//
//   operation        clear                                    set
//   set              set; all waiters go on                   stays set
//   clear            stays clear                              clear
//   is_set           false                                    true
//   wait             waits; starvation * when no thread that  returns
//                    can still run is able to set it
//   wait_for/_until  true when it was set in time             true
//   destructor       misuse-destroy-held * while a thread     -
//                    waits
//   any, after it    misuse-use-after-destroy *, as long as the memory still tells
//
//   * a finding; see lock.h for what happens after it.
//
// A thread that waits when the event is set goes on, even if it is cleared again right away; it may
// then destroy the event although set() has not returned yet. There is no owner: any thread may set
// and clear. For the lock-order graph a wait needs the thread that sets it, as long as only one
// thread ever does: to wait while holding a lock that the setter needs first is a cycle.
//
// Memory ordering: set happens before the return of a wait that saw it, and before an is_set() that
// is true (release / acquire). A clear orders nothing. ThreadSanitizer is told exactly that.
//
// Cost: an atomic operation each; a wait that finds it set does not enter the kernel. No allocation.
//
// Fairness: set() wakes all. A signal handler may set it; full tables: as for lock.h.
//
// Misuse:
//   ready.set();
//   ready.clear();           // the waiters have seen it; a thread that comes now waits, perhaps forever
#pragma once

#include <gridlock/cxx20.h>

#ifdef GRIDLOCK_CXX20

#include <gridlock/identity.h>
#include <gridlock/waiting.h>

namespace gridlock {

/// A flag, clear at first. 24 bytes.
class Event {
 public:
  /// An unnamed event; reports say where it was made. Constant initialised: usable before main.
  // NOLINTNEXTLINE(google-explicit-constructor): a default constructor with a default argument
  constexpr Event(CallSite where = CallSite::current()) noexcept : core_(0, where) {}
  /// A named event. The name is copied; at most 255 bytes are kept.
  explicit Event(std::string_view name, CallSite where = CallSite::current()) noexcept;
  ~Event();
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  /// Sets the flag; all that wait go on. Happens before the return of a wait that saw it.
  void set() noexcept;
  /// Clears the flag. Orders nothing.
  void clear() noexcept;
  /// Whether the flag is set. If it is, the set() happens before the return; else no memory ordering.
  [[nodiscard]] bool is_set() noexcept;
  /// As the reports call it from now on; GRIDLOCK_NAME (name.h) calls this. The name is copied.
  void set_name(std::string_view name) noexcept {
    internal::register_named(core_, internal::ObjectType::kEvent, name);
  }

  /// Waits until it is set. Throws std::system_error only with `on_deadlock=throw`.
  void wait();
  /// @{
  /// Waits at most that long, or up to that moment; false if it was not set in time, and then no memory ordering.
  /// A time of zero or less does not wait. Never part of a deadlock.
  template <typename Rep, typename Period>
  bool wait_for(const std::chrono::duration<Rep, Period>& duration) noexcept {
    return wait_nanoseconds(internal::nanoseconds(duration));
  }
  template <typename Clock, typename Duration>
  bool wait_until(const std::chrono::time_point<Clock, Duration>& deadline) noexcept {
    return wait_nanoseconds(internal::nanoseconds_until(deadline));
  }
  /// @}

 private:
  bool wait_nanoseconds(std::uint64_t nanoseconds) noexcept;

  internal::Core core_;  // word: odd when set; counts how often it was set and cleared
  std::atomic<std::uint32_t> waiting_{0};
};

}  // namespace gridlock

#endif  // GRIDLOCK_CXX20
