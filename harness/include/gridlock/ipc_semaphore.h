// SPDX-License-Identifier: Apache-2.0
//
// IpcSemaphore: permits that processes share, watched (Dijkstra, "Cooperating sequential processes",
// 1965).
//
//   gridlock::IpcSemaphore slots{3, "slots"};    // before the processes that use it are started
//   slots.acquire();  ...  slots.release();
//
//   operation         permits left       none left
//   acquire           one less           waits; starvation * when no thread of any process that can
//                                        still run is able to release
//   try_acquire       true, one less     false
//   try_acquire_for   true, one less     true when one came in time, else false
//   release           one more           one more
//   destructor        -                  misuse-destroy-held * while a thread waits
//   any, after it was destroyed by its maker: misuse-use-after-destroy *, and nothing is done
//
//   * a finding; see lock.h for what happens after it, and ipc_lock.h for what happens to the other
//     processes, for where the object lives and for which processes may use it.
//
// A semaphore has no owner: any thread of any process may release. So a permit that a process had
// when it was killed is lost, and nobody can tell that from one that was handed over: what is found
// is that in the end everybody waits. What must survive its holder is an IpcLock.
//
// misuse-destroy-held is not reported for a semaphore with static storage, nor once a process of
// the tree was killed, or ended and was not joined: it may be one of those that seem to wait.
//
// Memory ordering: a release happens before the acquire that takes its permit (release / acquire), in
// whichever process; ThreadSanitizer is told of what the own process does.
//
// Fairness: none, as for lock.h. Signal handlers may use it. Full tables: as for ipc_lock.h.
//
// Misuse:
//   seats.acquire();
//   std::raise(SIGKILL);                  // the permit is lost: starvation * once everybody waits
#pragma once

#include <gridlock/cxx20.h>

#ifdef GRIDLOCK_CXX20

#include <gridlock/identity.h>
#include <gridlock/waiting.h>

namespace gridlock {

namespace internal {
struct IpcSemaphoreState;
}

/// A counter of permits between processes, without an upper bound.
class IpcSemaphore {
 public:
  /// `permits`: how many there are at first, at most 2^31 - 1. Throws std::system_error (ENOMEM) when
  /// the memory of the process tree is full.
  explicit IpcSemaphore(std::uint32_t permits, std::string_view name = {},
                        CallSite where = CallSite::current());
  ~IpcSemaphore();
  IpcSemaphore(const IpcSemaphore&) = delete;
  IpcSemaphore& operator=(const IpcSemaphore&) = delete;

  /// Waits until a permit is left, and takes it; the release() that gave it happens before, in
  /// whichever process. Throws std::system_error only with `on_deadlock=throw`, and has taken none then.
  void acquire();
  /// Takes a permit if one is left. Never waits, never fails for no reason.
  [[nodiscard]] bool try_acquire() noexcept;
  /// @{
  /// Waits for a permit at most that long, or up to that moment; false if none came in time, and then no memory
  /// ordering. A time of zero or less is try_acquire().
  template <typename Rep, typename Period>
  [[nodiscard]] bool try_acquire_for(const std::chrono::duration<Rep, Period>& duration) noexcept {
    return try_acquire_nanoseconds(internal::nanoseconds(duration));
  }
  template <typename Clock, typename Duration>
  [[nodiscard]] bool try_acquire_until(
      const std::chrono::time_point<Clock, Duration>& deadline) noexcept {
    return try_acquire_nanoseconds(internal::nanoseconds_until(deadline));
  }
  /// @}
  /// Gives back `count` permits, one after the other, and wakes a waiter for each. Any thread of any process may. Happens
  /// before the acquire that takes the permit. Linear in `count`.
  void release(std::uint32_t count = 1) noexcept;

 private:
  bool try_acquire_nanoseconds(std::uint64_t nanoseconds) noexcept;

  internal::IpcSemaphoreState* state_;
  std::uint32_t number_;  // 3 in "K3"; the state has another one when it was destroyed
  std::uint32_t id_;
};

}  // namespace gridlock

#endif  // GRIDLOCK_CXX20
