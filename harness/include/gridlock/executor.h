// SPDX-License-Identifier: Apache-2.0
//
// Executor, or ThreadPool: a fixed number of threads that work through a queue of tasks, watched
// (the interface is Python's concurrent.futures; the idea is that of java.util.concurrent, Lea,
// "Concurrent programming in Java", 1996).
//
//   gridlock::Executor pool{4, "kitchen"};                        // kitchen-1 ... kitchen-4
//   gridlock::Future<int> sum = pool.submit([](int a, int b) { return a + b; }, 1, 2);
//   std::vector<int> squares = pool.map([](int x) { return x * x; }, std::vector{1, 2, 3});
//   for (gridlock::Future<int>& each : gridlock::as_completed(futures)) use(each.get());
//
//   operation         running                          shut down
//   submit            a future; waits for room in a    ExecutorShutDown
//                     bounded queue that is full
//   map               waits for all; the results in    ExecutorShutDown
//                     order, or throws the first
//                     exception in that order
//   shutdown(kRun)    what is queued is run; waits     returns
//                     for the workers
//   shutdown(kCancel) futures of what is queued        returns
//                     throw TaskCancelled; waits for
//                     the tasks that run
//   destructor        shutdown(kRun)                   -
//
//   get() of a task's  in the queue                    running               done
//   future             waits for any worker of the     waits for its         the value, or
//                      pool; deadlock * when all of    worker; deadlock *    throws what the
//                      them wait for such tasks, or    when that waits for   task threw
//                      for the one that calls get      the one that calls
//
//   * a finding; see lock.h for what happens after it.
//
// A task that waits for another task of its own pool takes a worker away from it. When each worker
// does so, none is left for what is in the queue: a deadlock without a lock, with all that wait in
// the finding. It is found at once, also while main and other threads run. That somebody might
// cancel the queue from outside is not taken for a way out. Silent are: main waits while workers
// run; a task waits for one that has begun and will end; a pool in which one worker is free.
//
// To get() a result under a lock that its task needs is a lock-order cycle, as with every future
// (future.h). A task needs for its result what it asks for itself, not what the same worker did
// before; and it comes after what its submitter did before, not after the task before it. Not
// predicted: two tasks that one worker happened to run one after the other take locks in opposite
// orders, for those were one thread (with another schedule of the pool they are found).
// as_completed() waits for whichever is first, and no particular thread owes that: such a wait is
// found (starvation) only when nobody at all can run.
//
// Memory ordering: submit happens before the task, the task before the return of get. Between two
// tasks there is no order, also when one worker runs both.
// Cost: two allocations a task, and those of the callable.
//
// Fairness: tasks begin in the order in which they came into the queue; any idle worker takes the
// next. Threads that wait for room in a bounded queue get it in no particular order.
// Not for signal handlers (it allocates).
// Full tables: each task's future is an object of its own. Tasks beyond max_objects run, but waits
// for their futures are in no finding (capacity *).
//
// Misuse:
//   gridlock::Executor pool{1};
//   pool.submit([&] { return pool.submit(price).get(); }).get();   // no worker is left: deadlock *
#pragma once

#include <gridlock/cxx20.h>

#ifdef GRIDLOCK_CXX20

#include <gridlock/future.h>
#include <gridlock/queue.h>
#include <gridlock/thread.h>

#include <cstddef>
#include <iterator>
#include <memory>
#include <optional>
#include <ranges>
#include <stdexcept>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace gridlock {

/// What submit throws after shutdown().
class ExecutorShutDown : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What get() throws when the task was taken out of the queue by shutdown(kCancel).
class TaskCancelled : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// How an Executor is made.
struct ExecutorOptions {
  std::uint32_t workers = 0;         ///< 0: one for each processor
  std::string_view name = "worker";  ///< the workers are called name-1, name-2 ...
  std::uint32_t capacity = 0;        ///< of the queue; 0: without a bound
};

/// What becomes of the tasks that are in the queue at the shutdown.
enum class Pending : std::uint8_t {
  kRun,     ///< they are run, and the shutdown waits for them
  kCancel,  ///< they are not run; their futures throw TaskCancelled
};

namespace internal {

/// A task in the queue.
struct PoolTask {
  virtual ~PoolTask() = default;
  virtual void run() = 0;
  virtual void cancel() = 0;
};

template <typename Result, typename Call>
struct PoolCall final : PoolTask {
  PoolCall(std::string_view name, CallSite where, Call&& c)
      : promise(name, where), call(std::move(c)) {}

