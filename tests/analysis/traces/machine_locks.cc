// SPDX-License-Identifier: Apache-2.0
//
// Locks, and what is held like one.
#include "tests/analysis/traces/machine.h"

namespace gridlock::traces {

using namespace internal;  // NOLINT(google-build-using-namespace): as in telling.cc

// The request, before it may block. What may not wait forever asks for nothing.
void Machine::begin_lock(std::size_t thread, const Op& op) {
  Thread& self = threads_[thread];
  if (op.verb == Verb::kScoped && self.phase == Phase::kRunning) self.scoped = 0;
  const u32 object = op.verb == Verb::kScoped ? op.objects[self.scoped] : op.object;
  if (op.patience != Patience::kForEver || telling_ == nullptr) return;
  const NodeId node = objects_[object].node;
  switch (kind(object)) {
    case Kind::kRLock:
      if (held(thread, object) == nullptr)
        telling_->asks(self.known, node, Mode::kExclusive, false);
      break;
    case Kind::kShared:
      telling_->asks(self.known, node, op.mode, readers_wait(object));
      break;
    case Kind::kSemaphore:
      if (program_->objects[object].number != 1)
        telling_->awaits(self.known, signal(object, Channel::kSignal));
      if (program_->objects[object].number != 0)
        telling_->asks_for_permit(self.known, node, program_->objects[object].number);
      break;
    case Kind::kOnce:
      if (!self.known.held.empty()) telling_->asks(self.known, node, Mode::kExclusive, false);
      break;
    default:
      telling_->asks(self.known, node, Mode::kExclusive, false);
  }
}

void Machine::take(std::size_t thread, u32 object, Mode mode) {
  Known& known = threads_[thread].known;
  Object& state = objects_[object];
  const bool permit = kind(object) == Kind::kSemaphore;
  const u32 permits = permit ? program_->objects[object].number : 0;
  const bool no_lock = telling_ != nullptr && permits != 1 && telling_->is_no_lock(state.node);
  const bool lock_like = permits != 0 && !no_lock;
  if (permit) {
    --state.value;
    if (permits != 1 && telling_ != nullptr)
      telling_->received(known, signal(object, Channel::kSignal));
  } else if (mode == Mode::kExclusive) {
    state.owner = thread;
    ++state.depth;
  }
  if (Held* const again = held(thread, object)) {
    ++again->count;
    again->lock_like = again->lock_like && lock_like;
    return;
  }
  known.held.push_back(
      {state.node, object, mode, 1, permit, lock_like, kind(object) == Kind::kOnce});
  if (!permit && telling_ != nullptr) telling_->got(known, known.held.back());
}

void Machine::give_back(std::size_t thread, u32 object) {
  Object& state = objects_[object];
  Held* const entry = held(thread, object);
  if (entry == nullptr) return;
  if (entry->mode == Mode::kExclusive) --state.depth;
  if (entry->mode == Mode::kExclusive && state.depth == 0) state.owner = kNone;
  if (--entry->count != 0) return;
  if (telling_ != nullptr) telling_->releases(threads_[thread].known, *entry);
  drop_held(thread, object);
}

void Machine::release(std::size_t thread, u32 object) {
  Known& known = threads_[thread].known;
  Held* const entry = held(thread, object);
  const u32 permits = program_->objects[object].number;
  if (telling_ != nullptr && permits != 1)
    telling_->signals(known, signal(object, Channel::kSignal));
  if (telling_ != nullptr && permits != 0)
    telling_->releases_permit(objects_[object].node, permits, entry != nullptr);
  ++objects_[object].value;
  if (entry != nullptr && --entry->count == 0) drop_held(thread, object);
}

// std::lock: the others are tried; if one is not to be had, all are given back, and that one is waited
// for.
void Machine::finish_scoped(std::size_t thread, const Op& op) {
  Thread& self = threads_[thread];
  const std::size_t count = op.objects.size();
  std::size_t got = 0;
  const auto outside = static_cast<u32>(self.known.held.size());
  while (got < count) {
    const u32 object = op.objects[(self.scoped + got) % count];
    if (objects_[object].owner != kNone) break;
    if (got != 0 && outside != 0 && telling_ != nullptr)
      telling_->finds_free(self.known, objects_[object].node, outside);
    take(thread, object, Mode::kExclusive);
    ++self.known.operations;
    ++got;
  }
  if (got == count) return next(thread);
  for (std::size_t i = 0; i < got; ++i) {
    give_back(thread, op.objects[(self.scoped + i) % count]);
    ++self.known.operations;
  }
  self.scoped = (self.scoped + got) % count;
  self.phase = Phase::kWaiting;
  begin_lock(thread, op);
}

void Machine::change_mode(std::size_t thread, u32 object, bool exclusive) {
  Object& state = objects_[object];
  if (telling_ != nullptr && !exclusive)
    telling_->releases(threads_[thread].known, *held(thread, object));
  held(thread, object)->mode = exclusive ? Mode::kExclusive : Mode::kShared;
  state.owner = exclusive ? thread : kNone;
  state.depth = exclusive ? 1 : 0;
}

// Of a condition: the ticket, then the lock goes in full, then the wait. What stays held is held while
// this waits for the notification, and for the lock; that is told before the lock goes.
void Machine::begin_sleep(std::size_t thread, const Op& op) {
  Thread& self = threads_[thread];
  Object& condition = objects_[op.object];
  const Signal notification = signal(op.object, Channel::kSignal);
  self.ticket = condition.value;
  self.slept = op.tested;
  self.too_early = condition.early && !op.tested;
  self.levels = objects_[op.other].depth;
  if (telling_ != nullptr)
    telling_->will_sleep(self.known, notification, objects_[op.other].node,
                         op.patience == Patience::kForEver);
  while (held(thread, op.other) != nullptr) {
    give_back(thread, op.other);
    ++self.known.operations;
  }
}

}  // namespace gridlock::traces
