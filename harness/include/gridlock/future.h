// SPDX-License-Identifier: Apache-2.0
//
// Promise, Future and async: a result that one thread hands to another, once (Baker, Hewitt, "The
// incremental garbage collection of processes", 1977; the interface is that of std::future).
//
//   auto [promise, answer] = gridlock::make_future<int>("answer");
//   gridlock::Thread thinker{"thinker", [&] { promise.set_value(42); }};
//   int value = answer.get();
//
//   gridlock::SharedFuture<int> all = answer.share();                      // copies for any number of waiters
//
//   auto sum = gridlock::async("adder", [](int a, int b) { return a + b; }, 1, 2);   // sum.get()
//
//   operation        pending                          fulfilled               no state (moved from,
//                                                                             or get() was called)
//   get              waits; starvation * when no      the value, or throws    std::future_error
//                    thread is left that could fulfil the exception           no_state
//   wait             waits, as get                    returns                 no_state
//   wait_for, _until true when it came in time        true                    no_state
//   set_value,       fulfils it                       std::future_error       no_state
//   set_exception                                     promise_already_satisfied
//   ~Promise         fulfils it with the exception    -                       -
//                    std::future_error broken_promise
//   set_..._at_thread_exit  fulfils it when the thread ends, after its thread_local objects
//   ~Future          of async: joins the thread; else lets go
//
// A SharedFuture is copied; each copy waits for itself, and get() returns a reference to the one result
// (or throws the one exception) as often as it is called. The last copy of one of async joins the thread.
//
//   * a finding; see lock.h for what happens after it. With on_deadlock=throw the one victim throws
//     std::system_error, and its future is still valid.
//
// What is held while get() waits must not be needed by the thread that is to fulfil.
//
// Memory ordering: set_value and set_exception happen before the return of get, and of a wait that
// says that it is fulfilled; ThreadSanitizer is told the same. Letting go of the shared state
// happens before its destruction, by the last one that lets go.
// Cost: one allocation for each pair.
//
// Fairness: all that wait go on together. Not for signal handlers (it allocates, and frees). Full tables: as
// for lock.h.
//
// Misuse:
//   const gridlock::Guard guard{ledger};
//   use(answer.get());                   // and the producer needs `ledger`: lock-order-cycle *, deadlock *
#pragma once

#include <gridlock/cxx20.h>

#ifdef GRIDLOCK_CXX20

#include <gridlock/future_result.h>
#include <gridlock/identity.h>
#include <gridlock/thread.h>
#include <gridlock/waiting.h>

#include <exception>
#include <future>
#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>

namespace gridlock {
namespace internal {

struct FutureAccess;

}  // namespace internal

template <typename T>
class Promise;
template <typename T>
class Future;
template <typename T>
class SharedFuture;

/// What Future and SharedFuture have in common: to wait for the result.
template <typename T>
class BasicFuture {
 public:
  /// Whether it has a state: not after Future::get(), nor when it was moved from.
  [[nodiscard]] bool valid() const noexcept { return handle_.valid(); }
  /// Waits until there is a result, and leaves it there. Throws as get() does, but for the result.
  void wait() const { handle_.checked().wait(); }
  /// @{
  /// Waits at most that long, or up to that moment; false if there was no result in time, and then no memory ordering.
  /// Throws std::future_error no_state.
  template <typename Rep, typename Period>
  [[nodiscard]] bool wait_for(const std::chrono::duration<Rep, Period>& duration) const {
    return handle_.checked().wait_nanoseconds(internal::nanoseconds(duration));
  }
  template <typename Clock, typename Duration>
  [[nodiscard]] bool wait_until(const std::chrono::time_point<Clock, Duration>& deadline) const {
    return handle_.checked().wait_nanoseconds(internal::nanoseconds_until(deadline));
  }
  /// @}

 private:
  friend class Future<T>;
  friend class SharedFuture<T>;
  friend struct internal::FutureAccess;

  BasicFuture() noexcept = default;
  explicit BasicFuture(internal::FutureHandle<T> handle) noexcept : handle_(std::move(handle)) {}

  internal::FutureHandle<T> handle_;
};

/// Where a result will be. Movable; T may be void, a reference, or a type that can only be moved.
template <typename T>
class Future : public BasicFuture<T> {
  using BasicFuture<T>::handle_;

 public:
  /// Without a state: valid() is false.
  Future() noexcept = default;
  /// @cond internal
  explicit Future(internal::FutureHandle<T> handle) noexcept : BasicFuture<T>(std::move(handle)) {}
  /// The same result, and a thread to join.
  Future(Future&& other, Thread thread) noexcept
      : BasicFuture<T>(std::move(other.handle_)), thread_(std::move(thread)) {}
  /// @endcond