  // What the callable owns is destroyed before anybody can have the result.
  void run() override {
    const std::uint32_t before = FutureAccess::state(promise).task_begins();
    std::exception_ptr error;
    try {
      if constexpr (std::is_void_v<Result>) {
        (*call)();
        call.reset();
        promise.set_value();
      } else {
        auto&& result = (*call)();
        call.reset();
        promise.set_value(std::forward<Result>(result));
      }
    } catch (...) {
      call.reset();
      error = std::current_exception();
    }
    // Behind the handler, which lets go of the exception at its end: libstdc++ counts that where
    // ThreadSanitizer does not see it, and the thread that gets the exception may have read it by then.
    if (error != nullptr) promise.set_exception(std::move(error));
    FutureState::task_over(before);
  }
  void cancel() override {
    call.reset();
    promise.set_exception(std::make_exception_ptr(TaskCancelled("gridlock::Executor::shutdown")));
  }

  Promise<Result> promise;
  std::optional<Call> call;
};

}  // namespace internal

/// A pool of threads. Not to be moved: its workers know its address.
class Executor {
 public:
  /// Starts the workers. Throws std::system_error when the system has no thread left; those that were started
  /// have ended then. Linear in the number of workers.
  explicit Executor(ExecutorOptions options = {}, CallSite where = CallSite::current());
  /// The same with `workers` threads (0: one for each processor), called name-1, name-2 ..., and no bound.
  explicit Executor(std::uint32_t workers, std::string_view name = "worker",
                    CallSite where = CallSite::current())
      : Executor(ExecutorOptions{.workers = workers, .name = name}, where) {}
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;
  ~Executor();

  /// Calls `function` with copies of the arguments (std::ref for references) in one of the workers. Returns a
  /// Future of what it returns; that throws what the function threw. Waits for room if the queue is bounded and
  /// full. Throws ExecutorShutDown after shutdown(), std::system_error with `on_deadlock=throw`. What comes before
  /// it happens before the task.
  template <typename Function, typename... Arguments>
    requires(std::is_invocable_v<std::decay_t<Function>, std::decay_t<Arguments>...>)
  auto submit(Function&& function, Arguments&&... arguments) {
    return submit_named({}, std::forward<Function>(function),
                        std::forward<Arguments>(arguments)...);
  }
  /// The same for a future that has a name in the reports.
  template <typename Function, typename... Arguments>
    requires(std::is_invocable_v<std::decay_t<Function>, std::decay_t<Arguments>...>)
  auto submit(std::string_view name, Function&& function, Arguments&&... arguments) {
    return submit_named(name, std::forward<Function>(function),
                        std::forward<Arguments>(arguments)...);
  }

  /// Calls `function` with each element. Everything that was submitted has been called when it returns or throws;
  /// a std::vector of the results, or nothing if there are none. Throws the first exception in that order, or what
  /// kept an element from being submitted (ExecutorShutDown).
  template <std::ranges::input_range Range, typename Function>
  auto map(const Function& function, Range&& range) {
    using Element = std::decay_t<std::ranges::range_reference_t<Range>>;
    using Result = std::invoke_result_t<Function, Element>;
    std::vector<Future<Result>> futures;
    std::exception_ptr refused;  // or the range could not go on
    try {
      for (auto&& each : range)
        futures.push_back(submit(function, std::forward<decltype(each)>(each)));
    } catch (...) {
      refused = std::current_exception();
    }
    return results_of(futures, refused);
  }

  /// Takes no more tasks, and waits until the workers have ended. By one thread at a time, and by
  /// none of the workers (std::system_error resource_deadlock_would_occur, and nothing has changed;
  /// the destructor, which cannot throw, is a self-deadlock then).
  void shutdown(Pending pending = Pending::kRun);

  /// How many threads there are, also after the shutdown.
  [[nodiscard]] std::uint32_t workers() const noexcept { return count_; }
  /// How many tasks were in the queue a moment ago. No memory ordering.
  [[nodiscard]] std::uint32_t pending() const noexcept { return queue_.size(); }

 private:
  template <typename Function, typename... Arguments>
  auto submit_named(std::string_view name, Function&& function, Arguments&&... arguments) {
    using Result = std::invoke_result_t<std::decay_t<Function>, std::decay_t<Arguments>...>;
    auto call = [function = std::decay_t<Function>(std::forward<Function>(function)),
                 each = std::tuple<std::decay_t<Arguments>...>(
                     std::forward<Arguments>(arguments)...)]() mutable -> Result {
      return std::apply(std::move(function), std::move(each));
    };
    using Task = internal::PoolCall<Result, decltype(call)>;
    auto task = std::make_unique<Task>(name, where_, std::move(call));
    Future<Result> future = task->promise.get_future();
    internal::FutureAccess::state(task->promise).queued_in(pool_);
    enqueue(std::move(task));
    return future;
  }

