// SPDX-License-Identifier: Apache-2.0
//
// Barrier: a meeting point of a fixed number of parties, usable again and again, that can break
// (Hensgen, Finkel, Manber, "Two algorithms for barrier synchronization", 1988; broken as in
// Python's threading.Barrier).
//
//   gridlock::Barrier round{3, "round"};
//   ... in each of three threads: compute(); round.arrive_and_wait(); use_what_all_computed();
//
//   gridlock::Barrier step{3, [&] { swap(front, back); }, "step"};   // with a completion function
//
//   operation         others missing                    the last one            broken
//   arrive_and_wait   waits; starvation * when no       returns; so do all      throws
//                     thread is left that could come    others                  BrokenBarrierError
//   wait_for, _until  true when all came in time, else  true                    throws
//                     breaks the barrier, false                                 BrokenBarrierError
//   arrive(n)         counts n parties as come, and     the same; all others    throws
//                     returns what wait() takes         return                  BrokenBarrierError
//   wait(arrival)     waits as arrive_and_wait does     returns                 throws
//                                                                               BrokenBarrierError
//   arrive_and_drop   counts as come, and there is one  the same; all others    throws
//                     party less from the next          return                  BrokenBarrierError
//                     generation on
//   abort             breaks it: waiters throw          (nobody waits)          no effect
//   reset             empty again: waiters throw        (nobody waits)          whole again
//   destructor        misuse-destroy-held * while a     -                       -
//                     thread waits
//   any, after it     misuse-use-after-destroy *, as long as the memory still tells
//
//   * a finding; see lock.h for what happens after it. With on_deadlock=throw the one victim throws
//     std::system_error and breaks the barrier, so that the others do not wait forever.
//
// The completion function runs once a generation, in the thread that comes last, after all arrivals and before any
// departure. What it throws breaks the barrier and passes on to that thread. The others wait for it, also
// beyond the time of a timed wait: all came in time. A lock that a waiting thread holds must not be taken
// in it: deadlock *. It must not use its barrier.
//
// An arrival counts for the generation in which it was made. A wait for it may come after the end of that
// generation, not after the end of the next one. Where a thread arrives more than once in a generation, or
// for others, the orders that the barrier gives are no longer used to rule out other findings.
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

#include <cstddef>
#include <exception>
#include <functional>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace gridlock {

/// What a wait at a broken barrier throws.
class BrokenBarrierError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

namespace internal {

struct BarrierParty;
class Request;

/// What runs at the end of each generation.
struct BarrierCompletion {
  /// False: it threw.
  bool (*run)(BarrierCompletion* self) noexcept;
  void (*rethrow)(BarrierCompletion* self);
  void (*destroy)(BarrierCompletion* self) noexcept;
};

template <typename Function>
struct BarrierCall final : BarrierCompletion {
  explicit BarrierCall(Function f)
      : BarrierCompletion{&run_it, &rethrow_it, &destroy_it}, function(std::move(f)) {}
  static bool run_it(BarrierCompletion* self) noexcept {
    auto* const call = static_cast<BarrierCall*>(self);
#ifdef __cpp_exceptions
    try {
      std::invoke(call->function);
    } catch (...) {
      call->error = std::current_exception();
    }
#else
    std::invoke(call->function);
#endif
    return call->error == nullptr;
  }
  [[noreturn]] static void rethrow_it(BarrierCompletion* self) {
    std::rethrow_exception(std::exchange(static_cast<BarrierCall*>(self)->error, nullptr));
  }
  static void destroy_it(BarrierCompletion* self) noexcept {
    delete static_cast<BarrierCall*>(self);
  }
  Function function;
  std::exception_ptr error;
};

}  // namespace internal