  /// Waits for the result and takes it; the future has no state afterwards. Throws the exception if that is the result;
  /// std::future_error no_state; std::system_error with `on_deadlock=throw`, and the future is still valid then. What
  /// the promise's thread did before it fulfilled happens before the return.
  T get() {
    handle_.checked().get();
    const internal::FutureHandle<T> handle = std::move(handle_);
    internal::FutureResult<T>& result = handle.checked();
    // Taken out of the result, which the promise's thread may be the last to let go of: that would end the
    // exception behind this thread's handler, and only libstdc++ would know the order of the two.
    if (result.error != nullptr) std::rethrow_exception(std::exchange(result.error, nullptr));
    if constexpr (std::is_reference_v<T>) {
      return static_cast<T>(**result.value);
    } else if constexpr (!std::is_void_v<T>) {
      return std::move(*result.value);
    }
  }
  /// The result for any number of waiters; this future has no state afterwards. Without a state that one has none either.
  [[nodiscard]] SharedFuture<T> share() { return SharedFuture<T>(std::move(*this)); }

 private:
  friend struct internal::FutureAccess;
  friend class SharedFuture<T>;

  Thread thread_;  // of async; joined before the handle lets go
};

/// Where a result will be, for several that wait for it. Copyable; a copy for each thread.
template <typename T>
class SharedFuture : public BasicFuture<T> {
  using Handle = internal::FutureHandle<T>;
  using BasicFuture<T>::handle_;

 public:
  /// Without a state: valid() is false.
  SharedFuture() noexcept = default;
  /// As share() of that future, which has no state afterwards. Allocates for one of async.
  // NOLINTNEXTLINE(google-explicit-constructor): as std::shared_future
  SharedFuture(Future<T>&& future)
      : BasicFuture<T>(std::move(future.handle_)),
        thread_(future.thread_.joinable() ? std::make_shared<Thread>(std::move(future.thread_))
                                          : nullptr) {}
  /// Takes the state of the other one over, which has none then.
  SharedFuture(SharedFuture&&) noexcept = default;
  /// One more future of the same result.
  SharedFuture(const SharedFuture& other)
      : BasicFuture<T>(other.valid() ? other.handle_.share() : Handle{}), thread_(other.thread_) {}
  /// The same result as `other`, a copy or what was moved; the one before is let go, as by the destructor.
  SharedFuture& operator=(SharedFuture other) noexcept {
    std::swap(thread_, other.thread_);
    handle_.swap(other.handle_);
    return *this;
  }
  /// Lets go of the result; the last one of async joins the thread.
  ~SharedFuture() { thread_.reset(); }

  /// Waits for the result. The reference is good as long as there is a copy of this future. Throws the exception if that is
  /// the result; std::future_error no_state; std::system_error with `on_deadlock=throw`, and is still valid then. What the
  /// promise's thread did before it fulfilled happens before the return.
  std::conditional_t<std::is_reference_v<T> || std::is_void_v<T>, T,
                     std::add_lvalue_reference_t<const T>>
  get() const {
    internal::FutureResult<T>& result = handle_.checked();
    result.get();
    if (result.error != nullptr) std::rethrow_exception(result.error);
    if constexpr (std::is_reference_v<T>) {
      return static_cast<T>(**result.value);
    } else if constexpr (!std::is_void_v<T>) {
      return *result.value;
    }
  }

 private:
  std::shared_ptr<Thread> thread_;  // of async; joined before the handle lets go
};

namespace internal {
/// For code that makes results in other ways than by a promise alone.
struct FutureAccess {
  template <typename T>
  static FutureState& state(Promise<T>& promise) {
    return promise.handle_.checked();
  }
  template <typename T>
  static FutureState& state(Future<T>& future) {
    return future.handle_.checked();
  }
};
}  // namespace internal

/// The producer's side of a result. Movable.
template <typename T>
class Promise {
 public:
  /// `name` is that of the result in the reports, copied; `where` is the place that they show. Allocates.
  explicit Promise(std::string_view name = {}, CallSite where = CallSite::current())
      : handle_(new internal::FutureResult<T>(name, where)) {}
  /// Takes the result of `other` over, which has no state then.
  Promise(Promise&& other) noexcept = default;
  /// The same; a result that this one still owed is the exception broken_promise.
  Promise& operator=(Promise&& other) noexcept {
    if (this != &other) {
      abandon();
      handle_ = std::move(other.handle_);
      future_taken_ = other.future_taken_;
    }
    return *this;
  }
  Promise(const Promise&) = delete;
  Promise& operator=(const Promise&) = delete;
  /// A result that it still owed is the exception broken_promise.
  ~Promise() { abandon(); }

  /// The future of this result. Once; std::future_error future_already_retrieved after that, no_state if moved from.
  [[nodiscard]] Future<T> get_future() {
    (void)handle_.checked();
    if (std::exchange(future_taken_, true))
      throw std::future_error(std::future_errc::future_already_retrieved);
    return Future<T>(handle_.share());
  }

