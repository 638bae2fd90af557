// SPDX-License-Identifier: Apache-2.0
//
// Part of std.h, which says what it is for: futures and what fulfils them.
//
// Fairness, signal handlers and full tables: as for future.h and packaged_task.h.
//
// Misuse:
//   gridlock::async(flush);                   // the future is destroyed at the semicolon, and joins. [[nodiscard]] warns
#pragma once

#include <gridlock/cxx20.h>

#ifdef GRIDLOCK_CXX20

#include <gridlock/future.h>
#include <gridlock/once.h>
#include <gridlock/packaged_task.h>

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>

// NOLINTBEGIN(readability-identifier-naming): the names are the standard's
namespace gridlock {
namespace internal {

/// What a future of launch::deferred has still to run: in the first thread that waits for it, while others wait.
class Deferred {
 public:
  explicit Deferred(CallSite where) noexcept : once_(where) {}
  Deferred(const Deferred&) = delete;
  Deferred& operator=(const Deferred&) = delete;
  virtual ~Deferred() = default;
  void run() {
    call_once(once_, [this] { fulfil(); });
  }
  [[nodiscard]] bool done() const noexcept { return once_.done(); }

 private:
  virtual void fulfil() = 0;

  OnceFlag once_;
};

template <typename Body>
class DeferredCall final : public Deferred {
 public:
  DeferredCall(Body body, CallSite where) : Deferred(where), body_(std::move(body)) {}

 private:
  void fulfil() override { body_(); }

  Body body_;
};

/// The waits of the standard over those of Future and SharedFuture.
template <typename Base>
class StandardWaits {
 public:
  StandardWaits() noexcept = default;
  explicit StandardWaits(Base base, std::shared_ptr<Deferred> deferred = nullptr) noexcept
      : deferred_(std::move(deferred)), base_(std::move(base)) {}

  [[nodiscard]] bool valid() const noexcept { return base_.valid(); }
  void wait() const {
    run();
    base_.wait();
  }
  template <typename Rep, typename Period>
  std::future_status wait_for(const std::chrono::duration<Rep, Period>& duration) const {
    return status([&] { return base_.wait_for(duration); });
  }
  template <typename Clock, typename Duration>
  std::future_status wait_until(const std::chrono::time_point<Clock, Duration>& deadline) const {
    return status([&] { return base_.wait_until(deadline); });
  }

 protected:
  void run() const {
    if (deferred_ != nullptr) deferred_->run();
  }
  std::shared_ptr<Deferred> deferred_;
  Base base_;

 private:
  template <typename Wait>
  std::future_status status(Wait wait) const {
    if (deferred_ != nullptr && !deferred_->done()) return std::future_status::deferred;
    return wait() ? std::future_status::ready : std::future_status::timeout;
  }
};

}  // namespace internal

template <typename T>
class shared_future;

template <typename T>
class [[nodiscard]] future : public internal::StandardWaits<Future<T>> {
  using Waits = internal::StandardWaits<Future<T>>;

 public:
  future() noexcept = default;
  using Waits::Waits;
  future(future&&) noexcept = default;
  future& operator=(future&&) noexcept = default;
  future(const future&) = delete;
  future& operator=(const future&) = delete;
  ~future() = default;

  T get() {
    this->run();
    this->deferred_ = nullptr;
    return this->base_.get();
  }
  [[nodiscard]] shared_future<T> share() noexcept {
    return shared_future<T>(this->base_.share(), std::move(this->deferred_));
  }
};

template <typename T>
class shared_future : public internal::StandardWaits<SharedFuture<T>> {
  using Waits = internal::StandardWaits<SharedFuture<T>>;

 public:
  shared_future() noexcept = default;
  // NOLINTNEXTLINE(google-explicit-constructor): as std::shared_future
  shared_future(future<T>&& other) noexcept : shared_future(other.share()) {}
  using Waits::Waits;

  decltype(auto) get() const {
    this->run();
    return this->base_.get();
  }
};

template <typename T>
class promise {
 public:
  explicit promise(CallSite where = CallSite::current()) : promise_({}, where) {}

