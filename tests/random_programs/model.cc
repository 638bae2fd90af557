// SPDX-License-Identifier: Apache-2.0
//
// The parts of an object:
//   lock, rlock   0 owner + 1, 1 depth
//   shared        0 writer + 1, 1 how often each thread reads (two bits each), 2 writers that wait
//   semaphore     0 permits
//   event, future, flag   0 set
//   condition     the line of waiters, each thread + 1
//   queue         0 items, 1 items not done, 2 closed
//   barrier       0 arrived
//   once          0 thread + 1 that runs the body, kOnceDone
#include "tests/random_programs/model.h"

#include <algorithm>
#include <stdexcept>

namespace gridlock::random_programs {
namespace {

using traces::Mode;
using traces::Patience;
using traces::Verb;

constexpr std::uint8_t kOnceDone = 0xff;

std::uint8_t small(u32 value) { return static_cast<std::uint8_t>(value); }
std::uint8_t one_reader(u32 thread) { return small(1U << (2 * thread)); }
u32 reads(std::uint8_t readers, u32 thread) { return (readers >> (2 * thread)) & 3; }

}  // namespace

Model::Model(const traces::Program& program) : program_(&program) {
  if (program.threads.size() > kMostThreads || program.objects.size() > kMostObjects)
    throw std::invalid_argument("too many threads or objects");
  for (const traces::ThreadText& thread : program.threads) {
    for (const Op& op : thread.ops) {
      const bool unknown = op.verb == Verb::kUntil || op.verb == Verb::kMake ||
                           op.verb == Verb::kMeet || op.verb == Verb::kIfHang ||
                           op.verb == Verb::kIfCalm;
      if (unknown)
        throw std::invalid_argument("not in random programs: until, make, meet, hang, calm");
    }
  }
}

State Model::first() const {
  State state;
  for (u32 i = 1; i < program_->objects.size(); ++i) {
    if (kind(i) == Kind::kSemaphore) state.objects[i].part[0] = small(program_->objects[i].number);
  }
  const u32 main = size() - 1;
  go_to(state, main, 0);
  return state;
}

const traces::Op& Model::op_of(const State& state, u32 thread) const {
  return program_->threads[thread].ops[state.threads[thread].at];
}

bool Model::all_done(const State& state) const {
  for (u32 i = 0; i < size(); ++i) {
    if (state.threads[i].phase != Phase::kDone) return false;
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
      if (mode == Mode::kExclusive) return part[0] == 0 && part[1] == 0;
      return part[0] == 0 && (!program_->objects[object].writers_first || part[2] == 0);
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
      return part[0] == 0 && (part[1] & ~(3U << (2 * thread))) == 0;
    case Verb::kWait:
      return part[0] != 0;
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
      for (u32 i = 0; i < size(); ++i) {
        if (program_->threads[i].object == op.object) return state.threads[i].phase == Phase::kDone;
      }
      return false;
    case Verb::kSleep:
      return false;
    default:
      return true;
  }
}

bool Model::can_step(const State& state, u32 thread) const {
  switch (state.threads[thread].phase) {
    case Phase::kReady:
    case Phase::kReleased:
      return true;
    case Phase::kBlocked: {
      const Op& op = op_of(state, thread);
      if (op.verb == Verb::kArrive) return false;  // it has arrived; the last one lets it go
      return op.patience == Patience::kTimed || can_do(state, thread, op);
    }
    case Phase::kRelock:
      return can_take(state, thread, op_of(state, thread).other, Mode::kExclusive);
    case Phase::kUnborn:
    case Phase::kDone:
      return false;
  }
  return false;
}

u32 Model::waits_for(const State& state, u32 thread) const {
  if (state.threads[thread].phase != Phase::kBlocked &&
      state.threads[thread].phase != Phase::kRelock)
    return 0;
  const Op& op = op_of(state, thread);
  if (state.threads[thread].phase == Phase::kRelock) return 1U << op.other;
  u32 all = op.verb == Verb::kScoped ? 0 : 1U << op.object;
  for (const u32 each : op.objects) all |= 1U << each;
  return all;
}

void Model::step(State& state, u32 thread) const {
  State::Thread& self = state.threads[thread];
  if (self.phase == Phase::kReady) {
    if (self.at == program_->threads[thread].ops.size()) {
      self.phase = Phase::kDone;
      return;
    }
    return begin(state, thread);
  }
  const Op& op = op_of(state, thread);
  if (self.phase == Phase::kRelock || (self.phase == Phase::kReleased && op.verb == Verb::kSleep))
    return lock_again(state, thread);
  if (self.phase == Phase::kReleased) return go_to(state, thread, self.at + 1U);
  if (writes(op)) --state.objects[op.object].part[2];  // waits no longer
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
  if (can_do(state, thread, op)) return finish(state, thread, op);
  if (op.patience == Patience::kNone || op.verb == Verb::kTryUpgrade)
    return give_up(state, thread, op);
  block(state, thread, op);
}

void Model::block(State& state, u32 thread, const Op& op) const {
  State::Thread& self = state.threads[thread];
  auto& part = state.objects[op.object].part;
  self.phase = Phase::kBlocked;
  if (writes(op)) ++part[2];
  if (op.verb == Verb::kArrive) ++part[0];
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
      part[1] = 0;
      part[0] = small(thread + 1);
      break;
    case Verb::kDowngrade:
      part[0] = 0;
      part[1] = small(part[1] | one_reader(thread));
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
    case Verb::kStart:
      for (u32 i = 0; i < size(); ++i) {
        if (program_->threads[i].object == op.object) state.threads[i].phase = Phase::kReady;
      }
      break;
    default:
      break;
  }
  go_to(state, thread, next);
}

