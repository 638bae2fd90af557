// SPDX-License-Identifier: Apache-2.0
#include "tests/random_programs/model.h"

#include <algorithm>
#include <stdexcept>

#include "tests/random_programs/model_parts.h"

namespace gridlock::random_programs {
namespace {

using traces::Mode;
using traces::Patience;

}  // namespace

Model::Model(const traces::Program& program, Run run, bool meets)
    : program_(&program), run_(run), meets_(meets) {
  if (program.threads.size() > kMaxThreads || program.objects.size() > kMaxObjects)
    throw std::invalid_argument("too many threads or objects");
  if (program.tasks.size() + kFirstTask > kMaxParts) throw std::invalid_argument("too many tasks");
}

State Model::first() const {
  State state;
  for (u32 i = 1; i < program_->objects.size(); ++i) reset(state, i);
  const u32 main = size() - 1;
  go_to(state, main, 0);
  return state;
}

void Model::reset(State& state, u32 object) const {
  state.objects[object] = {};
  if (kind(object) == Kind::kSemaphore)
    state.objects[object].part[0] = small(program_->objects[object].number);
}

std::size_t Model::packed_size() const {
  return size() * 3 + (program_->objects.size() - 1) * parts();
}

// Of an object, those that a program of this size can use.
std::size_t Model::parts() const {
  return std::max(size() + kFirstReader, program_->tasks.size() + kFirstTask);
}

void Model::pack(const State& state, std::uint8_t* bytes) const {
  for (u32 i = 0; i < size(); ++i) {
    const State::Thread& thread = state.threads[i];
    *bytes++ = thread.at;
    *bytes++ = static_cast<std::uint8_t>(thread.phase);
    *bytes++ = thread.depth;
  }
  for (u32 i = 1; i < program_->objects.size(); ++i)
    bytes = std::copy_n(state.objects[i].part.begin(), parts(), bytes);
}

State Model::unpack(const std::uint8_t* bytes) const {
  State state;
  for (u32 i = 0; i < size(); ++i, bytes += 3)
    state.threads[i] = {bytes[0], static_cast<Phase>(bytes[1]), bytes[2]};
  for (u32 i = 1; i < program_->objects.size(); ++i) {
    std::copy_n(bytes, parts(), state.objects[i].part.begin());
    bytes += parts();
  }
  return state;
}

const traces::Op& Model::op_of(const State& state, u32 thread) const {
  return program_->threads[thread].ops[state.threads[thread].at];
}

bool Model::all_done(const State& state) const {
  for (u32 i = 0; i < size(); ++i) {
    if (state.threads[i].phase != Phase::kDone && state.threads[i].phase != Phase::kUnborn)
      return false;
  }
  return true;
}

bool Model::can_take(const State& state, u32 thread, u32 object, Mode mode) const {
  const auto& part = state.objects[object].part;
  switch (kind(object)) {
    case Kind::kRLock:
      return part[0] == 0 || part[0] == thread + 1;
    case Kind::kSemaphore:
      return part[0] > 0;
    case Kind::kShared:
      if (mode == Mode::kExclusive) return part[0] == 0 && !has_readers(part);
      return part[0] == 0 && (!program_->objects[object].writers_first || part[1] == 0);
    default:
      return part[0] == 0;
  }
}

bool Model::can_do(const State& state, u32 thread, const Op& op) const {
  const auto& part = state.objects[op.object].part;
  switch (op.verb) {
    case Verb::kLock:
    case Verb::kTry:
      return can_take(state, thread, op.object, op.mode);
    case Verb::kScoped:
      return std::ranges::all_of(
          op.objects, [&](u32 each) { return can_take(state, thread, each, Mode::kExclusive); });
    case Verb::kUpgrade:
    case Verb::kTryUpgrade:
      return part[0] == 0 && !has_readers_besides(part, thread);
    case Verb::kWait:
      return part[0] != 0 || (kind(op.object) == Kind::kTask && part[1] == 0);
    case Verb::kUntil:
      return part[0] != 0;
    case Verb::kSubmit:
      return can_submit(state, op.object);
    case Verb::kTake:
      return part[0] != 0 || part[1] != 0;
    case Verb::kShutDown:
      return have_ended(state, op.object);
    case Verb::kPut:
      return part[2] != 0 || program_->objects[op.object].number == 0 ||
             part[0] < program_->objects[op.object].number;
    case Verb::kGet:
      return part[0] != 0 || part[2] != 0;
    case Verb::kDrain:
      return part[1] == 0;
    case Verb::kArrive:
      return part[0] + 1U == program_->objects[op.object].number;
    case Verb::kOnce:
      return part[0] == 0 || part[0] == kOnceDone;
    case Verb::kJoin:
    case Verb::kDrop:
      return can_join(state, op.object);
    case Verb::kDelay:
      return part[0] != 0;
    case Verb::kCompleted:
      return part[0] == std::count(part.begin() + kFirstTask, part.end(), 1) ||
             completed_of(state, op) > part[0];
    case Verb::kSleep:
      return false;
    case Verb::kMeet:
      return !meets_;
    default:
      return true;
  }
}

// A timer that was not started is not waited for.
bool Model::can_join(const State& state, u32 object) const {
  for (u32 i = 0; i < size(); ++i) {
    if (program_->threads[i].object != object) continue;
    const Phase phase = state.threads[i].phase;
    return phase == Phase::kDone || (program_->threads[i].is_timer && phase == Phase::kUnborn);
  }
  return false;
}

bool Model::can_step(const State& state, u32 thread) const {
  switch (state.threads[thread].phase) {
    case Phase::kReady: {
      if (state.threads[thread].at == program_->threads[thread].ops.size()) return true;
      const Op& op = op_of(state, thread);  // whoever polls does not sleep
      return (op.verb != Verb::kUntil && op.verb != Verb::kMeet) || can_do(state, thread, op);
    }
    case Phase::kReleased:
      return true;
    case Phase::kBlocked: {
      const Op& op = op_of(state, thread);
      if (op.verb == Verb::kArrive) return false;  // it has arrived; the last one lets it go
      return op.patience == Patience::kTimed || can_do(state, thread, op);
    }
    case Phase::kRelock:
    case Phase::kTooLate:
      return can_take(state, thread, op_of(state, thread).other, Mode::kExclusive);
    case Phase::kUnborn:
    case Phase::kDone:
      return false;
  }
  return false;
}

Objects Model::waits_for(const State& state, u32 thread) const {
  const Phase phase = state.threads[thread].phase;
  const bool relocks = phase == Phase::kRelock || phase == Phase::kTooLate;
  if (phase != Phase::kBlocked && !relocks) return 0;
  const Op& op = op_of(state, thread);
  if (relocks) return bit_of(op.other);
  if (op.verb == Verb::kSubmit) return bit_of(pool_of(op.object));
  if (op.verb == Verb::kShutDown) {
    Objects workers = 0;
    for (u32 i = 0; i < size(); ++i) {
      const bool works = program_->threads[i].pool == op.object;
      if (works && state.threads[i].phase != Phase::kDone)
        workers |= bit_of(program_->threads[i].object);
    }
    return workers;
  }
  Objects all = op.verb == Verb::kScoped ? 0 : bit_of(op.object);
  for (const u32 each : op.objects) all |= bit_of(each);
  return all;
}

void Model::step(State& state, u32 thread) const {
  const State::Thread& self = state.threads[thread];
  for (bool goes_on = true; goes_on;) {
    const auto& ops = program_->threads[thread].ops;
    goes_on = self.at < ops.size() && ops[self.at].goes_on;
    one_step(state, thread);
    goes_on = goes_on && self.phase == Phase::kReady;
  }
}

void Model::one_step(State& state, u32 thread) const {
  State::Thread& self = state.threads[thread];
  if (self.phase == Phase::kReady) {
    if (self.at == program_->threads[thread].ops.size()) {
      self.phase = Phase::kDone;
      return;
    }
    return begin(state, thread);
  }
  const Op& op = op_of(state, thread);
  const bool late = self.phase == Phase::kTooLate;
  if (late || self.phase == Phase::kRelock ||
      (self.phase == Phase::kReleased && op.verb == Verb::kSleep)) {
    return lock_again(state, thread, !late);
  }
  if (self.phase == Phase::kReleased) return go_to(state, thread, self.at + 1U);
  if (writes(op)) --state.objects[op.object].part[1];  // waits no longer
  if (can_do(state, thread, op)) return finish(state, thread, op);
  give_up(state, thread, op);
}

// Takes part in who waits to write.
bool Model::writes(const Op& op) const {
  if (op.verb == Verb::kUpgrade) return true;
  return (op.verb == Verb::kLock || op.verb == Verb::kTry) && kind(op.object) == Kind::kShared &&
         op.mode == Mode::kExclusive;
}

void Model::begin(State& state, u32 thread) const {
  const Op& op = op_of(state, thread);
  if (op.verb == Verb::kIfRaised) {
    if (state.objects[op.object].part[0] != 0) return go_to(state, thread, op.jump);
    ++state.threads[thread].at;
    return block(state, thread, op_of(state, thread));
  }
  if (op.verb == Verb::kDrop) cancel(state, op.object);
  if (op.verb == Verb::kCompleted) begin_completed(state, op);
  if (can_do(state, thread, op)) return finish(state, thread, op);
  if (op.patience == Patience::kNone || op.verb == Verb::kTryUpgrade)
    return give_up(state, thread, op);
  block(state, thread, op);
}

bool Model::takes_no_time(const Op& op) const {
  return op.verb == Verb::kYield || op.verb == Verb::kIfHang || op.verb == Verb::kIfCalm ||
         op.verb == Verb::kMap;
}

void Model::go_to(State& state, u32 thread, std::size_t at) const {
  const auto& ops = program_->threads[thread].ops;
  state.threads[thread].yields = false;
  while (at < ops.size() && takes_no_time(ops[at])) {
    if (ops[at].verb == Verb::kYield) state.threads[thread].yields = true;
    const bool jumps = (ops[at].verb == Verb::kIfHang && run_ != Run::kHang) ||
                       (ops[at].verb == Verb::kIfCalm && run_ == Run::kHang);
    at = jumps ? ops[at].jump : at + 1;
  }
  state.threads[thread].at = small(static_cast<u32>(at));
  state.threads[thread].phase = at == ops.size() ? Phase::kDone : Phase::kReady;
}

}  // namespace gridlock::random_programs
