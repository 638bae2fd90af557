// SPDX-License-Identifier: Apache-2.0
#include "tests/analysis/traces/telling.h"

#include <stdexcept>

namespace gridlock::traces {

using namespace internal;  // NOLINT(google-build-using-namespace): this file is about its classes

namespace {

constexpr u32 kObjects = 500;
constexpr u32 kFirstWait = 100;  // as a way of asking
constexpr u32 kFoundTrue = 110;

const char* name_of(SafeReason reason) {
  switch (reason) {
    case SafeReason::kNone:
      break;
    case SafeReason::kOneThread:
      return "one thread";
    case SafeReason::kGate:
      return "gate";
    case SafeReason::kOrdered:
      return "ordered";
    case SafeReason::kReadersOnly:
      return "readers only";
    case SafeReason::kNoWriter:
      return "no writer";
    case SafeReason::kInactive:
      return "not a lock";
    case SafeReason::kUnpublished:
      return "unpublished";
    case SafeReason::kPermitsLeft:
      return "permits left";
  }
  return "unknown";
}

u32 epoch_of(const Known& thread) {
  u32 epoch = thread.operations;
  for (const Held& held : thread.held) epoch -= held.count;
  return epoch;
}

}  // namespace

Telling::Telling() {
  LockOrderLimits limits;
  limits.nodes = kObjects;
  limits.edges = 4 * kObjects;
  const PredictionHooks hooks{[](const CycleStep* steps, u32 length, void* self) {
                                auto* const telling = static_cast<Telling*>(self);
                                telling->cycles_.push_back(telling->names_of(steps, length));
                              },
                              [](NodeId object, void* self) {
                                auto* const telling = static_cast<Telling*>(self);
                                return telling->add_object(std::string(telling->names_[object]));
                              },
                              this};
  if (!prediction_.init(limits, hooks) || !publications_.init(kObjects))
    throw std::runtime_error("no address space");
}

Telling::~Telling() {
  prediction_.release();
  publications_.release();
}

NodeId Telling::add_object(const std::string& name) {
  names_.push_back(name);
  return static_cast<NodeId>(names_.size() - 1);
}

void Telling::made(NodeId object, const Known& by) {
  publications_.made(object, by.thread_node.thread, epoch_of(by));
}

std::string Telling::names_of(const CycleStep* steps, u32 length) const {
  std::set<std::string> names;
  for (u32 i = 0; i < length; ++i) names.insert(names_[steps[i].from]);
  std::string joined;
  for (const std::string& name : names) joined += (joined.empty() ? "" : " ") + name;
  return joined;
}

std::string Telling::safe() {
  SafeCycles& safe = prediction_.graph().safe_cycles();
  std::set<std::string> reasons;
  for (u32 i = 0; i < safe.size(); ++i) {
    std::string reason = name_of(safe[i].reason);
    const bool through = safe[i].reason == SafeReason::kOrdered && safe[i].object != 0;
    if (safe[i].object != 0) reason += (through ? " through " : " ") + names_[safe[i].object];
    reasons.insert(reason);
  }
  std::string joined;
  for (const std::string& reason : reasons) joined += (joined.empty() ? "" : ", ") + reason;
  return joined;
}

PendingRequest Telling::request(const Known& thread, NodeId without, u32 most) {
  held_locks_.clear();
  for (u32 i = 0; i < thread.held.size() && i < most; ++i) {
    const Held& held = thread.held[i];
    if ((held.permit && !held.lock_like) || held.object == without) continue;
    held_locks_.push_back(
        {held.object, held.object, 0, held.mode,
         publications_.unknown_to_others(held.object, thread.thread_node.thread, epoch_of(thread)),
         held.permit ? held.count : 1});
  }
  return {held_locks_.data(), static_cast<u32>(held_locks_.size()), 0};
}

bool Telling::seen(const Known& thread, NodeId object, u32 how, bool remember) {
  std::vector<u32> key{thread.thread_node.thread, thread.thread_node.segment, object, how};
  for (const Held& held : thread.held) {
    if (held.permit && !held.lock_like) continue;
    key.push_back(internal::held_node(held.object, held.mode));
    key.push_back(held.permit ? held.count : 1);
  }
  const bool known = seen_.count(key) != 0;
  if (remember) seen_.insert(key);
  return known;
}

void Telling::appears(Known& thread) {
  prediction_.appears(thread.thread_node);
  prediction_.begins(thread.thread_node);
}
void Telling::ends(Known& thread) { prediction_.ends(thread.thread_node); }
void Telling::starts(Known& parent, Known& child) {
  const SegmentId before = parent.thread_node.segment;
  prediction_.starts(parent.thread_node, child.thread_node);
  prediction_.begins(child.thread_node);
  hold_across(parent, before);
}

// What the thread holds, it holds across the signal that ended its segment.
void Telling::hold_across(Known& thread, SegmentId before) {
  if (thread.thread_node.segment == before) return;
  for (Held& held : thread.held) {
    if (held.permit || held.flag || held.across) continue;
    held.across = true;
    prediction_.holds_across(thread.thread_node, held.object, held.mode, before);
  }
}
void Telling::releases(Known& thread, Held& entry) {
  if (entry.across) prediction_.releases_held_across(thread.thread_node, entry.object);
  entry.across = false;
}
void Telling::got(Known& thread, Held& entry) {
  if (prediction_.comes_after_hold(thread.thread_node, entry.object, entry.mode))
    prediction_.got_after_hold(thread.thread_node, entry.object, entry.mode);
}

void Telling::asks_to_join(Known& thread, u32 number, NodeId node) {
  prediction_.asks_to_join(thread.thread_node, request(thread), number, node);
}
void Telling::joined(Known& thread, const Known& other) {
  prediction_.joined(thread.thread_node, other.thread_node.segment);
}

void Telling::asks(Known& thread, NodeId object, Mode mode, bool readers_wait) {
  const u32 how = static_cast<u32>(mode) * 2 + (readers_wait ? 1 : 0);
  if (seen(thread, object, how, false)) return;
  const Target target{object, object, mode, readers_wait, false};
  if (prediction_.asks(thread.thread_node, request(thread), target))
    seen(thread, object, how, true);
}

void Telling::finds_free(Known& thread, NodeId object, u32 outside) {
  const Target target{object, object, Mode::kExclusive, false, false};
  prediction_.asks(thread.thread_node, request(thread, 0, outside), target);
}

void Telling::asks_for_permit(Known& thread, NodeId object, u32 permits) {
  if (prediction_.permit_request_is_news(object)) prediction_.asked_for_permit(object, permits);
  if (permits == 1 || !prediction_.is_no_lock(object))
    asks(thread, object, Mode::kExclusive, false);
}

void Telling::releases_permit(NodeId object, u32 permits, bool own) {
  if (prediction_.permit_release_is_news(object, own))
    prediction_.permit_released(object, permits, own);
}

void Telling::signals(Known& thread, const Signal& signal) {
  const SegmentId before = thread.thread_node.segment;
  prediction_.signals(thread.thread_node, signal);
  hold_across(thread, before);
}

void Telling::awaits(Known& thread, const Signal& signal) {
  if (prediction_.says_nothing(signal) || prediction_.wait_is_known(thread.thread_node, signal))
    return;
  const u32 how = kFirstWait + static_cast<u32>(signal.channel);
  const bool known = seen(thread, signal.object, how, false);
  if (known && signal.rule != Rule::kWakeup) return;
  const u32 needed = prediction_.needed_by(thread.thread_node, signal);
  if (needed == 0) return;
  prediction_.awaits(thread.thread_node, request(thread), signal, needed, known);
  seen(thread, signal.object, how, true);
}

void Telling::received(Known& thread, const Signal& signal) {
  prediction_.received(thread.thread_node, signal);
}

void Telling::clears(Known& thread, const Signal& signal) {
  prediction_.cleared(thread.thread_node, signal);
}

void Telling::will_sleep(Known& thread, const Signal& signal, NodeId without, bool no_timeout) {
  const Target again{without, without, Mode::kExclusive, false, false};
  const internal::PendingRequest others = request(thread, without);
  if (others.count != 0) prediction_.asks(thread.thread_node, others, again);
  if (!no_timeout || prediction_.says_nothing(signal)) return;
  const u32 how = kFirstWait + static_cast<u32>(signal.channel);
  const bool known = seen(thread, signal.object, how, false);
  const u32 needed = prediction_.needed_by(thread.thread_node, signal);
  if (needed == 0) return;
  prediction_.awaits(thread.thread_node, request(thread, without), signal, needed, known);
  seen(thread, signal.object, how, true);
}

void Telling::finds_true(Known& thread, const Signal& signal, NodeId lock, bool no_timeout) {
  const u32 how = kFoundTrue + (no_timeout ? 1 : 0);
  if (seen(thread, signal.object, how, false)) return;
  const Target again{lock, lock, Mode::kExclusive, false, false};
  if (prediction_.finds_true(thread.thread_node, request(thread, lock), signal, again, no_timeout))
    seen(thread, signal.object, how, true);
}

void Telling::ends_waits(Known& thread, const Signal& signal) {
  const SegmentId before = thread.thread_node.segment;
  prediction_.ends_waits(thread.thread_node, signal);
  hold_across(thread, before);
}
void Telling::received_end(Known& thread, const Signal& signal) {
  prediction_.received_end(thread.thread_node, signal);
}

void Telling::arrives(Known& thread, NodeId object, u32 parties) {
  const SegmentId before = thread.thread_node.segment;
  prediction_.arrives(thread.thread_node, object, parties, request(thread));
  hold_across(thread, before);
}
void Telling::departs(Known& thread, NodeId object) {
  prediction_.departs(thread.thread_node, object);
}

void Telling::once_body_begins(Known& thread, NodeId flag) {
  prediction_.once_body_begins(thread.thread_node, flag);
}
void Telling::once_body_ended(Known& thread, NodeId flag) {
  prediction_.once_body_ended(thread.thread_node, flag);
}
void Telling::passes_once(Known& thread, NodeId flag) {
  if (thread.thread_node.last_once != flag) prediction_.passes_once(thread.thread_node, flag);
}

}  // namespace gridlock::traces
