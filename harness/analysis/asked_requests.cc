// SPDX-License-Identifier: Apache-2.0
#include "harness/analysis/asked_requests.h"

namespace gridlock::internal {
namespace {

constexpr u32 kMaxAlike = 4;  // of one sort that are kept: the newest

}  // namespace

bool AskedRequests::init(u32 nodes, u32 edges) noexcept {
  return asked_.init(edges) && newest_for_.reserve(nodes + 1);
}

void AskedRequests::release() noexcept {
  asked_.release();
  newest_by_.release();
  newest_for_.release();
  alike_.release();
}

u32 AskedRequests::add(NodeId node, const RequestContext& context) noexcept {
  if (asked_.full() || (node >= newest_for_.size() && !newest_for_.resize(node + 1))) return 0;
  u32* const newest = newest_by_.find(u64{context.thread} + 1);
  const u32 number = asked_.add();
  if (newest == nullptr && !newest_by_.insert(u64{context.thread} + 1, number)) return 0;
  *asked_.find(number) = {context, node, newest != nullptr ? *newest : 0, newest_for(node)};
  if (newest != nullptr) *newest = number;
  newest_for_[node] = number | (newest_for_[node] & kForgotten);
  return number;
}

u32 AskedRequests::newest_by(u32 thread) noexcept {
  const u32* const newest = newest_by_.find(u64{thread} + 1);
  return newest != nullptr ? *newest : 0;
}

u32 AskedRequests::newest_for(NodeId node) const noexcept {
  return node < newest_for_.size() ? newest_for_[node] & ~kForgotten : 0;
}

bool AskedRequests::has_forgotten(NodeId node) const noexcept {
  return node < newest_for_.size() && (newest_for_[node] & kForgotten) != 0;
}

void AskedRequests::count_alike(u64 sort) noexcept {
  if (u32* const count = alike_.find(sort)) {
    ++*count;
  } else {
    alike_.insert(sort, 1);
  }
}

bool AskedRequests::is_one_of_many(u64 sort) noexcept {
  u32* const left = alike_.find(sort);
  if (left == nullptr || *left <= kMaxAlike) return false;
  --*left;
  return true;
}

void AskedRequests::note_forgotten(NodeId node) noexcept { newest_for_[node] |= kForgotten; }

// It stays until forget_dropped(), without a node, so that what comes after it finds what came before.
void AskedRequests::take_out(u32 number, AskedRequest& asked, bool gone) noexcept {
  if (newest_for(asked.node) == number)
    newest_for_[asked.node] = gone ? 0 : asked.same | (newest_for_[asked.node] & kForgotten);
  asked.node = 0;
}

u32 AskedRequests::kept(u32 number) noexcept {
  const AskedRequest* const asked = asked_.find(number);
  if (asked == nullptr) return 0;
  return asked->node != 0 ? number : asked->before;
}

u32 AskedRequests::kept_same(u32 number) noexcept {
  const AskedRequest* const asked = asked_.find(number);
  if (asked == nullptr) return 0;
  return asked->node != 0 ? number : asked->same;
}

void AskedRequests::forget_dropped() noexcept {
  newest_by_.erase_if([&](u64, u32& newest) noexcept {
    newest = kept(newest);
    return newest == 0;
  });
  alike_.release();
  asked_.age([](u32, const AskedRequest& asked) noexcept { return asked.node != 0; });
}

void AskedRequests::forget_node(NodeId node) noexcept {
  if (node < newest_for_.size()) newest_for_[node] = 0;
}

}  // namespace gridlock::internal
