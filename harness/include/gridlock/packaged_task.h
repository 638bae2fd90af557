// SPDX-License-Identifier: Apache-2.0
//
// PackagedTask: a function whose call fulfils a future (std::packaged_task).
//
//   gridlock::PackagedTask<int(int)> task{[](int n) { return 2 * n; }, "doubled"};
//   gridlock::Future<int> doubled = task.get_future();
//   gridlock::Thread worker{std::move(task), 21};              // doubled.get() is 42
//
//   operation                  never called              called                      no function
//   operator()                 calls the function; the   std::future_error           std::future_error
//                              future gets what it       promise_already_satisfied   no_state
//                              returns or throws
//   make_ready_at_thread_exit  the same; the future is   the same                    the same
//                              fulfilled when the
//                              thread ends
//   reset                      a new future for the      a new future for the        no_state
//                              same function; the one    same function
//                              before gets broken_promise
//   destructor                 the future gets           -                           -
//                              broken_promise
//
// A wait for its future is watched as any other (future.h).
//
// Memory ordering, fairness, signal handlers and full tables: as for future.h. Cost: two allocations.
//
// Misuse:
//   gridlock::PackagedTask<int()> task{compute};
//   use(task.get_future().get());        // and nobody calls it: starvation (docs/findings.md)
#pragma once

#include <gridlock/cxx20.h>

#ifdef GRIDLOCK_CXX20

#include <gridlock/future.h>

#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace gridlock {

template <typename Signature>
class PackagedTask;

/// A function whose call fulfils a future. Movable.
template <typename Result, typename... Arguments>
class PackagedTask<Result(Arguments...)> {
 public:
  /// Without a function: valid() is false.
  PackagedTask() noexcept = default;
  /// Keeps a copy of the function, or what was moved. `name` is that of the result in the reports, copied; `where` is the
  /// place that they show. Allocates. What the copy throws passes on.
  template <typename Function>
    requires(std::is_invocable_r_v<Result, std::decay_t<Function>&, Arguments...> &&
             !std::is_same_v<std::decay_t<Function>, PackagedTask>)
  // NOLINTNEXTLINE(bugprone-forwarding-reference-overload): the requirement leaves copies and moves alone
  explicit PackagedTask(Function&& function, std::string_view name = {},
                        CallSite where = CallSite::current())
      : call_(std::make_unique<Call<std::decay_t<Function>>>(std::forward<Function>(function))),
        promise_(std::in_place, name, where),
        name_(name),
        where_(where) {}
  /// Takes over the function and the result of the other one, which has no function then.
  PackagedTask(PackagedTask&&) noexcept = default;
  /// The same; a result that this one still owed is the exception broken_promise.
  PackagedTask& operator=(PackagedTask&&) noexcept = default;
  PackagedTask(const PackagedTask&) = delete;
  PackagedTask& operator=(const PackagedTask&) = delete;
  /// A result that it still owed is the exception broken_promise.
  ~PackagedTask() = default;

  /// Whether it has a function, called or not.
  [[nodiscard]] bool valid() const noexcept { return call_ != nullptr; }
  /// The future of the result. Once; throws std::future_error: future_already_retrieved after that, until reset();
  /// no_state.
  [[nodiscard]] Future<Result> get_future() { return checked().get_future(); }
  /// Calls the function, in this thread, and fulfils the future with what it returns or throws. All of that happens before the
  /// return of get(). Once, until reset(). Throws std::future_error: promise_already_satisfied, no_state.
  void operator()(Arguments... arguments) {
    run([](Promise<Result>& to,
           auto&&... value) { to.set_value(std::forward<decltype(value)>(value)...); },
        [](Promise<Result>& to, std::exception_ptr error) { to.set_exception(std::move(error)); },
        std::forward<Arguments>(arguments)...);
  }
  /// The same, but the future is fulfilled when the thread ends, after its thread_local objects. The task may be gone by
  /// then. Allocates.
  void make_ready_at_thread_exit(Arguments... arguments) {
    run(
        [](Promise<Result>& to, auto&&... value) {
          to.set_value_at_thread_exit(std::forward<decltype(value)>(value)...);
        },
        [](Promise<Result>& to, std::exception_ptr error) {
          to.set_exception_at_thread_exit(std::move(error));
        },
        std::forward<Arguments>(arguments)...);
  }
  /// As new, with the same function and a new result, of the same name. A future of the one before that was never
  /// fulfilled gets broken_promise. Allocates. Throws std::future_error no_state.
  void reset() {
    (void)checked();
    promise_.emplace(name_, where_);
    called_ = false;
  }
  /// @{
  /// Each has the function and the result of the other one afterwards.
  void swap(PackagedTask& other) noexcept { std::swap(*this, other); }
  friend void swap(PackagedTask& one, PackagedTask& other) noexcept { std::swap(one, other); }
  /// @}

 private:
  struct AnyCall {
    virtual ~AnyCall() = default;
    virtual Result call(Arguments... arguments) = 0;
  };
  template <typename Function>
  struct Call final : AnyCall {
    template <typename From>
      requires(!std::is_same_v<std::decay_t<From>, Call>)
    explicit Call(From&& from) : function(std::forward<From>(from)) {}
    Result call(Arguments... arguments) override {
      if constexpr (std::is_void_v<Result>) {
        std::invoke(function, std::forward<Arguments>(arguments)...);
      } else {
        return std::invoke(function, std::forward<Arguments>(arguments)...);
      }
    }
    Function function;
  };

  Promise<Result>& checked() {
    if (call_ == nullptr) throw std::future_error(std::future_errc::no_state);
    return *promise_;
  }
  template <typename SetValue, typename SetError>
  void run(SetValue set_value, SetError set_error, Arguments... arguments) {
    Promise<Result>& to = checked();
    if (std::exchange(called_, true))
      throw std::future_error(std::future_errc::promise_already_satisfied);
    std::exception_ptr error;
    try {
      if constexpr (std::is_void_v<Result>) {
        call_->call(std::forward<Arguments>(arguments)...);
        set_value(to);
      } else {
        set_value(to, call_->call(std::forward<Arguments>(arguments)...));
      }
    } catch (...) {
      error = std::current_exception();
    }
    // Behind the handler, as in executor.h.
    if (error != nullptr) set_error(to, std::move(error));
  }

  std::unique_ptr<AnyCall> call_;
  std::optional<Promise<Result>> promise_;
  std::string name_;
  CallSite where_;
  bool called_ = false;
};

}  // namespace gridlock

#endif  // GRIDLOCK_CXX20
