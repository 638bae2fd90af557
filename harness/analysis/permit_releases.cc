// SPDX-License-Identifier: Apache-2.0
#include "harness/analysis/permit_releases.h"

namespace gridlock::internal {
namespace {

// What is known of a semaphore's releases.
enum : u32 { kNeverReleased = 0, kAsked = 1, kReleasedByHolders = 2, kReleasedByOthers = ~0u };

}  // namespace

void PermitReleases::init(ChannelStates* states, RequestEdges* edges) noexcept {
  states_ = states;
  edges_ = edges;
}

// A place that no channel of a semaphore uses, and that lies beside the one that it does use.
u32 PermitReleases::place_of(NodeId object) noexcept {
  return ChannelStates::index_of(object, Channel::kRoom);
}

bool PermitReleases::request_is_news(NodeId object) const noexcept {
  return states_->load(place_of(object)) == kNeverReleased;
}

bool PermitReleases::release_is_news(NodeId object, bool by_holder) const noexcept {
  const u32 known = states_->load(place_of(object));
  return known != kReleasedByOthers && !(by_holder && known == kReleasedByHolders);
}

bool PermitReleases::is_no_lock(NodeId object) const noexcept {
  return states_->load(place_of(object)) == kReleasedByOthers;
}

void PermitReleases::asked(NodeId object, u32 permits) noexcept {
  if (!request_is_news(object)) return;
  const NodeId node = edges_->describe_permits(object, permits, kMaxPermits);
  states_->store(place_of(object), node != 0 ? kAsked : kReleasedByOthers);
  edges_->graph().set_active(node, false);
}

void PermitReleases::released(NodeId object, u32 permits, bool by_holder) noexcept {
  if (!release_is_news(object, by_holder)) return;
  const NodeId node = edges_->describe_permits(object, permits, kMaxPermits);
  const bool as_lock = by_holder && node != 0;
  states_->store(place_of(object), as_lock ? kReleasedByHolders : kReleasedByOthers);
  edges_->graph().set_active(node, by_holder);
  edges_->reconsider(node);
}

}  // namespace gridlock::internal
