// SPDX-License-Identifier: Apache-2.0
//
// The list of callbacks. That a stop was requested is an Event; that a callback is not destroyed while it runs is a Lock,
// held by the thread that calls it: composed/stop.cc. Here is what ThreadSanitizer must not take for an order between
// threads that register and remove.
#include <gridlock/stop.h>

#include "harness/platform/futex.h"
#include "harness/platform/tsan.h"
#include "harness/runtime/core/control.h"

namespace gridlock::internal {

void StopState::keep() noexcept { references_.fetch_add(1, std::memory_order_relaxed); }

bool StopState::let_go() noexcept {
  tsan_release(&references_);
  if (references_.fetch_sub(1, std::memory_order_acq_rel) != 1) return false;
  tsan_acquire(&references_);
  return true;
}

// The first one that requests it.
bool StopState::claim() noexcept {
  raw_lock(mutex_);
  const bool is_first = !claimed_;
  if (is_first) tsan_release(&claimed_);
  claimed_ = true;
  raw_unlock(mutex_);
  return is_first;
}

bool StopState::add(StopNode& node) noexcept {
  tsan_release(&node.place);
  raw_lock(mutex_);
  const bool is_late = claimed_;
  if (is_late) {
    tsan_acquire(&claimed_);
  } else {
    node.place = StopNode::Where::kInList;
    node.behind = first_;
    if (first_ != nullptr) first_->before = &node;
    first_ = &node;
  }
  raw_unlock(mutex_);
  return !is_late;
}

StopNode* StopState::take() noexcept {
  raw_lock(mutex_);
  StopNode* const node = first_;
  if (node != nullptr) {
    first_ = node->behind;
    if (first_ != nullptr) first_->before = nullptr;
    node->place = StopNode::Where::kTaken;
  }
  raw_unlock(mutex_);
  if (node != nullptr) tsan_acquire(&node->place);
  return node;
}

// Where it was. It is in no list afterwards.
StopNode::Where StopState::leave(StopNode& node) noexcept {
  raw_lock(mutex_);
  const StopNode::Where was = node.place;
  if (was == StopNode::Where::kInList) {
    (node.before != nullptr ? node.before->behind : first_) = node.behind;
    if (node.behind != nullptr) node.behind->before = node.before;
    node.place = StopNode::Where::kNowhere;
  }
  raw_unlock(mutex_);
  return was;
}

// It is taken: the thread that calls it is about to hold its lock, and waits for nothing before.
void StopState::await_begin(StopNode& node) noexcept {
  while (!node.begun.load(std::memory_order_acquire)) control().yield();
  tsan_acquire(&node.begun);
}

}  // namespace gridlock::internal
