// SPDX-License-Identifier: Apache-2.0
//
// What an operation changes.
#include <algorithm>
#include <stdexcept>

#include "tests/random_programs/model_parts.h"

namespace gridlock::random_programs {
namespace {

using traces::Mode;
using traces::Patience;
using traces::Verb;

}  // namespace

void Model::block(State& state, u32 thread, const Op& op) const {
  State::Thread& self = state.threads[thread];
  auto& part = state.objects[op.object].part;
  self.phase = Phase::kBlocked;
  if (writes(op)) ++part[1];
  if (op.verb == Verb::kArrive) ++part[0];
  if (op.verb == Verb::kShutDown) close_pool(state, op.object, op.number != 0);
  if (op.verb != Verb::kSleep) return;
  *std::ranges::find(part, 0) = small(thread + 1);
  self.depth = small(kind(op.other) == Kind::kRLock ? state.objects[op.other].part[1] : 1U);
  state.objects[op.other].part = {};
}

void Model::finish(State& state, u32 thread, const Op& op) const {
  auto& part = state.objects[op.object].part;
  std::size_t next = state.threads[thread].at + 1U;
  switch (op.verb) {
    case Verb::kLock:
    case Verb::kTry:
      take(state, thread, op.object, op.mode, 1);
      break;
    case Verb::kScoped:
      for (const u32 each : op.objects) take(state, thread, each, Mode::kExclusive, 1);
      break;
    case Verb::kUnlock:
      give_back(state, thread, op.object);
      break;
    case Verb::kUnscoped:
      for (const u32 each : op.objects) give_back(state, thread, each);
      break;
    case Verb::kRelease:
      ++part[0];
      break;
    case Verb::kUpgrade:
    case Verb::kTryUpgrade:
      part[kFirstReader + thread] = 0;
      part[0] = small(thread + 1);
      break;
    case Verb::kDowngrade:
      part[0] = 0;
      part[kFirstReader + thread] = 1;
      break;
    case Verb::kSet:
      part[0] = 1;
      let_go(state, op.object, Verb::kWait);
      break;
    case Verb::kClear:
      part[0] = 0;
      break;
    case Verb::kRaise:
      part[0] = 1;
      break;
    case Verb::kPut:
      if (part[2] != 0) break;
      ++part[0];
      ++part[1];
      break;
    case Verb::kGet:
      if (part[0] != 0) --part[0];
      break;
    case Verb::kTaskDone:
      if (part[1] != 0 && --part[1] == 0) let_go(state, op.object, Verb::kDrain);
      break;
    case Verb::kClose:
      part[2] = 1;
      break;
    case Verb::kArrive:
      part[0] = 0;
      let_go(state, op.object, Verb::kArrive);
      break;
    case Verb::kNotify:
      notify(state, op.object, op.number == 0);
      break;
    case Verb::kOnce:
      if (part[0] == 0) {
        part[0] = small(thread + 1);
      } else {
        next = op.jump;
      }
      break;
    case Verb::kOnceEnd:
      part[0] = op.number != 0 ? kOnceDone : 0;
      break;
    case Verb::kMake:
      reset(state, op.object);
      break;
    case Verb::kStart:
      start(state, op.object);
      break;
    case Verb::kSubmit:
      submit(state, op.object);
      break;
    case Verb::kShutDown:
      close_pool(state, op.object, op.number != 0);
      break;
    case Verb::kCancel:
      cancel(state, op.object);
      break;
    case Verb::kDelay:
      return go_to(state, thread, op.jump);
    case Verb::kCompleted:
      if (completed_of(state, op) > part[0]) {
        ++part[0];
      } else {
        next = op.jump;
      }
      break;
    case Verb::kCompletedEnd:
      return go_to(state, thread, op.jump);
    case Verb::kTaskOver:
      task_is_over(state, op.object);
      return take_task(state, thread, op.other);
    case Verb::kTake:
      return take_task(state, thread, op.object);
    default:
      break;
  }
  go_to(state, thread, next);
}

// Too late when its function has begun.
void Model::cancel(State& state, u32 timer) const {
  auto& part = state.objects[timer].part;
  if (part[1] == 0) part[0] = 1;
}

// Its time is over, or it was a try.
void Model::give_up(State& state, u32 thread, const Op& op) const {
  if (op.verb == Verb::kDelay) state.objects[op.object].part[1] = 1;
  if (op.verb == Verb::kTry) return go_to(state, thread, op.jump);
  if (op.verb != Verb::kSleep) return go_to(state, thread, state.threads[thread].at + 1U);
  leave_line(state, op.object, thread);
  lock_again(state, thread, false);
}

void Model::take(State& state, u32 thread, u32 object, Mode mode, u32 depth) const {
  auto& part = state.objects[object].part;
  if (kind(object) == Kind::kSemaphore) {
    --part[0];
  } else if (kind(object) == Kind::kShared && mode == Mode::kShared) {
    ++part[kFirstReader + thread];
  } else {
    part[0] = small(thread + 1);
    if (kind(object) == Kind::kRLock) part[1] = small(part[1] + depth);
  }
}

void Model::give_back(State& state, u32 thread, u32 object) const {
  auto& part = state.objects[object].part;
  if (kind(object) == Kind::kShared && part[0] != thread + 1) {
    if (part[kFirstReader + thread] == 0) throw std::invalid_argument("unlock of what is not held");
    --part[kFirstReader + thread];
    return;
  }
  if (part[0] != thread + 1) throw std::invalid_argument("unlock of what is not held");
  if (kind(object) == Kind::kRLock && --part[1] != 0) return;
  part[0] = 0;
}

void Model::notify(State& state, u32 object, bool all) const {
  auto& line = state.objects[object].part;
  while (line[0] != 0) {
    const u32 thread = line[0] - 1U;
    state.threads[thread].phase = Phase::kReleased;
    leave_line(state, object, thread);
    if (!all) return;
  }
}

void Model::leave_line(State& state, u32 object, u32 thread) const {
  auto& line = state.objects[object].part;
  const auto gone = std::ranges::find(line, small(thread + 1));
  if (gone == line.end()) return;
  std::copy(gone + 1, line.end(), gone);
  line.back() = 0;
}

// All that wait there by now, and with this operation.
void Model::let_go(State& state, u32 object, Verb verb) const {
  for (u32 i = 0; i < size(); ++i) {
    if (state.threads[i].phase != Phase::kBlocked) continue;
    const Op& op = op_of(state, i);
    if (op.verb == verb && op.object == object) state.threads[i].phase = Phase::kReleased;
  }
}

// A thread without operations has one step, its end.
void Model::begin_thread(State& state, u32 thread) const {
  go_to(state, thread, 0);
  state.threads[thread].phase = Phase::kReady;
}

// Of a thread that a notification has let go, behind its test: is that true by now?
bool Model::is_raised_for(const State& state, u32 thread) const {
  const Op& test = program_->threads[thread].ops[state.threads[thread].at - 1U];
  return state.objects[test.object].part[0] != 0;
}

// Behind a condition. With a test, it looks whether that is true by now, in the same step. Whoever waits
// for a time, and was not too late, waits for the rest of it.
void Model::lock_again(State& state, u32 thread, bool notified) const {
  State::Thread& self = state.threads[thread];
  const Op& sleep = op_of(state, thread);
  self.phase = notified ? Phase::kRelock : Phase::kTooLate;
  if (!can_take(state, thread, sleep.other, Mode::kExclusive)) return;
  take(state, thread, sleep.other, Mode::kExclusive, self.depth);
  self.depth = 0;
  if (sleep.tested && !is_raised_for(state, thread) &&
      (notified || sleep.patience == Patience::kForEver)) {
    return block(state, thread, sleep);
  }
  std::size_t next = self.at + 2U;  // past the lock, which is done
  const auto& ops = program_->threads[thread].ops;
  if (next < ops.size() && ops[next].verb == Verb::kGoTo)
    ++next;  // back to the test, which is true
  go_to(state, thread, next);
}

}  // namespace gridlock::random_programs
