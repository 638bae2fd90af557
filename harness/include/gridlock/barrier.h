// SPDX-License-Identifier: Apache-2.0
//
// Barrier: a meeting point of a fixed number of parties, usable again and again, that can break
// (Hensgen, Finkel, Manber, "Two algorithms for barrier synchronization", 1988; broken as in
// Python's threading.Barrier).
//
//   gridlock::Barrier round{3, "round"};
//   ... in each of three threads: compute(); round.arrive_and_wait(); use_what_all_computed();
//
//   operation         others missing                    the last one            broken
//   arrive_and_wait   waits; starvation * when no       returns; so do all      throws
//                     thread is left that could come    others                  BrokenBarrierError
//   wait_for, _until  true when all came in time, else  true                    throws
//                     breaks the barrier, false                                 BrokenBarrierError
//   abort             breaks it: waiters throw          (nobody waits)          no effect
//   reset             empty again: waiters throw        (nobody waits)          whole again
//   destructor        misuse-destroy-held * while a     -                       -
//                     thread waits
//   any, after it     misuse-use-after-destroy *, as long as the memory still tells
//
//   * a finding; see lock.h for what happens after it. With on_deadlock=throw the one victim throws
//     std::system_error and breaks the barrier, so that the others do not wait forever.
//
// It may be destroyed when all parties have returned, not when the first has: join them, or wait for them
// in another way.
//
// Memory ordering: each arrival of a generation happens before each departure from it;
// ThreadSanitizer is told the same. Failing orders nothing.
// Cost: an arrival is constant, the last one wakes the others.
//
// Fairness: all go on together. Not for signal handlers: a handler that interrupts an operation on the same
// barrier hangs. Full tables: as for lock.h.
//
// Misuse:
//   gridlock::Barrier round{workers + 1};   // and main never comes: starvation *
#pragma once

#include <gridlock/cxx20.h>

#ifdef GRIDLOCK_CXX20

#include <gridlock/identity.h>
#include <gridlock/waiting.h>

#include <stdexcept>

namespace gridlock {

/// What a wait at a broken barrier throws.
class BrokenBarrierError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

namespace internal {
struct BarrierParty;
}  // namespace internal

/// Holds `parties` threads until all are there.
class Barrier {
 public:
  /// `parties` of 0 counts as 1.
  explicit Barrier(std::uint32_t parties, std::string_view name = {},
                   CallSite where = CallSite::current()) noexcept;
  ~Barrier();
  Barrier(const Barrier&) = delete;
  Barrier& operator=(const Barrier&) = delete;

  /// Waits until all parties are there. Each arrival happens before each return. Throws BrokenBarrierError when the
  /// barrier is broken, before or meanwhile; std::system_error with `on_deadlock=throw`, and the barrier is broken then.
  void arrive_and_wait();
  /// @{
  /// The same for at most that long, or up to that moment. False: the time was up, and the barrier is broken now. Throws
  /// BrokenBarrierError when somebody else broke it.
  [[nodiscard]] bool wait_for_nanoseconds(std::uint64_t nanoseconds);
  template <typename Rep, typename Period>
  [[nodiscard]] bool wait_for(const std::chrono::duration<Rep, Period>& duration) {
    return wait_for_nanoseconds(internal::nanoseconds(duration));
  }
  template <typename Clock, typename Duration>
  [[nodiscard]] bool wait_until(const std::chrono::time_point<Clock, Duration>& deadline) {
    return wait_for_nanoseconds(internal::nanoseconds_until(deadline));
  }
  /// @}

  /// Breaks the barrier: each wait throws from now on, until reset().
  void abort() noexcept;
  /// Makes the barrier whole and empty. The threads that wait at that moment throw.
  void reset() noexcept;

  /// Whether it is broken. No memory ordering.
  [[nodiscard]] bool broken() const noexcept;
  /// How many threads meet.
  [[nodiscard]] std::uint32_t parties() const noexcept { return parties_; }
  /// How many wait just now.
  [[nodiscard]] std::uint32_t waiting() const noexcept;

 private:
  enum class Passage : std::uint8_t { kWaiting, kPassed, kBroken, kGaveUp };
  friend struct internal::BarrierParty;

  Passage arrive(const void* frame, std::uint64_t nanoseconds);
  void end_generation(Passage passage) noexcept;

  mutable internal::Core core_;               // word: the generation
  mutable std::atomic<std::uint32_t> mutex_;  // guards what follows
  std::uint32_t parties_;
  mutable std::atomic<std::uint32_t> arrived_{0};  // or a mark of the destructor
  bool broken_ = false;
  char clocks_[2] = {};  // addresses for ThreadSanitizer: even and odd generations
  internal::BarrierParty* waiting_ = nullptr;
};

}  // namespace gridlock

#endif  // GRIDLOCK_CXX20
