// SPDX-License-Identifier: Apache-2.0
//
// ProcessPool: a fixed number of processes that work through a queue of tasks, watched (the
// interface is that of Python's concurrent.futures.ProcessPoolExecutor).
//
//   gridlock::ProcessPool pool{4, "cook"};                     // processes cook-1 ... cook-4
//   gridlock::TaskFuture<int> sum = pool.submit([](int a, int b) { return a + b; }, 1, 2);
//   std::vector<int> squares = pool.map([](int x) { return x * x; }, std::vector{1, 2, 3});
//
//   operation      running                                  shut down, or no worker is left
//   submit         a future; waits while all slots are      ExecutorShutDown
//                  taken (starvation * when that cannot
//                  end)
//   map            waits for all; the results in order,     ExecutorShutDown
//                  or throws the first failure in that
//                  order
//   shutdown       what is queued is run; joins the         returns
//                  workers
//   destructor     shutdown; in a fork, which has a copy    -
//                  of the pool: nothing
//
//   TaskFuture     queued or running                        done
//   get            waits; starvation * when nobody in any   the result; TaskFailed with the text of
//                  process can go on                        what the task threw; WorkerDied when its
//                                                           process died under it
//   ready          false                                    true
//   destructor     what is queued is not run any more       frees the slot
//
//   * a finding, over all processes; see lock.h for what happens after it.
//
// The workers are copies of this process as it was when the pool was made (process.h): what a task
// reads besides its arguments is what it was then, and what it writes stays in its worker. So make
// the pool early, before threads are started and locks are held. A function, its arguments and its
// result are copied as bytes: all have to be trivially copyable, together kMaxBytes; what they
// point to is not copied. A lambda may capture numbers; a captured reference is a reference into
// the copy.
//
// An exception cannot cross to another process: its text can (the first 239 bytes).
//
// A worker that is killed, or calls exit, takes its own task with it: that future throws WorkerDied,
// at once. What it had not taken others do. It is not replaced, because a fork in the middle of the
// program could copy locks that are held. Without any worker all futures throw WorkerDied. No get
// hangs. A task that holds futures of tasks of its own takes their slots with it when it is killed;
// once no slot is left, submit waits until a worker ends.
//
// A task may submit tasks to its own pool, and must not wait for them: when each worker does so,
// none is left to run them. That is found (starvation) as soon as every thread of every process
// waits, with all of them in the report.
//
// Nothing is left behind: the workers end with the process that made them, however that ends.
//
// One thread in this process joins each worker. Any thread may submit; a future is for one thread.
// Memory ordering: submit happens before the task, the task before the return of get; what they
// share across processes ThreadSanitizer does not see.
// Cost: a fork each for the workers; a task is two releases of an IpcSemaphore.
//
// Fairness: workers take tasks in the order of their submission; any idle worker takes the next.
// Threads that wait for a slot get it in no particular order.
// Not for signal handlers. Full tables: the constructor throws, as for process.h and
// ipc_semaphore.h.
//
// Misuse:
//   gridlock::ProcessPool pool{1};
//   pool.submit([&pool] { return pool.submit(price).get(); }).get();   // no worker is left: starvation *
#pragma once

#include <gridlock/cxx20.h>

#ifdef GRIDLOCK_CXX20

#include <gridlock/executor.h>
#include <gridlock/ipc_semaphore.h>
#include <gridlock/process.h>
#include <gridlock/shared.h>
#include <gridlock/thread.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <deque>
#include <exception>
#include <memory>
#include <new>
#include <ranges>
#include <stdexcept>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace gridlock {

/// The task threw an exception with this text.
class TaskFailed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The process that ran the task has died, or there is none left to run it.
class WorkerDied : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// How a ProcessPool is made.
struct ProcessPoolOptions {
  std::uint32_t workers = 0;         ///< 0: one for each processor
  std::string_view name = "worker";  ///< the processes are called name-1, name-2 ...
  std::uint32_t slots = 64;          ///< tasks that are queued, run, or wait for their get()
};

namespace internal {

/// A task in memory that all processes of the pool share, at the same address in each.
struct alignas(64) PoolSlot {
  static constexpr std::size_t kBytes = 256;
  using Run = void (*)(std::byte* call, std::byte* result);