// Its time is over, or it was a try.
void Model::give_up(State& state, u32 thread, const Op& op) const {
  if (op.verb == Verb::kTry) return go_to(state, thread, op.jump);
  if (op.verb != Verb::kSleep) return go_to(state, thread, state.threads[thread].at + 1U);
  leave_line(state, op.object, thread);
  lock_again(state, thread);
}

void Model::take(State& state, u32 thread, u32 object, Mode mode, u32 depth) const {
  auto& part = state.objects[object].part;
  if (kind(object) == Kind::kSemaphore) {
    --part[0];
  } else if (kind(object) == Kind::kShared && mode == Mode::kShared) {
    part[1] = small(part[1] + one_reader(thread));
  } else {
    part[0] = small(thread + 1);
    if (kind(object) == Kind::kRLock) part[1] = small(part[1] + depth);
  }
}

void Model::give_back(State& state, u32 thread, u32 object) const {
  auto& part = state.objects[object].part;
  if (kind(object) == Kind::kShared && part[0] != thread + 1) {
    if (reads(part[1], thread) == 0) throw std::invalid_argument("unlock of what is not held");
    part[1] = small(part[1] - one_reader(thread));
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

// Behind a condition. With a test, it looks whether that is true by now, in the same step.
void Model::lock_again(State& state, u32 thread) const {
  State::Thread& self = state.threads[thread];
  const u32 lock = op_of(state, thread).other;
  self.phase = Phase::kRelock;
  if (!can_take(state, thread, lock, Mode::kExclusive)) return;
  take(state, thread, lock, Mode::kExclusive, self.depth);
  self.depth = 0;
  const std::size_t next = self.at + 2U;  // past the lock, which is done
  const auto& ops = program_->threads[thread].ops;
  if (next == ops.size() || ops[next].verb != Verb::kGoTo) return go_to(state, thread, next);
  self.at = small(static_cast<u32>(ops[next].jump));
  begin(state, thread);
}

void Model::go_to(State& state, u32 thread, std::size_t at) const {
  const auto& ops = program_->threads[thread].ops;
  while (at < ops.size() && ops[at].verb == Verb::kYield) ++at;
  state.threads[thread].at = small(static_cast<u32>(at));
  state.threads[thread].phase = at == ops.size() ? Phase::kDone : Phase::kReady;
}

}  // namespace gridlock::random_programs