/// Holds `parties` threads until all are there.
class Barrier {
 public:
  /// `parties` of 0 counts as 1.
  explicit Barrier(std::uint32_t parties, std::string_view name = {},
                   CallSite where = CallSite::current()) noexcept;
  /// `completion()` ends each generation.
  template <typename Completion>
    requires std::is_invocable_v<std::decay_t<Completion>&>
  Barrier(std::uint32_t parties, Completion&& completion, std::string_view name = {},
          CallSite where = CallSite::current())
      : Barrier(parties, name, where) {
    completion_ = new internal::BarrierCall<std::decay_t<Completion>>(
        std::decay_t<Completion>(std::forward<Completion>(completion)));
  }
  ~Barrier();
  Barrier(const Barrier&) = delete;
  Barrier& operator=(const Barrier&) = delete;

  /// The parties that came with one call of arrive(), until they are waited for.
  class Arrival {
   public:
    /// Takes over what the other one stands for; that one is not to be waited for any more.
    Arrival(Arrival&&) noexcept = default;
    /// The same. The parties that it stood for before have come all the same, and nobody waits for them.
    Arrival& operator=(Arrival&&) noexcept = default;
    Arrival(const Arrival&) = delete;
    Arrival& operator=(const Arrival&) = delete;

   private:
    friend class Barrier;
    explicit Arrival(std::uint32_t generation) noexcept : generation_(generation) {}
    std::uint32_t generation_;
  };

  /// Waits until all parties are there. Each arrival happens before each return. Throws BrokenBarrierError when the
  /// barrier is broken, before or meanwhile; std::system_error with `on_deadlock=throw`, and the barrier is broken then.
  void arrive_and_wait();
  /// Comes without waiting, `count` times, at most as often as parties are missing. Runs the completion function if
  /// that makes all of them. What the thread did before happens before each return of a wait.
  [[nodiscard]] Arrival arrive(std::uint32_t count = 1);
  /// Waits until all have come in the generation of the arrival; throws as arrive_and_wait().
  void wait(Arrival&& arrival);
  /// Comes for the last time, without waiting: from the next generation on there is one party less, but never
  /// less than one.
  void arrive_and_drop();
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

  /// As the reports call it from now on; GRIDLOCK_NAME (name.h) calls this. The name is copied.
  void set_name(std::string_view name) noexcept {
    internal::register_named(core_, internal::ObjectType::kBarrier, name);
  }

  /// Whether it is broken. No memory ordering.
  [[nodiscard]] bool broken() const noexcept;
  /// How many threads meet in this generation.
  [[nodiscard]] std::uint32_t parties() const noexcept;
  /// How many have come and wait just now, or need not wait.
  [[nodiscard]] std::uint32_t waiting() const noexcept;

 private:
  enum class Passage : std::uint8_t { kWaiting, kPassed, kBroken, kGaveUp };
  friend struct internal::BarrierParty;

  struct Counted {
    Passage passage;
    std::uint32_t generation;
  };

  Passage arrive(const void* frame, std::uint64_t nanoseconds);
  Counted count(const void* frame, std::uint32_t count, bool drops);
  Passage depart(const void* frame, std::uint32_t generation);
  bool completes(const void* frame, std::uint32_t count);
  bool finds_completion_due(bool completed, std::uint32_t count) const noexcept;
  Passage wait_here(internal::Request& request, internal::BarrierParty& self,
                    std::uint32_t generation, const void* frame);
  void end_generation(Passage passage) noexcept;

  mutable internal::Core core_;               // word: the generation
  mutable std::atomic<std::uint32_t> mutex_;  // guards what follows
  std::uint32_t parties_;
  const std::uint32_t first_parties_;
  std::uint32_t dropped_ = 0;  // parties that are not there from the next generation on
  mutable std::atomic<std::uint32_t> arrived_{0};  // or a mark of the destructor
  bool broken_ = false;
  bool last_passed_ = false;  // the generation before this one
  bool completing_ = false;   // all have come, and the completion function runs
  char clocks_[2] = {};       // addresses for ThreadSanitizer: even and odd generations
  internal::BarrierParty* waiting_ = nullptr;
  internal::BarrierCompletion* completion_ = nullptr;
};

}  // namespace gridlock

#endif  // GRIDLOCK_CXX20