  std::atomic<std::uint32_t> state;   // process_pool.cc
  std::atomic<std::uint64_t> ticket;  // the lowest is the oldest
  Run run;
  alignas(16) std::array<std::byte, kBytes> call;
  alignas(16) std::array<std::byte, kBytes> result;
  std::array<char, 240> text;  // of what it threw
};

/// What is the same for all tasks. Not to be moved.
class ProcessPoolCore {
 public:
  ProcessPoolCore(const ProcessPoolOptions& options, CallSite where);
  ProcessPoolCore(const ProcessPoolCore&) = delete;
  ProcessPoolCore& operator=(const ProcessPoolCore&) = delete;
  ~ProcessPoolCore();

  static constexpr std::uint32_t kNone = ~std::uint32_t{0};
  /// A slot to be filled; kNone: all are taken, and `wait` is false. Throws ExecutorShutDown.
  std::uint32_t take_slot(bool wait);
  PoolSlot& slot(std::uint32_t index) noexcept { return slots_[index]; }
  void queue(std::uint32_t index) noexcept;
  [[nodiscard]] bool is_done(std::uint32_t index) const noexcept;
  /// Waits until it is done. Throws TaskFailed, WorkerDied.
  void get(std::uint32_t index);
  /// Nobody asks for it any more.
  void drop(std::uint32_t index) noexcept;
  void shutdown();
  [[nodiscard]] std::vector<int> pids() const;

 private:
  struct Common;

  void work(std::uint32_t worker);
  bool run_next(std::uint32_t worker);
  void finish(std::uint32_t index, std::uint32_t result) noexcept;
  void watch(std::uint32_t worker) noexcept;
  void lose(std::uint32_t index, std::uint32_t from) noexcept;
  void free_slot(std::uint32_t index) noexcept;

  std::uint32_t slot_count_;
  SharedPages pages_;
  Common* common_;
  PoolSlot* slots_;
  IpcSemaphore queued_;  // one for each task in the queue, or more
  IpcSemaphore free_;
  std::vector<std::unique_ptr<IpcSemaphore>> done_;  // by slot
  std::vector<Process> workers_;
  std::vector<int> pids_;
  std::vector<Thread> watchers_;  // join the workers
  bool shut_down_ = false;
  int maker_ = 0;  // its pid
};

template <typename T>
concept Bytes = std::is_trivially_copyable_v<T> && alignof(T) <= 16;

}  // namespace internal

/// The result of a task, in the future. An empty one, moved from, has none.
template <typename Result>
class TaskFuture {
 public:
  /// Takes over the result of `other`, which has none then.
  TaskFuture(TaskFuture&& other) noexcept
      : core_(std::exchange(other.core_, nullptr)), index_(other.index_) {}
  /// The same; nobody asks any more for the result that this one had.
  TaskFuture& operator=(TaskFuture&& other) noexcept {
    if (this != &other) {
      drop();
      core_ = std::exchange(other.core_, nullptr);
      index_ = other.index_;
    }
    return *this;
  }
  TaskFuture(const TaskFuture&) = delete;
  TaskFuture& operator=(const TaskFuture&) = delete;
  ~TaskFuture() { drop(); }

  /// get() would not wait: the task is over, or its worker has died. False without a result.
  [[nodiscard]] bool ready() const noexcept { return core_ != nullptr && core_->is_done(index_); }
  /// Waits until the task is over, and returns what it returned. Once: throws std::logic_error the second time.
  /// Throws TaskFailed, WorkerDied; std::system_error with `on_deadlock=throw`.
  Result get() {
    if (core_ == nullptr) throw std::logic_error("gridlock::TaskFuture::get");
    const TaskFuture taken(std::move(*this));
    taken.core_->get(taken.index_);
    if constexpr (!std::is_void_v<Result>) {
      return *std::launder(
          reinterpret_cast<const Result*>(taken.core_->slot(taken.index_).result.data()));
    }
  }

 private:
  friend class ProcessPool;
  TaskFuture(internal::ProcessPoolCore* core, std::uint32_t index) noexcept
      : core_(core), index_(index) {}
  void drop() noexcept {
    if (core_ != nullptr) core_->drop(index_);
    core_ = nullptr;
  }

