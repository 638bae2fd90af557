// SPDX-License-Identifier: Apache-2.0
#include "tests/analysis/traces/machine.h"

#include <algorithm>
#include <utility>

namespace gridlock::traces {

using namespace internal;  // NOLINT(google-build-using-namespace): as in telling.cc

Machine::Machine(const Program& program, Run run, Telling* telling)
    : program_(&program), run_(run), telling_(telling) {
  threads_.resize(program.threads.size());
  objects_.resize(program.objects.size());
  const std::size_t main = threads_.size() - 1;
  threads_[main].phase = Phase::kRunning;
  threads_[main].known.thread_node.thread = ++born_;
  if (telling_ != nullptr) telling_->appears(threads_[main].known);
  for (u32 i = 1; i < objects_.size(); ++i) {
    Object& object = objects_[i];
    const Declared& declared = program.objects[i];
    object.node = telling_ == nullptr ? i : telling_->add_object(declared.name);
    if (declared.kind == Kind::kSemaphore) object.value = declared.number;
    if (declared.kind == Kind::kQueue) object.room = declared.number;
    if (telling_ != nullptr && declared.kind != Kind::kThread)
      telling_->made(object.node, threads_[main].known);
  }
  for (std::size_t i = 0; i < threads_.size(); ++i)
    threads_[i].node = objects_[program.threads[i].object].node;
  pass_jumps(main);
}

const Op& Machine::op_of(std::size_t thread) const {
  return program_->threads[thread].ops[threads_[thread].at];
}

const Held* Machine::held(std::size_t thread, u32 object) const {
  const std::vector<Held>& all = threads_[thread].known.held;
  const auto found = std::find_if(all.rbegin(), all.rend(),
                                  [&](const Held& each) { return each.index == object; });
  return found == all.rend() ? nullptr : &*found;
}
Held* Machine::held(std::size_t thread, u32 object) {
  return const_cast<Held*>(std::as_const(*this).held(thread, object));
}

void Machine::drop_held(std::size_t thread, u32 object) {
  std::vector<Held>& all = threads_[thread].known.held;
  if (const Held* const entry = held(thread, object)) all.erase(all.begin() + (entry - all.data()));
}

Signal Machine::signal(u32 object, Channel channel) const {
  const Object& state = objects_[object];
  switch (kind(object)) {
    case Kind::kCondition:
      return {state.node, channel, Rule::kWakeup, 0, state.value};
    case Kind::kSemaphore:
      return {state.node, channel, Rule::kCounted, program_->objects[object].number};
    case Kind::kEvent:
      return {state.node, channel, Rule::kCleared};
    case Kind::kQueue:
      if (channel == Channel::kDone) return {state.node, channel, Rule::kItems};
      return {state.node, channel, Rule::kCounted,
              channel == Channel::kRoom ? program_->objects[object].number : 0};
    default:
      return {state.node, channel, Rule::kOnce};
  }
}

std::size_t Machine::started_as(u32 object) const {
  std::size_t thread = 0;
  while (program_->threads[thread].object != object) ++thread;
  return thread;
}

bool Machine::all_done() const {
  return std::ranges::all_of(threads_, [](const Thread& each) {
    return each.phase == Phase::kDone || each.phase == Phase::kUnborn;
  });
}

bool Machine::can_step(std::size_t thread) const {
  switch (threads_[thread].phase) {
    case Phase::kUnborn:
    case Phase::kDone:
      return false;
    case Phase::kRunning:
      return op_of(thread).verb != Verb::kMeet || run_ != Run::kHang || meeting_over_;
    case Phase::kWaiting:
      return op_of(thread).patience == Patience::kTimed || available(thread, op_of(thread));
  }
  return false;
}

bool Machine::step(std::size_t thread) {
  const Op& op = op_of(thread);
  if (threads_[thread].phase == Phase::kWaiting) {
    finish(thread, op);  // in time, or too late
    return false;
  }
  begin(thread, op);
  return op.verb == Verb::kYield;
}

bool Machine::jumps(std::size_t thread, const Op& op) {
  Thread& self = threads_[thread];
  switch (op.verb) {
    case Verb::kIfHang:
      return run_ != Run::kHang;
    case Verb::kIfCalm:
      return run_ == Run::kHang;
    case Verb::kGoTo:
      return true;
    case Verb::kIfRaised:
      break;
    default:
      return false;
  }
  if (objects_[op.object].value == 0) return false;
  // A wait that was over at once.
  if (telling_ != nullptr && !self.slept) {
    telling_->finds_true(self.known, signal(op.other, Channel::kSignal), objects_[op.number].node,
                         op.patience == Patience::kForEver);
  }
  self.slept = false;
  return true;
}

// What takes no time is done at once, so that the operation at hand is always one that does.
void Machine::pass_jumps(std::size_t thread) {
  Thread& self = threads_[thread];
  const std::vector<Op>& ops = program_->threads[thread].ops;
  for (; self.at < ops.size(); ++self.at) {
    const Op& op = ops[self.at];
    const bool jump = jumps(thread, op);
    const bool passes =
        op.verb == Verb::kIfHang || op.verb == Verb::kIfCalm || op.verb == Verb::kIfRaised || jump;
    if (!passes) return;
    if (jump) self.at = op.jump - 1;
  }
  self.phase = Phase::kDone;
  if (telling_ != nullptr) telling_->ends(self.known);
}

void Machine::next(std::size_t thread) {
  threads_[thread].phase = Phase::kRunning;
  ++threads_[thread].at;
  pass_jumps(thread);
}

void Machine::begin(std::size_t thread, const Op& op) {
  switch (op.verb) {
    case Verb::kLock:
    case Verb::kTry:
    case Verb::kScoped:
    case Verb::kUpgrade:
    case Verb::kOnce:
      begin_lock(thread, op);
      break;
    case Verb::kSleep:
      begin_sleep(thread, op);
      break;
    case Verb::kWait:
    case Verb::kGet:
    case Verb::kPut:
    case Verb::kDrain:
    case Verb::kArrive:
    case Verb::kJoin:
      begin_wait(thread, op);
      break;
    case Verb::kUntil:
      break;
    default:
      act(thread, op);
      return next(thread);
  }
  if (available(thread, op) || op.patience == Patience::kNone) return finish(thread, op);
  threads_[thread].phase = Phase::kWaiting;
}

// Of what can wait: it is available, or the time is up.
void Machine::finish(std::size_t thread, const Op& op) {
  Thread& self = threads_[thread];
  const bool there = available(thread, op);
  switch (op.verb) {
    case Verb::kTry:
      if (!there) {
        self.at = op.jump - 1;
      } else {
        take(thread, op.object, op.mode);
      }
      break;
    case Verb::kLock:
      if (!there) break;
      take(thread, op.object, op.mode);
      if (op.other != 0 && held(thread, op.object) != nullptr) {
        held(thread, op.object)->count = self.levels;
        objects_[op.object].depth = self.levels;
      }
      break;
    case Verb::kScoped:
      return finish_scoped(thread, op);
    case Verb::kUpgrade:
      change_mode(thread, op.object, true);
      break;
    case Verb::kOnce:
      if (objects_[op.object].value != 0) {
        if (telling_ != nullptr) telling_->passes_once(self.known, objects_[op.object].node);
        self.at = op.jump - 1;
      } else {
        if (telling_ != nullptr) telling_->once_body_begins(self.known, objects_[op.object].node);
        take(thread, op.object, Mode::kExclusive);
      }
      break;
    case Verb::kWait:
      if (there && telling_ != nullptr)
        telling_->received(self.known, signal(op.object, Channel::kSignal));
      break;
    case Verb::kGet:
    case Verb::kPut:
    case Verb::kDrain:
      if (there) finish_queue(thread, op);
      break;
    case Verb::kArrive:
      if (telling_ != nullptr) telling_->departs(self.known, objects_[op.object].node);
      break;
    case Verb::kJoin:
      if (telling_ != nullptr) telling_->joined(self.known, threads_[started_as(op.object)].known);
      break;
    default:
      break;
  }
  ++self.known.operations;
  next(thread);
}

// What never waits.
void Machine::act(std::size_t thread, const Op& op) {
  Thread& self = threads_[thread];
  Object& object = objects_[op.object];
  switch (op.verb) {
    case Verb::kUnlock:
      give_back(thread, op.object);
      break;
    case Verb::kUnscoped:
      for (const u32 each : op.objects) give_back(thread, each);
      break;
    case Verb::kTryUpgrade:
      if (shared_available(thread, op.object, Mode::kExclusive, true))
        change_mode(thread, op.object, true);
      break;
    case Verb::kDowngrade:
      change_mode(thread, op.object, false);
      break;
    case Verb::kRelease:
      release(thread, op.object);
      break;
    case Verb::kSet:
      if (telling_ != nullptr) telling_->signals(self.known, signal(op.object, Channel::kSignal));
      object.value = 1;
      break;
    case Verb::kClear:
      if (telling_ != nullptr) telling_->clears(self.known, signal(op.object, Channel::kSignal));
      object.value = 0;
      break;
    case Verb::kTaskDone:
      if (telling_ != nullptr) telling_->signals(self.known, signal(op.object, Channel::kDone));
      --object.undone;
      break;
    case Verb::kClose:
      close(thread, op.object);
      break;
    case Verb::kNotify:
      notify(thread, op.object);
      break;
    case Verb::kOnceEnd:
      end_once(thread, op);
      break;
    case Verb::kStart: {
      Thread& child = threads_[started_as(op.object)];
      child.known.thread_node.thread = ++born_;
      if (telling_ != nullptr) telling_->starts(self.known, child.known);
      child.phase = Phase::kRunning;
      pass_jumps(started_as(op.object));
      break;
    }
    case Verb::kMake:
      object = Object{};
      object.node =
          telling_ == nullptr ? op.object : telling_->add_object(program_->objects[op.object].name);
      if (telling_ != nullptr) telling_->made(object.node, self.known);
      return;  // it is no operation on anything
    case Verb::kRaise:
      object.value = 1;
      return;
    default:
      return;
  }
  ++self.known.operations;
}

}  // namespace gridlock::traces
