// SPDX-License-Identifier: Apache-2.0
//
// A lock that is held across a signal. A thread that starts another one, sets an event or puts an item
// while it holds a lock gives that lock back later; whoever comes after the signal gets the lock only
// after that, in every schedule. So what the holder requested between the signal and the release is
// before what the other does once it has had the lock, although nothing but the lock is between them.
//
// And whoever starts a thread under a lock, and joins it before the lock is released, keeps others out as if that
// thread held the lock itself; the same with a task that is waited for, or any two signals. Until the release nobody
// knows whether the wait comes before it: it is taken to, and judged again then.
#include "harness/analysis/holds_across_signals.h"

namespace gridlock::internal {
namespace {

constexpr u32 kMaxSteps = 2000;

}  // namespace

bool HoldsAcrossSignals::init(u32 locks, Segments* segments) noexcept {
  segments_ = segments;
  if (!holds_.reserve(locks)) return false;
  holds_.add();  // index 0 means "none"
  return true;
}

void HoldsAcrossSignals::release() noexcept {
  holds_.release();
  holds_of_.release();
}

void HoldsAcrossSignals::holds(const ThreadNode& thread_node, NodeId object, Mode mode,
                               SegmentId during) noexcept {
  const u32* const known = holds_of_.find(object);
  if (known == nullptr && free_ == 0 && holds_.full()) return;
  u32 place = known != nullptr ? *known : free_;
  if (known == nullptr) {
    if (place == 0) place = holds_.add();
    if (place == free_) free_ = holds_[place].count;
    holds_[place] = Holds{};
    if (!holds_of_.insert(object, place)) return;
  }
  Holds& holds = holds_[place];
  const u64 bit = mix(object);
  any_.store(true, std::memory_order_relaxed);
  seen_[bit & (kSeen - 1)].fetch_or(u64{1} << (bit >> 32 & 63), std::memory_order_relaxed);
  holds.last[holds.count++ % Holds::kMax] = {during, 0, thread_node.thread, mode};
}

bool HoldsAcrossSignals::releases(ThreadNode& thread_node, NodeId object) noexcept {
  const u32* const known = holds_of_.find(object);
  if (known == nullptr) return false;
  for (Hold& hold : holds_[*known].last) {
    if (hold.thread != thread_node.thread || hold.released != 0) continue;
    hold.released = thread_node.segment;
    thread_node.segment = segments_->add(thread_node.segment, 0);
    const bool was_asked = holds_[*known].is_asked;
    holds_[*known].is_asked = false;
    return was_asked;
  }
  return false;
}

bool HoldsAcrossSignals::keeps_out(NodeId object, Mode mode, u32 other, u32 inside,
                                   SegmentId segment, u32* steps, u64* causes) noexcept {
  if (!may_know(object)) return false;
  const u32* const known = holds_of_.find(object);
  if (known == nullptr) return false;
  for (const Hold& hold : holds_[*known].last) {
    if (hold.during == 0 || hold.thread == other || hold.thread == inside) continue;
    if (hold.mode == Mode::kShared && mode == Mode::kShared) continue;
    const SegmentOrder begins = segments_->order(hold.during, segment, steps);
    if (!begins.ordered) continue;
    SegmentOrder ends{};
    if (hold.released != 0) {
      ends = segments_->order(segment, hold.released, steps);
      if (!ends.ordered) continue;
    } else {
      holds_[*known].is_asked = true;
    }
    *causes |= begins.causes | ends.causes;
    return true;
  }
  return false;
}

void HoldsAcrossSignals::forget(const IdSet& nodes) noexcept {
  holds_of_.erase_if([&](u64 lock, u32 place) noexcept {
    if (!nodes.has(static_cast<NodeId>(lock))) return false;
    holds_[place] = Holds{};
    holds_[place].count = free_;
    free_ = place;
    return true;
  });
  // Whoever asks meanwhile finds what is left at each moment.
  u64 seen[kSeen];
  for (u64& word : seen) word = 0;
  holds_of_.erase_if([&](u64 lock, u32) noexcept {
    const u64 bit = mix(lock);
    seen[bit & (kSeen - 1)] |= u64{1} << (bit >> 32 & 63);
    return false;
  });
  for (u32 i = 0; i < kSeen; ++i) seen_[i].store(seen[i], std::memory_order_relaxed);
}

// The object through which the thread comes after that hold of another one, and did not know it; 0 if by
// start and join alone, in `through`. One object: what rests on several could not be taken back with each of them.
bool HoldsAcrossSignals::comes_after_hold(const ThreadNode& thread_node, const Hold& hold,
                                          Mode mode, NodeId* through) noexcept {
  if (hold.during == 0 || hold.thread == thread_node.thread) return false;
  if (hold.mode == Mode::kShared && mode == Mode::kShared) return false;
  u32 steps = kMaxSteps;
  if (hold.released != 0 && segments_->order(hold.released, thread_node.segment, &steps).ordered)
    return false;  // known
  const SegmentOrder order = segments_->order(hold.during, thread_node.segment, &steps);
  *through = order.through;
  return order.ordered && !order.undecided && (order.causes & (order.causes - 1)) == 0;
}

bool HoldsAcrossSignals::comes_after(const ThreadNode& thread_node, NodeId object,
                                     Mode mode) noexcept {
  const u32* const known = holds_of_.find(object);
  if (known == nullptr) return false;
  NodeId through = 0;
  for (const Hold& hold : holds_[*known].last) {
    if (comes_after_hold(thread_node, hold, mode, &through)) return true;
  }
  return false;
}

void HoldsAcrossSignals::got(ThreadNode& thread_node, NodeId object, Mode mode) noexcept {
  const u32* const known = holds_of_.find(object);
  if (known == nullptr) return;
  for (const Hold& hold : holds_[*known].last) {
    NodeId through = 0;
    if (hold.released != 0 && comes_after_hold(thread_node, hold, mode, &through))
      thread_node.segment = segments_->add(thread_node.segment, hold.released, through);
  }
}

}  // namespace gridlock::internal
