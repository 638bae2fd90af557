// SPDX-License-Identifier: Apache-2.0
//
// Steering that the program does not feel. A scenario has to bring its threads to the interesting
// moment, and a std::barrier or an atomic flag that does so also orders their memory accesses: the
// race that the scenario is there to show is then gone. What is in this file orders threads in time
// and synchronises nothing; ThreadSanitizer does not see it.
//
// What ThreadSanitizer does not see it cannot say of a meeting point that is used after its destructor:
// that is misuse-use-after-destroy, in every build, where the memory still tells.
//
// For scenarios and tests only. Data that is handed over needs a lock of its own.
//
// Fairness: all go on together. Not for signal handlers. Full tables: as for lock.h.
//
// Misuse:
//   gridlock::Rendezvous both{2};         // and the second thread never comes: starvation *; with
//   both.meet();                          // on_deadlock=throw the victim goes on and throws nothing
#pragma once

#include <gridlock/cxx20.h>

#ifdef GRIDLOCK_CXX20

#include <gridlock/identity.h>

namespace gridlock {

/// A meeting point of a fixed number of threads, usable again and again. No memory ordering.
class Rendezvous {
 public:
  /// A meeting of `parties` threads. `where` is the place that reports show.
  constexpr explicit Rendezvous(std::uint32_t parties,
                                CallSite where = CallSite::current()) noexcept
      : core_(0, where), parties_(parties) {}
  ~Rendezvous();
  Rendezvous(const Rendezvous&) = delete;
  Rendezvous& operator=(const Rendezvous&) = delete;

  /// Waits until `parties` threads are here.
  void meet() noexcept;

 private:
  internal::Core core_;                    // word: how often the meeting was complete
  std::atomic<std::uint32_t> arrived_{0};  // or a mark of the destructor
  std::uint32_t parties_;
};

/// A fixed sequence of steps: step n begins when step n - 1 is over. No memory ordering.
///
///   Turns turns;                    T1: turns.wait_for(0); write(); turns.done();
///                                   T2: turns.wait_for(1); write(); turns.done();
class Turns {
 public:
  /// No step is over. `where` is the place that reports show.
  constexpr explicit Turns(CallSite where = CallSite::current()) noexcept : core_(0, where) {}
  ~Turns();
  Turns(const Turns&) = delete;
  Turns& operator=(const Turns&) = delete;

  /// Waits until `step` steps are over.
  void wait_for(std::uint32_t step) noexcept;
  /// One more step is over.
  void done() noexcept;

 private:
  internal::Core core_;  // word: how many steps are over
};

}  // namespace gridlock

#endif  // GRIDLOCK_CXX20
