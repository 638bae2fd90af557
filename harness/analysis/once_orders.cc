// SPDX-License-Identifier: Apache-2.0
#include "harness/analysis/once_orders.h"

namespace gridlock::internal {
namespace {

constexpr u32 kMaxHeard = 16;  // of what a thread has heard, the newest

u64 both(NodeId object, const ThreadNode& thread_node) noexcept {
  return (u64{object} << 32) | thread_node.thread;
}

}  // namespace

bool OnceOrders::init(u32 objects, Segments* segments, RequestEdges* edges,
                      SignalOrders* orders) noexcept {
  segments_ = segments;
  edges_ = edges;
  orders_ = orders;
  if (!bodies_.reserve(objects + 1)) return false;
  bodies_.add();  // index 0 means "none"
  return true;
}

void OnceOrders::release() noexcept {
  bodies_.release();
  body_of_.release();
  passed_.release();
}

void OnceOrders::forget(const IdSet& nodes, LiveThreads& threads) noexcept {
  body_of_.erase_if([&](u64 flag, u32 id) noexcept {
    if (!nodes.has(static_cast<NodeId>(flag))) return false;
    bodies_[id] = Body{};
    bodies_[id].via = free_;
    free_ = id;
    return true;
  });
  passed_.erase_if([&](u64 key, u32) noexcept {
    return nodes.has(static_cast<NodeId>(key >> 32)) || !threads.lives(static_cast<u32>(key));
  });
}

// What the thread has done itself is not before the body in every schedule, so the body stands apart
// from it. What it has heard from others is, if whoever might run the body has heard it, too.
void OnceOrders::body_begins(ThreadNode& thread_node, NodeId flag) noexcept {
  const u32* known = body_of_.find(flag);
  if (known == nullptr) {
    const u32 id = free_ != 0 || bodies_.full() ? free_ : bodies_.add();
    if (id == 0 || !body_of_.insert(flag, id)) {
      thread_node.segment = segments_->add(thread_node.segment, 0);
      return;
    }
    if (id == free_) free_ = bodies_[id].via;
    known = body_of_.find(flag);
  }
  Body& body = bodies_[*known];
  SegmentId hub = 0;
  segments_->each_heard(thread_node.segment, kMaxHeard, [&](SegmentId heard, NodeId via) {
    hub = segments_->add(hub, heard, via);
  });
  body.via = hub != 0 ? edges_->add_alias(flag) : 0;
  body.heard = hub;
  body.outer = thread_node.segment;
  body.first = segments_->add_apart(thread_node.segment, body.via != 0 ? hub : 0, body.via);
  thread_node.segment = body.first;
}

void OnceOrders::body_ended(ThreadNode& thread_node, NodeId flag) noexcept {
  const u32* const known = body_of_.find(flag);
  if (known == nullptr) {
    thread_node.segment = segments_->add(thread_node.segment, 0);
    return;
  }
  Body& body = bodies_[*known];
  body.end = thread_node.segment;
  thread_node.segment = segments_->add(body.outer, body.end);
}

bool OnceOrders::has_heard_the_same(const Body& body, SegmentId segment) noexcept {
  bool same = true;
  segments_->each_heard(body.heard, kMaxHeard, [&](SegmentId heard, NodeId) {
    same = same && segments_->ordered(heard, segment);
  });
  return same;
}

// The thread of that segment might have run the body itself: what is before the body in every schedule
// is at most what it has heard as well.
void OnceOrders::hear_less(Body& body, NodeId flag, SegmentId segment) noexcept {
  SegmentId hub = 0;
  segments_->each_heard(body.heard, kMaxHeard, [&](SegmentId heard, NodeId via) {
    for (u32 i = 0; i < kMaxHeard && heard != 0; ++i, heard = segments_->before(heard)) {
      if (!segments_->ordered(heard, segment)) continue;
      hub = segments_->add(hub, heard, via);
      return;
    }
  });
  const NodeId old = body.via;
  body.heard = hub;
  body.via = hub != 0 ? edges_->add_alias(flag) : 0;
  segments_->hear_instead(body.first, body.via != 0 ? hub : 0, body.via);
  orders_->no_longer_orders(old);
}

void OnceOrders::passes(ThreadNode& thread_node, NodeId flag) noexcept {
  thread_node.last_once = flag;
  const u32* const known = body_of_.find(flag);
  if (known == nullptr || passed_.find(both(flag, thread_node)) != nullptr) return;
  passed_.insert(both(flag, thread_node), 1);
  Body& body = bodies_[*known];
  if (!has_heard_the_same(body, thread_node.segment)) hear_less(body, flag, thread_node.segment);
  if (body.end != 0) thread_node.segment = segments_->add(thread_node.segment, body.end);
}

}  // namespace gridlock::internal