  /// Fulfils the promise with a value that is constructed from the arguments; none for void. Happens before the return
  /// of get(). What the constructor throws passes on, and the promise is as before. Throws std::future_error:
  /// promise_already_satisfied, no_state.
  template <typename... Value>
  void set_value(Value&&... value) {
    write([&](internal::FutureResult<T>& result) {
      emplace(result, std::forward<Value>(value)...);
    }).fulfil();
  }
  /// Fulfils the promise with an exception, which get() throws; else as set_value().
  void set_exception(std::exception_ptr error) {
    write([&](internal::FutureResult<T>& result) { result.error = std::move(error); }).fulfil();
  }
  /// @{
  /// The result is written now, as by set_value() and set_exception(), and fulfilled when the thread ends, after its
  /// thread_local objects. The promise may be gone by then. Allocates.
  template <typename... Value>
  void set_value_at_thread_exit(Value&&... value) {
    at_thread_exit(
        [&](internal::FutureResult<T>& result) { emplace(result, std::forward<Value>(value)...); });
  }
  void set_exception_at_thread_exit(std::exception_ptr error) {
    at_thread_exit([&](internal::FutureResult<T>& result) { result.error = std::move(error); });
  }
  /// @}
  /// @{
  /// Each has the result of the other one afterwards.
  void swap(Promise& other) noexcept {
    handle_.swap(other.handle_);
    std::swap(future_taken_, other.future_taken_);
  }
  friend void swap(Promise& one, Promise& other) noexcept { one.swap(other); }
  /// @}

 private:
  // Fulfilled when the thread ends.
  struct AtExit final : internal::AtThreadExit {
    explicit AtExit(internal::FutureHandle<T> h) : handle(std::move(h)) { call = &run; }
    static void run(internal::AtThreadExit* node) noexcept {
      const std::unique_ptr<AtExit> self(static_cast<AtExit*>(node));
      self->handle.checked().fulfil();
    }
    internal::FutureHandle<T> handle;
  };

  template <typename... Value>
  static void emplace(internal::FutureResult<T>& result, Value&&... value) {
    if constexpr (std::is_reference_v<T>) {
      result.value.emplace(std::addressof(value)...);
    } else {
      result.value.emplace(std::forward<Value>(value)...);
    }
  }
  template <typename Write>
  void at_thread_exit(Write write_it) {
    (void)handle_.checked();
    auto later = std::make_unique<AtExit>(handle_.share());
    (void)write(write_it);
    internal::at_thread_exit(later.release());
  }
  template <typename Write>
  internal::FutureResult<T>& write(Write write_it) {
    internal::FutureResult<T>& result = handle_.checked();
    if (!result.claim()) throw std::future_error(std::future_errc::promise_already_satisfied);
    // Given back on the way out of a constructor that throws.
    struct Claim {
      explicit Claim(internal::FutureResult<T>& r) noexcept : state(&r) {}
      ~Claim() {
        if (state != nullptr) state->unclaim();
      }
      Claim(const Claim&) = delete;
      Claim& operator=(const Claim&) = delete;
      internal::FutureResult<T>* state;
    } claim{result};
    write_it(result);
    claim.state = nullptr;
    return result;
  }
  void abandon() noexcept {
    if (!handle_.valid()) return;
    internal::FutureResult<T>& result = handle_.checked();
    if (!result.claim()) return;
    result.error = std::make_exception_ptr(std::future_error(std::future_errc::broken_promise));
    result.fulfil();
  }

  friend struct internal::FutureAccess;

  internal::FutureHandle<T> handle_;
  bool future_taken_ = false;
};

/// A promise and its future.
template <typename T>
[[nodiscard]] std::pair<Promise<T>, Future<T>> make_future(std::string_view name = {},
                                                           CallSite where = CallSite::current()) {
  Promise<T> promise(name, where);
  Future<T> future = promise.get_future();
  return {std::move(promise), std::move(future)};
}

/// Calls `function` with copies of the arguments in a thread of its own, which the future's
/// destructor joins. Thread and future have the same name. Throws as Thread does.
template <typename Function, typename... Arguments>
[[nodiscard]] auto async(std::string_view name, Function&& function, Arguments&&... arguments) {
  using Result = std::invoke_result_t<std::decay_t<Function>, std::decay_t<Arguments>...>;
  Promise<Result> promise(name);
  auto body = [call = std::decay_t<Function>(std::forward<Function>(function)),
               each = std::tuple<std::decay_t<Arguments>...>(
                   std::forward<Arguments>(arguments)...)](Promise<Result>& to) mutable {
    std::exception_ptr error;
    try {
      if constexpr (std::is_void_v<Result>) {
        std::apply(std::move(call), std::move(each));
        to.set_value();
      } else {
        to.set_value(std::apply(std::move(call), std::move(each)));
      }
    } catch (...) {
      error = std::current_exception();
    }
    // Behind the handler, as in executor.h.
    if (error != nullptr) to.set_exception(std::move(error));
  };
  Future<Result> future = promise.get_future();
  Thread thread{name, [run = std::move(body), to = std::move(promise)]() mutable { run(to); }};
  return Future<Result>(std::move(future), std::move(thread));
}

}  // namespace gridlock

#endif  // GRIDLOCK_CXX20
