// SPDX-License-Identifier: Apache-2.0
#include "harness/analysis/asked_requests.h"

namespace gridlock::internal {

bool AskedRequests::init(u32 nodes, u32 edges) noexcept {
  if (!asked_.reserve(edges) || !newest_by_.reserve(edges) || !newest_for_.reserve(nodes + 1))
    return false;
  asked_.add();  // index 0 means "none"
  newest_by_.resize(edges);
  newest_for_.resize(nodes + 1);
  return true;
}

void AskedRequests::release() noexcept {
  asked_.release();
  newest_by_.release();
  newest_for_.release();
}

u32 AskedRequests::add(NodeId node, const RequestContext& context) noexcept {
  if (asked_.full() || context.thread >= newest_by_.size()) return 0;
  const u32 number = asked_.add();
  asked_[number] = {context, node, newest_by_[context.thread], newest_for(node)};
  newest_by_[context.thread] = number;
  if (node < newest_for_.size()) newest_for_[node] = number;
  return number;
}

u32 AskedRequests::newest_by(u32 thread) const noexcept {
  return thread < newest_by_.size() ? newest_by_[thread] : 0;
}

u32 AskedRequests::newest_for(NodeId node) const noexcept {
  return node < newest_for_.size() ? newest_for_[node] : 0;
}

}  // namespace gridlock::internal
