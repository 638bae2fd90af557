// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/process_tree/guard.h"

#include "harness/platform/futex.h"
#include "harness/platform/processes.h"
#include "harness/platform/raw_io.h"
#include "harness/platform/signal_block.h"
#include "harness/runtime/core/process_number.h"
#include "harness/runtime/process_tree/memory.h"
#include "harness/runtime/process_tree/tree.h"

namespace gridlock::internal {
namespace {

constexpr u32 kWaiters = 0x80000000u;
/// The owner is a fork outside the tree: the rest is its process id.
constexpr u32 kOutsider = 0x40000000u;

u32 owner_for_me() noexcept {
  const u32 number = this_process();
  return number != 0 ? number : kOutsider | static_cast<u32>(process_id());
}

bool owner_lives(u32 owner) noexcept {
  if ((owner & kOutsider) != 0) return process_runs(static_cast<int>(owner & ~kOutsider), 0);
  return alive(tree_process(owner));
}

}  // namespace

// The owner gets its signals afterwards, as with a RawMutex.
bool robust_lock(RobustWord& robust) noexcept {
  block_signals();
  std::atomic<u32>& word = robust.word;
  const u32 me = owner_for_me();
  u32 seen = 0;
  if (word.compare_exchange_strong(seen, me, std::memory_order_acquire, std::memory_order_relaxed))
    return false;
  for (;;) {
    if (seen == 0) {
      // With the bit: others may be asleep, and only one of them was woken.
      if (word.compare_exchange_weak(seen, me | kWaiters, std::memory_order_acquire,
                                     std::memory_order_relaxed))
        return false;
      continue;
    }
    if ((seen & kWaiters) == 0) {
      if (!word.compare_exchange_weak(seen, seen | kWaiters, std::memory_order_relaxed)) continue;
      seen |= kWaiters;
    }
    unblock_signals();
    const bool in_time = futex_wait_shared(&word, seen, now_ns() + kLifeSliceNs);
    block_signals();
    // A dead owner's word stays as it is, so the first to exchange it is the only one.
    if (!in_time && !owner_lives(seen & ~kWaiters) &&
        word.compare_exchange_strong(seen, me | kWaiters, std::memory_order_acquire,
                                     std::memory_order_relaxed)) {
      return true;
    }
    seen = word.load(std::memory_order_relaxed);
  }
}

void robust_unlock(RobustWord& robust) noexcept {
  if ((robust.word.exchange(0, std::memory_order_release) & kWaiters) != 0)
    futex_wake_shared(&robust.word, 1);
  unblock_signals();
}

bool owner_died(const RobustWord& robust) noexcept {
  const u32 owner = robust.word.load(std::memory_order_relaxed) & ~kWaiters;
  return owner != 0 && !owner_lives(owner);
}

TreeGuard::TreeGuard() noexcept : inherited_(robust_lock(tree_header()->waits)) {}
TreeGuard::~TreeGuard() { robust_unlock(tree_header()->waits); }

}  // namespace gridlock::internal
