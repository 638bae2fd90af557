// SPDX-License-Identifier: Apache-2.0
//
// The part of a promise and its future that has no type; users include future.h. A header of its own
// because the observer, which is compiled without exceptions, cannot read the templates.
#pragma once

#include <gridlock/cxx20.h>

#ifdef GRIDLOCK_CXX20

#include <gridlock/identity.h>

namespace gridlock::internal {

/// Told once when a result is there. `call` owns it from then on.
struct FutureWatch {
  FutureWatch* next = nullptr;
  void (*call)(FutureWatch* watch) noexcept = nullptr;
};

/// What is shared, except for the value: the waiters, whether it is there, the number of
/// references.
class FutureState {
 public:
  FutureState(std::string_view name, CallSite where) noexcept;
  FutureState(const FutureState&) = delete;
  FutureState& operator=(const FutureState&) = delete;

  void keep() noexcept;
  /// True: nobody knows of it any more.
  [[nodiscard]] bool let_go() noexcept;

  void get();   // waits; throws only what a deadlock throws
  void wait();  // the same, and the reports say "wait"
  [[nodiscard]] bool wait_nanoseconds(std::uint64_t nanoseconds) noexcept;
  /// Before the result is written: false when another one was.
  [[nodiscard]] bool claim() noexcept;
  /// The result could not be written after all.
  void unclaim() noexcept;
  /// After it was written.
  void fulfil() noexcept;

  /// The result is owed by a task of a pool, which is put into the pool's queue next.
  void queued_in(std::uint32_t pool) noexcept;
  /// The calling thread begins with that task. Returns what task_over() needs.
  std::uint32_t task_begins() noexcept;
  static void task_over(std::uint32_t before) noexcept;

  /// False: it is fulfilled already, and nobody will call.
  [[nodiscard]] bool watch(FutureWatch* watch) noexcept;

 protected:
  ~FutureState() = default;

 private:
  Core core_;  // word: 1 when it is fulfilled
  std::atomic<std::uint32_t> waiting_{0};
  std::atomic<std::uint32_t> references_{1};
  std::atomic<bool> claimed_{false};
  std::atomic<FutureWatch*> watches_{nullptr};
};

}  // namespace gridlock::internal

#endif  // GRIDLOCK_CXX20
