// SPDX-License-Identifier: Apache-2.0
//
// The queue, the futures and the threads are the watched ones, so there is little to do here: what
// the observer has to know besides is which threads are one pool. Compiled like user code.
#include <gridlock/executor.h>

#include <algorithm>
#include <system_error>
#include <thread>

#include "harness/platform/tsan.h"
#include "harness/primitives/throw.h"
#include "harness/runtime/orders/worker_pools.h"
#include "harness/runtime/thread_life.h"

namespace gridlock {
namespace {

class CancelsInPool {
 public:
  explicit CancelsInPool(std::uint32_t pool) noexcept : before_(internal::cancels_in_pool(pool)) {}
  ~CancelsInPool() { internal::cancels_in_pool(before_); }
  CancelsInPool(const CancelsInPool&) = delete;
  CancelsInPool& operator=(const CancelsInPool&) = delete;

 private:
  std::uint32_t before_;
};

}  // namespace

Executor::Executor(ExecutorOptions options, CallSite where)
    : where_(where),
      pool_(internal::new_thread_pool()),
      count_(options.workers != 0 ? options.workers
                                  : std::max(1U, std::thread::hardware_concurrency())),
      queue_(options.capacity, std::string(options.name) + " queue", where) {
  internal::QueueAccess::core(queue_).emptied_by(pool_);
  workers_.reserve(count_);
  try {
    for (std::uint32_t i = 1; i <= count_; ++i) {
      const std::string name = std::string(options.name) + "-" + std::to_string(i);
      workers_.emplace_back(ThreadOptions{.name = name}, [this] { work(); }, where);
      internal::thread_joins_pool(workers_.back().id(), pool_);
    }
  } catch (...) {
    queue_.close();  // those that were started end
    throw;
  }
}

// A worker that does this waits for itself, which is a finding: a destructor cannot throw.
Executor::~Executor() {
  queue_.close();
  for (Thread& worker : workers_) worker = Thread{};
  internal::tsan_ended_by_user(this);
}

void Executor::shutdown(Pending pending) {
  internal::tsan_touched_by_user(this);
  for (const Thread& worker : workers_) {
    if (worker.joinable() && worker.id() == this_thread_id())
      internal::throw_deadlock("gridlock::Executor::shutdown");
  }
  if (pending == Pending::kCancel) {
    // The workers of a closed queue may have ended while a task is not cancelled yet.
    const CancelsInPool canceller(pool_);
    queue_.close();
    cancel_queued();
  } else {
    queue_.close();
  }
  for (Thread& worker : workers_) {
    if (worker.joinable()) worker.join();
  }
}

void Executor::cancel_queued() {
  while (const auto task = queue_.try_get()) (*task)->cancel();
}

void Executor::enqueue(std::unique_ptr<internal::PoolTask> task) {
  internal::tsan_touched_by_user(this);
  try {
    queue_.put(std::move(task));
  } catch (const QueueClosed&) {
    throw ExecutorShutDown("gridlock::Executor::submit");
  }
}

// An idle worker can be the last to wait in a program that has come to a standstill; with
// on_deadlock=throw it is then the one that is thrown at. It cannot help, so it goes, and its end
// lets the runtime look at those that are left.
void Executor::work() noexcept {
  try {
    while (auto task = queue_.get()) (*task)->run();
  } catch (const std::system_error&) {
    return;
  }
}

}  // namespace gridlock
