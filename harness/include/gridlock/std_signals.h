// SPDX-License-Identifier: Apache-2.0
//
// Part of std.h, which says what it is for: semaphores, latch, barrier, atomics, requests to stop.
//
// Fairness, signal handlers and full tables: as for what each is made of (semaphore.h, latch.h, barrier.h, atomic.h, stop.h).
//
// Misuse:
//   gridlock::binary_semaphore full{1};
//   full.release();                           // over its max(): misuse-release-over-bound
#pragma once

#include <gridlock/cxx20.h>

#ifdef GRIDLOCK_CXX20

#include <gridlock/atomic.h>
#include <gridlock/barrier.h>
#include <gridlock/latch.h>
#include <gridlock/semaphore.h>
#include <gridlock/stop.h>

#include <chrono>
#include <cstddef>
#include <type_traits>
#include <utility>

// NOLINTBEGIN(readability-identifier-naming): the names are the standard's
namespace gridlock {

template <std::ptrdiff_t kMax = 0x7fffffff>
class counting_semaphore : private Semaphore {
  static_assert(kMax >= 0);

 public:
  explicit counting_semaphore(std::ptrdiff_t permits, CallSite where = CallSite::current()) noexcept
      : Semaphore(static_cast<std::uint32_t>(permits), static_cast<std::uint32_t>(max()),
                  internal::ObjectType::kSemaphore, {}, where) {}

  static constexpr std::ptrdiff_t max() noexcept { return kMax < 0x7fffffff ? kMax : 0x7fffffff; }

  using Semaphore::acquire;
  using Semaphore::set_name;
  using Semaphore::try_acquire;
  using Semaphore::try_acquire_for;
  using Semaphore::try_acquire_until;
  void release(std::ptrdiff_t count = 1) noexcept {
    Semaphore::release(static_cast<std::uint32_t>(count));
  }
};

using binary_semaphore = counting_semaphore<1>;

class latch : private Latch {
 public:
  explicit latch(std::ptrdiff_t expected, CallSite where = CallSite::current()) noexcept
      : Latch(expected, {}, where) {}

  using Latch::arrive_and_wait;
  using Latch::count_down;
  using Latch::max;
  using Latch::set_name;
  using Latch::try_wait;
  using Latch::wait;
};

namespace internal {
/// The completion function of a barrier that has none.
struct NoCompletion {
  void operator()() const noexcept {}
};
}  // namespace internal

template <typename Completion = internal::NoCompletion>
class barrier : private Barrier {
 public:
  using arrival_token = Barrier::Arrival;

  explicit barrier(std::ptrdiff_t parties, Completion completion = Completion(),
                   CallSite where = CallSite::current())
    requires(!std::is_same_v<Completion, internal::NoCompletion>)
      : Barrier(static_cast<std::uint32_t>(parties), std::move(completion), {}, where) {}
  explicit barrier(std::ptrdiff_t parties, CallSite where = CallSite::current()) noexcept
    requires std::is_same_v<Completion, internal::NoCompletion>
      : Barrier(static_cast<std::uint32_t>(parties), std::string_view{}, where) {}

  static constexpr std::ptrdiff_t max() noexcept { return 0x7fffffff; }

  using Barrier::arrive_and_drop;
  using Barrier::arrive_and_wait;
  using Barrier::set_name;
  using Barrier::wait;
  [[nodiscard]] arrival_token arrive(std::ptrdiff_t count = 1) {
    return Barrier::arrive(static_cast<std::uint32_t>(count));
  }
};
template <typename Completion>
barrier(std::ptrdiff_t, Completion) -> barrier<Completion>;
barrier(std::ptrdiff_t) -> barrier<>;

template <typename T>
using atomic = Atomic<T>;
using atomic_flag = AtomicFlag;

using stop_source = StopSource;
using stop_token = StopToken;
template <typename Callback>
using stop_callback = StopCallback<Callback>;

}  // namespace gridlock
// NOLINTEND(readability-identifier-naming)

#endif  // GRIDLOCK_CXX20
