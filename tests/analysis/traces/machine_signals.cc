// SPDX-License-Identifier: Apache-2.0
//
// What some give and others wait for.
#include "tests/analysis/traces/machine.h"

namespace gridlock::traces {

using namespace internal;  // NOLINT(google-build-using-namespace): as in telling.cc

void Machine::begin_wait(std::size_t thread, const Op& op) {
  Thread& self = threads_[thread];
  const Object& object = objects_[op.object];
  if (op.verb == Verb::kArrive) return arrive(thread, op.object);
  if (telling_ == nullptr || op.patience != Patience::kForEver) return;
  switch (op.verb) {
    case Verb::kWait:
    case Verb::kGet:
      return telling_->awaits(self.known, signal(op.object, Channel::kSignal));
    case Verb::kPut:
      if (program_->objects[op.object].number != 0)
        telling_->awaits(self.known, signal(op.object, Channel::kRoom));
      return;
    case Verb::kDrain:
      if (object.used) telling_->awaits(self.known, signal(op.object, Channel::kDone));
      return;
    case Verb::kJoin: {
      const u32 number = threads_[started_as(op.object)].known.thread_node.thread;
      return telling_->asks_to_join(self.known, number, object.node);
    }
    default:
      return;
  }
}

void Machine::finish_queue(std::size_t thread, const Op& op) {
  Known& known = threads_[thread].known;
  Object& queue = objects_[op.object];
  const bool limited = program_->objects[op.object].number != 0;
  switch (op.verb) {
    case Verb::kPut:
      if (queue.closed && limited && telling_ != nullptr)
        telling_->received_end(known, signal(op.object, Channel::kRoom));
      if (queue.closed) return;
      if (limited) --queue.room;
      if (limited && telling_ != nullptr)
        telling_->received(known, signal(op.object, Channel::kRoom));
      if (telling_ != nullptr) telling_->signals(known, signal(op.object, Channel::kSignal));
      ++queue.value;
      ++queue.undone;
      queue.used = true;
      return;
    case Verb::kGet:
      if (queue.value == 0 && telling_ != nullptr)
        telling_->received_end(known, signal(op.object, Channel::kSignal));
      if (queue.value == 0) return;
      --queue.value;
      if (telling_ != nullptr) telling_->received(known, signal(op.object, Channel::kSignal));
      if (limited && telling_ != nullptr)
        telling_->signals(known, signal(op.object, Channel::kRoom));
      if (limited) ++queue.room;
      return;
    default:
      if (queue.used && telling_ != nullptr)
        telling_->received(known, signal(op.object, Channel::kDone));
  }
}

void Machine::close(std::size_t thread, u32 object) {
  Known& known = threads_[thread].known;
  Object& queue = objects_[object];
  if (telling_ != nullptr && !queue.closed) {
    telling_->ends_waits(known, signal(object, Channel::kSignal));
    if (program_->objects[object].number != 0)
      telling_->ends_waits(known, signal(object, Channel::kRoom));
  }
  queue.closed = true;
}

void Machine::arrive(std::size_t thread, u32 object) {
  Object& barrier = objects_[object];
  const u32 parties = program_->objects[object].number;
  threads_[thread].ticket = barrier.generation;
  if (telling_ != nullptr) telling_->arrives(threads_[thread].known, barrier.node, parties);
  if (++barrier.value != parties) return;
  barrier.value = 0;
  ++barrier.generation;
}

void Machine::notify(std::size_t thread, u32 object) {
  Object& condition = objects_[object];
  if (telling_ != nullptr)
    telling_->signals(threads_[thread].known, signal(object, Channel::kSignal));
  bool somebody_waits = false;
  for (std::size_t i = 0; i < threads_.size(); ++i) {
    somebody_waits = somebody_waits || (threads_[i].phase == Phase::kWaiting &&
                                        op_of(i).verb == Verb::kSleep && op_of(i).object == object);
  }
  condition.early = !somebody_waits;
  ++condition.value;
}

void Machine::end_once(std::size_t thread, const Op& op) {
  Known& known = threads_[thread].known;
  Object& flag = objects_[op.object];
  drop_held(thread, op.object);
  flag.owner = kNone;
  flag.depth = 0;
  flag.value = op.number;
  if (telling_ == nullptr) return;
  telling_->once_body_ended(known, flag.node);
  if (flag.value != 0) telling_->passes_once(known, flag.node);
}

}  // namespace gridlock::traces
