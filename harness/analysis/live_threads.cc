// SPDX-License-Identifier: Apache-2.0
#include "harness/analysis/live_threads.h"

namespace gridlock::internal {

bool LiveThreads::init(u32 objects, Segments* segments) noexcept {
  segments_ = segments;
  if (!live_.reserve(objects + 1)) return false;
  live_.add();  // place 0 means "none"
  return true;
}

void LiveThreads::release() noexcept {
  live_.release();
  numbers_.release();
}

void LiveThreads::begins(ThreadNode& thread_node) noexcept {
  if (live_.full()) return;
  thread_node.place = live_.add();
  live_[thread_node.place].thread_node = &thread_node;
  if (thread_node.thread != 0) numbers_.insert(thread_node.thread, 1);
}

void LiveThreads::ends(ThreadNode& thread_node) noexcept {
  numbers_.erase(thread_node.thread);
  if (thread_node.place == 0) return;
  const Living last = live_[live_.size() - 1];
  live_[thread_node.place] = last;
  last.thread_node->place = thread_node.place;
  live_.resize(live_.size() - 1);
  thread_node.place = 0;
}

void LiveThreads::only(ThreadNode* thread_node) noexcept {
  live_.resize(1);
  numbers_.release();
  if (thread_node != nullptr) begins(*thread_node);
}

// By start and join alone, because an order through an object may yet turn out to be luck. Asked only
// of threads that have ended: one that lives, or many that do, would make it dear.
bool LiveThreads::is_over(const RequestContext& context) noexcept {
  constexpr u32 kMaxSteps = 2000;
  if (lives(context.thread)) return false;
  u32 steps = kMaxSteps;
  for (u32 i = 1; i < live_.size(); ++i) {
    const SegmentOrder order =
        segments_->order(context.segment, live_[i].thread_node->segment, &steps);
    if (!order.ordered || order.undecided || order.causes != 0) return false;
  }
  return true;
}

}  // namespace gridlock::internal
