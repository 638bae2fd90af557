// SPDX-License-Identifier: Apache-2.0
//
// The queue is the slots: a worker that has got a permit of queued_ takes the oldest that is queued
// by one compare-and-swap, so that a worker that is killed at any moment has either taken a task and
// is named in it, or has not. It may have taken a permit with it; the thread that joins
// it gives one back, and one too many does no harm, because a worker that finds nothing waits
// again. Compiled like user code, because it runs the user's function.
#include <gridlock/process_pool.h>

#include <thread>
#include <utility>

#include "harness/runtime/process_tree/process_life.h"

namespace gridlock::internal {
namespace {

// The state of a slot: a phase, the worker, and whether its future is gone.
enum Phase : std::uint32_t { kFree, kFilling, kQueued, kRunning, kDone, kFailed, kLost };
constexpr std::uint32_t kPhase = 0xff;
constexpr std::uint32_t kDropped = 0x100;
constexpr std::uint32_t kWorkerShift = 16;

constexpr std::uint32_t running_in(std::uint32_t worker) {
  return kRunning | worker << kWorkerShift;
}
constexpr bool is_over(std::uint32_t state) { return (state & kPhase) >= kDone; }

}  // namespace

struct ProcessPoolCore::Common {
  std::atomic<std::uint64_t> tickets;
  std::atomic<std::uint32_t> stopping;
  std::atomic<std::uint32_t> alive;
};

ProcessPoolCore::ProcessPoolCore(const ProcessPoolOptions& options, CallSite where)
    : slot_count_(std::max(1U, options.slots)),
      pages_(sizeof(PoolSlot) * (slot_count_ + 1)),
      common_(::new(pages_.start()) Common),
      slots_(static_cast<PoolSlot*>(pages_.start()) + 1),
      queued_(0, std::string(options.name) + " queue", where),
      free_(slot_count_, std::string(options.name) + " slots", where) {
  static_assert(sizeof(Common) <= sizeof(PoolSlot));
  for (std::uint32_t i = 0; i < slot_count_; ++i) {
    ::new (&slots_[i]) PoolSlot;
    done_.push_back(std::make_unique<IpcSemaphore>(
        0, std::string(options.name) + " result " + std::to_string(i + 1), where));
  }
  const std::uint32_t count =
      options.workers != 0 ? options.workers : std::max(1U, std::thread::hardware_concurrency());
  common_->alive.store(count);
  maker_ = this_process_id();
  workers_.reserve(count);
  try {
    for (std::uint32_t i = 0; i < count; ++i) {
      const std::string name = std::string(options.name) + "-" + std::to_string(i + 1);
      workers_.emplace_back(ProcessOptions{.name = name}, where, [this, i] { work(i); });
      pids_.push_back(workers_.back().pid());
    }
    // All processes before the first thread: a fork of a process with threads has only one of them.
    watchers_.reserve(count);
    for (std::uint32_t i = 0; i < count; ++i) {
      const std::string name = "joins " + std::string(options.name) + "-" + std::to_string(i + 1);
      watchers_.emplace_back(ThreadOptions{.name = name}, where, [this, i] { watch(i); });
    }
  } catch (...) {
    shutdown();  // those that were started end
    throw;
  }
}

// The threads of a fork's copy are the maker's: there is nobody to join. Kept where nobody destroys
// them; without memory for that the fork ends here.
ProcessPoolCore::~ProcessPoolCore() {
  if (maker_ == this_process_id()) {
    shutdown();
    return;
  }
  // NOLINTNEXTLINE(bugprone-unhandled-exception-at-new)
  static std::vector<Thread>& absent = *new std::vector<Thread>;
  for (Thread& watcher : watchers_) absent.push_back(std::move(watcher));
}

// --- submitting ---

std::uint32_t ProcessPoolCore::take_slot(bool wait) {
  const auto refuse = [this] {
    if (common_->stopping.load() != 0 || common_->alive.load() == 0)
      throw ExecutorShutDown("gridlock::ProcessPool::submit");
  };
  refuse();
  if (!free_.try_acquire()) {
    if (!wait) return kNone;
    free_.acquire();
  }
  for (std::uint32_t i = 0;;
       i = (i + 1) % slot_count_) {  // one of them is free, or will be at once
    std::uint32_t state = kFree;
    if (slots_[i].state.compare_exchange_strong(state, kFilling)) return i;
  }
}

// The last worker may have died since take_slot(): its watcher has then seen this slot queued, or
// this sees that nobody is alive.
void ProcessPoolCore::queue(std::uint32_t index) noexcept {
  slots_[index].ticket.store(common_->tickets.fetch_add(1));
  slots_[index].state.store(kQueued);
  queued_.release();
  if (common_->alive.load() == 0) lose(index, kQueued);
}

bool ProcessPoolCore::is_done(std::uint32_t index) const noexcept {
  return is_over(slots_[index].state.load());
}

void ProcessPoolCore::get(std::uint32_t index) {
  while (!is_done(index)) done_[index]->acquire();
  switch (slots_[index].state.load() & kPhase) {
    case kFailed:
      throw TaskFailed(slots_[index].text.data());
    case kLost:
      throw WorkerDied("gridlock::ProcessPool: the worker has died");
    default:
      return;
  }
}

// Permits of done_ that nobody fetched do no harm either: a waiter looks at the state.
void ProcessPoolCore::free_slot(std::uint32_t index) noexcept {
  while (done_[index]->try_acquire()) {
  }
  slots_[index].state.store(kFree);
  free_.release();
}

void ProcessPoolCore::drop(std::uint32_t index) noexcept {
  std::uint32_t state = slots_[index].state.load();
  for (;;) {
    if (is_over(state)) return free_slot(index);
    const bool queued = (state & kPhase) == kQueued;
    const std::uint32_t next = queued ? std::uint32_t{kFilling} : state | kDropped;
    if (!slots_[index].state.compare_exchange_weak(state, next)) continue;
    if (queued) free_slot(index);
    return;
  }
}

// --- the workers ---

void ProcessPoolCore::work(std::uint32_t worker) {
  for (;;) {
    queued_.acquire();
    if (!run_next(worker) && common_->stopping.load() != 0) return;
  }
}

bool ProcessPoolCore::run_next(std::uint32_t worker) {
  std::uint32_t oldest = kNone;
  for (bool taken = false; !taken;) {
    oldest = kNone;
    for (std::uint32_t i = 0; i < slot_count_; ++i) {
      if (slots_[i].state.load() != kQueued) continue;
      if (oldest == kNone || slots_[i].ticket.load() < slots_[oldest].ticket.load()) oldest = i;
    }
    if (oldest == kNone) return false;
    std::uint32_t state = kQueued;
    taken = slots_[oldest].state.compare_exchange_strong(state, running_in(worker));
  }
  PoolSlot& slot = slots_[oldest];
  std::uint32_t result = kDone;
  const auto fail = [&](std::string_view text) {
    const std::size_t size = text.copy(slot.text.data(), slot.text.size() - 1);
    slot.text[size] = 0;
    result = kFailed;
  };
  try {
    slot.run(slot.call.data(), slot.result.data());
  } catch (const std::exception& error) {
    fail(error.what());
  } catch (...) {
    fail("not a std::exception");
  }
  finish(oldest, result);
  return true;
}

void ProcessPoolCore::finish(std::uint32_t index, std::uint32_t result) noexcept {
  const std::uint32_t before = slots_[index].state.exchange(result);
  if ((before & kDropped) != 0) return free_slot(index);
  done_[index]->release();
}

// --- the watchers ---

void ProcessPoolCore::lose(std::uint32_t index, std::uint32_t from) noexcept {
  std::uint32_t state = slots_[index].state.load();
  do {
    if ((state & ~kDropped) != from) return;
  } while (!slots_[index].state.compare_exchange_weak(state, kLost));
  if ((state & kDropped) != 0) return free_slot(index);
  done_[index]->release();
}

// With on_deadlock=throw a watcher can be the one that is thrown at. It cannot help, so it goes; the
// worker is joined at the shutdown.
void ProcessPoolCore::watch(std::uint32_t worker) noexcept {
  try {
    workers_[worker].join();
  } catch (const std::system_error&) {
    return;
  }
  for (std::uint32_t i = 0; i < slot_count_; ++i) {
    lose(i, running_in(worker));
    if (is_done(i)) done_[i]->release();  // it may have died between the two halves of finish()
  }
  const bool last = common_->alive.fetch_sub(1) == 1;
  queued_.release();
  for (std::uint32_t i = 0; last && i < slot_count_; ++i) lose(i, kQueued);
}

void ProcessPoolCore::shutdown() {
  if (std::exchange(shut_down_, true)) return;
  common_->stopping.store(1);
  queued_.release(static_cast<std::uint32_t>(workers_.size()));
  for (Thread& watcher : watchers_) watcher.join();
  for (Process& worker : workers_) {
    if (worker.joinable()) worker.join();
  }
}

std::vector<int> ProcessPoolCore::pids() const { return pids_; }

}  // namespace gridlock::internal