  internal::ProcessPoolCore* core_;
  std::uint32_t index_;
};

/// A pool of processes. Outlives its futures.
class ProcessPool {
 public:
  /// How many bytes the function with its arguments may have, and the result.
  static constexpr std::size_t kMaxBytes = internal::PoolSlot::kBytes;

  /// Throws std::system_error when there is no process or no memory left for it.
  explicit ProcessPool(ProcessPoolOptions options = {}, CallSite where = CallSite::current())
      : core_(options, where) {}
  /// The same with `workers` processes (0: one for each processor), called name-1, name-2 ...
  explicit ProcessPool(std::uint32_t workers, std::string_view name = "worker",
                       CallSite where = CallSite::current())
      : ProcessPool(ProcessPoolOptions{.workers = workers, .name = name}, where) {}

  /// Calls `function` with copies of the arguments in one of the workers. All of them, and the result, are trivially
  /// copyable, and are copied as bytes. Returns a TaskFuture. Waits while all slots are taken. Throws ExecutorShutDown
  /// after shutdown(), and when no worker is left; std::system_error with `on_deadlock=throw`.
  template <typename Function, typename... Arguments>
    requires(std::is_invocable_v<std::decay_t<Function>&, std::decay_t<Arguments>&...>)
  auto submit(Function&& function, Arguments&&... arguments) {
    return submit_into(core_.take_slot(true), std::forward<Function>(function),
                       std::forward<Arguments>(arguments)...);
  }

  /// The function of each element. More may run than there are slots: those that are ready first
  /// make room.
  template <typename Function, std::ranges::input_range Range>
  auto map(Function function, Range&& range) {
    using Result =
        std::invoke_result_t<Function&, std::decay_t<std::ranges::range_reference_t<Range>>&>;
    static_assert(!std::is_void_v<Result>, "map() collects results");
    std::vector<Result> results;
    std::deque<TaskFuture<Result>> running;
    const auto collect = [&] {
      TaskFuture<Result> oldest = std::move(running.front());
      running.pop_front();
      results.push_back(oldest.get());
    };
    for (auto&& each : range) {
      std::uint32_t slot = Core::kNone;
      while ((slot = core_.take_slot(running.empty())) == Core::kNone) collect();
      running.push_back(submit_into(slot, function, each));
    }
    while (!running.empty()) collect();
    return results;
  }

  /// Runs what is queued, and joins the workers. Nothing happens the second time.
  void shutdown() { core_.shutdown(); }
  /// The workers' numbers in the system, in the order of their names.
  [[nodiscard]] std::vector<int> pids() const { return core_.pids(); }

 private:
  using Core = internal::ProcessPoolCore;

  template <typename Function, typename... Arguments>
  auto submit_into(std::uint32_t index, Function&& function, Arguments&&... arguments) {
    using Call = std::tuple<std::decay_t<Function>, std::decay_t<Arguments>...>;
    using Result = std::invoke_result_t<std::decay_t<Function>&, std::decay_t<Arguments>&...>;
    static_assert(internal::Bytes<std::decay_t<Function>> &&
                      (internal::Bytes<std::decay_t<Arguments>> && ...),
                  "a function and its arguments go to another process as bytes");
    static_assert(sizeof(Call) <= kMaxBytes, "the arguments are too large");
    if constexpr (!std::is_void_v<Result>) {
      static_assert(internal::Bytes<Result>, "a result comes from another process as bytes");
      static_assert(sizeof(Result) <= kMaxBytes, "the result is too large");
    }
    internal::PoolSlot& slot = core_.slot(index);
    ::new (slot.call.data())
        Call(std::forward<Function>(function), std::forward<Arguments>(arguments)...);
    slot.run = [](std::byte* call, std::byte* result) {
      auto& parts = *std::launder(reinterpret_cast<Call*>(call));
      if constexpr (std::is_void_v<Result>) {
        std::apply([](auto& f, auto&... each) { f(each...); }, parts);
      } else {
        ::new (result) Result(std::apply([](auto& f, auto&... each) { return f(each...); }, parts));
      }
    };
    core_.queue(index);
    return TaskFuture<Result>(&core_, index);
  }

  Core core_;
};

}  // namespace gridlock

#endif  // GRIDLOCK_CXX20
