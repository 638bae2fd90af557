// SPDX-License-Identifier: Apache-2.0
#include "harness/analysis/order_nodes.h"

namespace gridlock::internal {

bool OrderNodes::init(u32 nodes, u32 writers, u32 writers_per_node) noexcept {
  writers_per_node_ = writers_per_node;
  if (!traits_.reserve(nodes + 1) || !writers_.reserve(writers + 1)) return false;
  traits_.add();  // index 0 means "none" in each table
  writers_.add();
  return true;
}

void OrderNodes::release() noexcept {
  traits_.release();
  writers_.release();
  next_giver_.release();
}

bool OrderNodes::ensure(NodeId node) noexcept {
  while (traits_.size() <= node) {
    if (traits_.full()) return false;
    traits_.add();
  }
  return true;
}

void OrderNodes::describe(NodeId node, NodeKind kind, bool prefers_writers) noexcept {
  traits_[node].kind = static_cast<u8>(kind);
  traits_[node].prefers_writers = prefers_writers;
}

void OrderNodes::set_permits(NodeId node, u32 permits) noexcept { traits_[node].permits = permits; }
void OrderNodes::set_active(NodeId node, bool active) noexcept { traits_[node].inactive = !active; }

bool OrderNodes::add_giver(NodeId node, NodeId giver) noexcept {
  return next_giver_.insert(giver, first_giver(node)) && next_giver_.insert(node, giver);
}

NodeId OrderNodes::first_giver(NodeId node) noexcept {
  const u32* const first = next_giver_.find(node);
  return first != nullptr ? *first : 0;
}

NodeId OrderNodes::next_giver(NodeId giver) noexcept { return first_giver(giver); }

void OrderNodes::forget_writers(NodeId node) noexcept {
  if (node >= traits_.size()) return;
  Traits& traits = traits_[node];
  traits.writer_count = 0;
  while (traits.first_writer != 0) {
    const WriterId id = traits.first_writer;
    traits.first_writer = writers_[id].next;
    writers_[id].next = free_writer_;
    free_writer_ = id;
  }
}

void OrderNodes::forget(NodeId node) noexcept {
  if (node >= traits_.size()) return;
  forget_writers(node);
  next_giver_.erase(node);
  Traits& traits = traits_[node];
  const u32 incarnation = traits.incarnation + 1;
  traits = Traits{};
  traits.incarnation = incarnation;
}

bool OrderNodes::add_writer(NodeId node, const RequestContext& context) noexcept {
  Traits& traits = traits_[node];
  if (traits.writer_count >= writers_per_node_ || (free_writer_ == 0 && writers_.full())) {
    ++writers_dropped_;
    return false;
  }
  const WriterId id = free_writer_ != 0 ? free_writer_ : writers_.add();
  if (free_writer_ != 0) free_writer_ = writers_[id].next;
  writers_[id] = {context.thread, context.segment, context.held_set, traits.first_writer};
  traits.first_writer = id;
  ++traits.writer_count;
  return true;
}

u32 OrderNodes::writers_dropped() const noexcept { return writers_dropped_; }
u64 OrderNodes::bytes() const noexcept {
  return u64{traits_.size()} * sizeof(Traits) + u64{writers_.size()} * sizeof(WaitingWriter);
}

}  // namespace gridlock::internal
