// SPDX-License-Identifier: Apache-2.0
//
// A Lock, so that the analyses know its holder, and a hand-over: a thread that gives it back at a
// checkpoint requests it again only when another has taken it, because a lock that is released and
// requested at once nearly always goes to the same thread. The counts around it have no memory
// order; what orders is the lock. Compiled like user code, because it may throw.
#include <gridlock/baton.h>
#include <gridlock/thread.h>

#include "harness/platform/tsan.h"
#include "harness/runtime/core/control.h"

namespace gridlock {

void Baton::acquire(CallSite where) {
  struct Waiting {
    explicit Waiting(std::atomic<std::uint32_t>& c) : count(c) {
      count.fetch_add(1, std::memory_order_relaxed);
    }
    ~Waiting() { count.fetch_sub(1, std::memory_order_relaxed); }
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;
    std::atomic<std::uint32_t>& count;
  };
  const Waiting waiting(waiting_);
  baton_.lock(where);
  holder_.store(this_thread_id(), std::memory_order_relaxed);
  turns_.fetch_add(1, std::memory_order_relaxed);
  checkpoints_ = 0;
  if (interval_.count() != 0) since_ = std::chrono::steady_clock::now();
}

void Baton::release() noexcept {
  if (holder_.load(std::memory_order_relaxed) == this_thread_id())
    holder_.store(0, std::memory_order_relaxed);
  baton_.unlock();  // and if it is not ours, it says so
}

bool Baton::turn_is_over() {
  if (interval_.count() != 0) return std::chrono::steady_clock::now() - since_ >= interval_;
  return ++checkpoints_ >= every_;
}

void Baton::checkpoint(CallSite where) {
  internal::tsan_touched_by_user(this);
  if (holder_.load(std::memory_order_relaxed) != this_thread_id()) return baton_.unlock();
  if (!turn_is_over()) return;
  checkpoints_ = 0;
  if (waiting_.load(std::memory_order_relaxed) == 0) return;
  const std::uint32_t before = turns_.load(std::memory_order_relaxed);
  release();
  while (turns_.load(std::memory_order_relaxed) == before &&
         waiting_.load(std::memory_order_relaxed) != 0) {
    internal::yield_thread();
  }
  acquire(where);
}

}  // namespace gridlock