  [[nodiscard]] future<T> get_future() { return future<T>(promise_.get_future()); }
  template <typename... Value>
  void set_value(Value&&... value) {
    promise_.set_value(std::forward<Value>(value)...);
  }
  void set_exception(std::exception_ptr error) { promise_.set_exception(std::move(error)); }
  template <typename... Value>
  void set_value_at_thread_exit(Value&&... value) {
    promise_.set_value_at_thread_exit(std::forward<Value>(value)...);
  }
  void set_exception_at_thread_exit(std::exception_ptr error) {
    promise_.set_exception_at_thread_exit(std::move(error));
  }
  void swap(promise& other) noexcept { promise_.swap(other.promise_); }
  friend void swap(promise& one, promise& other) noexcept { one.swap(other); }

 private:
  Promise<T> promise_;
};

template <typename Signature>
class packaged_task;

template <typename Result, typename... Arguments>
class packaged_task<Result(Arguments...)> {
  using Task = PackagedTask<Result(Arguments...)>;

 public:
  packaged_task() noexcept = default;
  template <typename Function>
    requires(!std::is_same_v<std::remove_cvref_t<Function>, packaged_task>)
  explicit packaged_task(Function&& function, CallSite where = CallSite::current())
      : task_(std::forward<Function>(function), {}, where) {}

  [[nodiscard]] bool valid() const noexcept { return task_.valid(); }
  [[nodiscard]] future<Result> get_future() { return future<Result>(task_.get_future()); }
  void operator()(Arguments... arguments) { task_(std::forward<Arguments>(arguments)...); }
  void make_ready_at_thread_exit(Arguments... arguments) {
    task_.make_ready_at_thread_exit(std::forward<Arguments>(arguments)...);
  }
  void reset() { task_.reset(); }
  void swap(packaged_task& other) noexcept { task_.swap(other.task_); }
  friend void swap(packaged_task& one, packaged_task& other) noexcept { one.swap(other); }

 private:
  Task task_;
};

namespace internal {

template <typename Function, typename... Arguments>
using AsyncResult = std::invoke_result_t<std::decay_t<Function>, std::decay_t<Arguments>...>;

// A task without arguments, which owns the function and copies of those that there were.
template <typename Function, typename... Arguments>
auto bound_task(Function&& function, Arguments&&... arguments) {
  using Result = AsyncResult<Function, Arguments...>;
  return PackagedTask<Result()>([call = std::decay_t<Function>(std::forward<Function>(function)),
                                 each = std::tuple<std::decay_t<Arguments>...>(
                                     std::forward<Arguments>(arguments)...)]() mutable -> Result {
    return std::apply(std::move(call), std::move(each));
  });
}

}  // namespace internal

/// With launch::deferred alone in the thread that waits for it, else in a thread of its own.
template <typename Function, typename... Arguments>
  requires std::is_invocable_v<std::decay_t<Function>, std::decay_t<Arguments>...>
[[nodiscard]] auto async(std::launch policy, Function&& function, Arguments&&... arguments)
    -> future<internal::AsyncResult<Function, Arguments...>> {
  using Result = internal::AsyncResult<Function, Arguments...>;
  auto task =
      internal::bound_task(std::forward<Function>(function), std::forward<Arguments>(arguments)...);
  Future<Result> result = task.get_future();
  if (policy == std::launch::deferred) {
    using Call = internal::DeferredCall<decltype(task)>;
    return future<Result>(std::move(result),
                          std::make_shared<Call>(std::move(task), CallSite::current()));
  }
  Thread thread{ThreadOptions{}, CallSite{}, std::move(task)};
  return future<Result>(Future<Result>(std::move(result), std::move(thread)));
}
template <typename Function, typename... Arguments>
  requires std::is_invocable_v<std::decay_t<Function>, std::decay_t<Arguments>...>
[[nodiscard]] auto async(Function&& function, Arguments&&... arguments)
    -> future<internal::AsyncResult<Function, Arguments...>> {
  return gridlock::async(std::launch::async, std::forward<Function>(function),
                         std::forward<Arguments>(arguments)...);
}

}  // namespace gridlock
// NOLINTEND(readability-identifier-naming)

#endif  // GRIDLOCK_CXX20