  // All are waited for, also when one throws: no task may go on behind the caller's back.
  template <typename Result>
  static auto results_of(std::vector<Future<Result>>& futures, const std::exception_ptr& refused) {
    std::exception_ptr first;
    std::vector<std::conditional_t<std::is_void_v<Result>, char, Result>> results;
    for (Future<Result>& each : futures) {
      try {
        if constexpr (std::is_void_v<Result>) {
          each.get();
        } else {
          results.push_back(each.get());
        }
      } catch (...) {
        if (first == nullptr) first = std::current_exception();
      }
    }
    if (refused != nullptr) std::rethrow_exception(refused);
    if (first != nullptr) std::rethrow_exception(first);
    if constexpr (!std::is_void_v<Result>) return results;
  }

  void enqueue(std::unique_ptr<internal::PoolTask> task);
  void cancel_queued();
  void work() noexcept;

  CallSite where_;
  std::uint32_t pool_;
  std::uint32_t count_;
  Queue<std::unique_ptr<internal::PoolTask>> queue_;
  std::vector<Thread> workers_;
};

/// Another name for an Executor.
using ThreadPool = Executor;

/// The futures of a range, each when it is fulfilled, the first first. Made by as_completed(). To be
/// gone through once; the futures must stay where they are meanwhile.
template <typename T>
class AsCompleted {
  using Done = Queue<std::size_t>;

  // Owned by the future that it watches, and then by nobody.
  struct Watch final : internal::FutureWatch {
    Watch(std::shared_ptr<Done> d, std::size_t i) : done(std::move(d)), index(i) { call = &tell; }
    static void tell(FutureWatch* watch) noexcept {
      const std::unique_ptr<Watch> self(static_cast<Watch*>(watch));
      self->done->put(self->index);
    }
    std::shared_ptr<Done> done;
    std::size_t index;
  };

 public:
  /// An input iterator; one at a time.
  class Iterator {
   public:
    /// @cond internal
    using value_type = Future<T>;
    using difference_type = std::ptrdiff_t;

    Iterator() noexcept = default;
    explicit Iterator(AsCompleted* all) : all_(all) { ++*this; }
    /// @endcond
    /// A future that is fulfilled: get() on it does not wait.
    Future<T>& operator*() const noexcept { return *all_->futures_[index_]; }
    /// @{
    /// Waits until one more is fulfilled, and goes to it; to the end if all have been given. Throws
    /// std::system_error only with `on_deadlock=throw`.
    Iterator& operator++() {
      if (all_->given_ == all_->futures_.size()) {
        all_ = nullptr;
      } else {
        index_ = *all_->done_->get();
        ++all_->given_;
      }
      return *this;
    }
    void operator++(int) { ++*this; }
    /// @}
    /// True at the end.
    friend bool operator==(const Iterator& at, std::default_sentinel_t) noexcept {
      return at.all_ == nullptr;
    }

   private:
    AsCompleted* all_ = nullptr;
    std::size_t index_ = 0;
  };

  /// @cond internal
  template <typename Range>
  explicit AsCompleted(Range& futures) : done_(std::make_shared<Done>("as completed")) {
    for (Future<T>& each : futures) {
      auto watch = std::make_unique<Watch>(done_, futures_.size());
      futures_.push_back(&each);
      if (internal::FutureAccess::state(each).watch(watch.get())) {
        (void)watch.release();
      } else {
        done_->put(watch->index);
      }
    }
  }
  /// @endcond
  /// Waits for the first. To be called once.
  [[nodiscard]] Iterator begin() { return Iterator(this); }
  /// Reached when all have been given.
  [[nodiscard]] std::default_sentinel_t end() const noexcept { return {}; }

 private:
  std::vector<Future<T>*> futures_;
  std::shared_ptr<Done> done_;
  std::size_t given_ = 0;
};

/// Goes through futures (of an Executor or of anybody else) in the order in which they are
/// fulfilled. Throws std::future_error no_state if one has no state. The range must stay as it is
/// until the end.
template <std::ranges::input_range Range>
[[nodiscard]] auto as_completed(Range& futures) {
  using Element = std::ranges::range_value_t<Range>;
  return []<typename T>(Range& all, const Future<T>*) { return AsCompleted<T>(all); }(
             futures, static_cast<const Element*>(nullptr));
}

}  // namespace gridlock

#endif  // GRIDLOCK_CXX20
