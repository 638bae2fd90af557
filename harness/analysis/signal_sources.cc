// SPDX-License-Identifier: Apache-2.0
#include "harness/analysis/signal_sources.h"

namespace gridlock::internal {

bool SignalSources::init(u32 objects, RequestEdges* edges) noexcept {
  edges_ = edges;
  if (!sources_.reserve(objects + 1)) return false;
  sources_.add();  // index 0 means "none"
  return true;
}

void SignalSources::release() noexcept {
  sources_.release();
  number_of_.release();
  number_of_node_.release();
}

SignalSource* SignalSources::known(const Signal& signal) noexcept {
  const u32* const known = number_of_.find(u64{ChannelStates::index_of(signal)} + 1);
  return known != nullptr && sources_[*known].node != 0 ? &sources_[*known] : nullptr;
}

SignalSource* SignalSources::of(const Signal& signal) noexcept {
  const u64 key = u64{ChannelStates::index_of(signal)} + 1;
  if (number_of_.find(key) != nullptr) return known(signal);
  if (free_ == 0 && sources_.full()) return nullptr;
  const u32 number = free_ != 0 ? free_ : sources_.add();
  SignalSource& source = sources_[number];
  if (free_ != 0) free_ = source.told;
  source = SignalSource{};
  if (!number_of_.insert(key, number)) return nullptr;
  // A queue's first channel is the object itself in the graph, the others stand beside it.
  source.node =
      signal.channel == Channel::kSignal ? signal.object : edges_->add_alias(signal.object);
  if (source.node == 0) return nullptr;
  source.signal = signal;
  number_of_node_.insert(source.node, number);
  const bool wakeup = signal.rule == Rule::kWakeup;
  edges_->graph().describe(source.node, wakeup ? NodeKind::kWakeup : NodeKind::kSignal, false);
  return &source;
}

SignalSource* SignalSources::of_node(NodeId node) noexcept {
  const u32* const known = number_of_node_.find(node);
  return known != nullptr ? &sources_[*known] : nullptr;
}

void SignalSources::forget(SignalSource& source) noexcept {
  number_of_.erase(u64{ChannelStates::index_of(source.signal)} + 1);
  number_of_node_.erase(source.node);
  const u32 number = number_of(source);
  source = SignalSource{};
  source.told = free_;
  free_ = number;
}

NodeId SignalSources::later_of(SignalSource& source) noexcept {
  if (source.later == 0) source.later = edges_->add_alias(source.node);
  return source.later;
}

}  // namespace gridlock::internal
