// SPDX-License-Identifier: Apache-2.0
//
// Who can go on, and what the analysis makes of those who cannot.
#include <algorithm>

#include "tests/analysis/traces/machine.h"

namespace gridlock::traces {

using namespace internal;  // NOLINT(google-build-using-namespace): as in telling.cc

bool Machine::blocked(std::size_t thread) const {
  return threads_[thread].phase == Phase::kWaiting &&
         op_of(thread).patience == Patience::kForEver && !available(thread, op_of(thread));
}

bool Machine::waits_to_write(std::size_t thread, u32 object) const {
  if (threads_[thread].phase != Phase::kWaiting || op_of(thread).object != object) return false;
  const Op& op = op_of(thread);
  return op.verb == Verb::kUpgrade || (op.verb == Verb::kLock && op.mode == Mode::kExclusive);
}

bool Machine::shared_available(std::size_t thread, u32 object, Mode mode, bool upgrade) const {
  if (objects_[object].owner != kNone) return false;
  bool readers = false;
  bool writers = false;
  for (std::size_t i = 0; i < threads_.size(); ++i) {
    readers = readers || (held(i, object) != nullptr && !(upgrade && i == thread));
    writers = writers || (i != thread && waits_to_write(i, object));
  }
  return mode == Mode::kExclusive ? !readers : !(readers_wait(object) && writers);
}

bool Machine::available(std::size_t thread, const Op& op) const {
  const Thread& self = threads_[thread];
  const Object& object = objects_[op.object];
  switch (op.verb) {
    case Verb::kLock:
    case Verb::kTry:
      switch (kind(op.object)) {
        case Kind::kShared:
          return shared_available(thread, op.object, op.mode, false);
        case Kind::kSemaphore:
          return object.value != 0;
        case Kind::kRLock:
          return object.owner == kNone || object.owner == thread;
        default:
          return object.owner == kNone;
      }
    case Verb::kScoped:
      return objects_[op.objects[self.scoped]].owner == kNone;
    case Verb::kUpgrade:
      return shared_available(thread, op.object, Mode::kExclusive, true);
    case Verb::kOnce:
      return object.value != 0 || object.owner == kNone;
    case Verb::kWait:
    case Verb::kUntil:
      return object.value != 0;
    case Verb::kPut:
      return program_->objects[op.object].number == 0 || object.room != 0 || object.closed;
    case Verb::kGet:
      return object.value != 0 || object.closed;
    case Verb::kDrain:
      return object.undone == 0;
    case Verb::kArrive:
      return object.generation != self.ticket;
    case Verb::kSleep:
      return object.value != self.ticket;
    case Verb::kJoin:
      return threads_[started_as(op.object)].phase == Phase::kDone;
    default:
      return true;
  }
}

void Machine::fill_waiter(std::size_t thread, Waiter& waiter,
                          std::vector<WaiterIndex>& releasers) const {
  waiter.first = static_cast<u32>(releasers.size());
  if (!blocked(thread)) return;
  const Op& op = op_of(thread);
  const u32 object = op.verb == Verb::kScoped ? op.objects[threads_[thread].scoped] : op.object;
  const auto needs = [&](std::size_t other) {
    waiter.needs = Needs::kEach;
    releasers.push_back(static_cast<WaiterIndex>(other));
    ++waiter.count;
  };
  switch (kind(object)) {
    case Kind::kLock:
    case Kind::kRLock:
    case Kind::kOnce:
      return needs(objects_[object].owner);
    case Kind::kThread:
      return needs(started_as(object));
    case Kind::kShared: {
      waiter.needs = Needs::kEach;
      const SharedWish reading =
          readers_wait(object) ? SharedWish::kReadBehindWriters : SharedWish::kRead;
      const SharedWish wish = op.verb == Verb::kUpgrade     ? SharedWish::kUpgrade
                              : op.mode == Mode::kExclusive ? SharedWish::kWrite
                                                            : reading;
      for (std::size_t i = 0; i < threads_.size(); ++i) {
        const Held* const entry = held(i, object);
        const SharedStanding standing{entry != nullptr,
                                      entry != nullptr && entry->mode == Mode::kShared,
                                      waits_to_write(i, object), i == thread};
        if (blocks(standing, wish)) needs(i);
      }
      return;
    }
    default:
      waiter.needs = Needs::kAny;
  }
}

std::size_t Machine::only_permit_holder(u32 object) const {
  std::size_t found = kNone;
  for (std::size_t i = 0; i < threads_.size(); ++i) {
    if (held(i, object) == nullptr) continue;
    if (found != kNone) return kNone;
    found = i;
  }
  return found;
}

std::string Machine::judge(std::size_t thread) const {
  std::vector<Waiter> waiters;
  std::vector<WaiterIndex> releasers;
  bool everybody_waits = true;
  bool polls = false;  // somebody looks at memory again and again: he runs
  for (std::size_t i = 0; i < threads_.size(); ++i) {
    Waiter waiter;
    fill_waiter(i, waiter, releasers);
    if (blocked(i) && op_of(i).verb == Verb::kUntil) {
      waiter.needs = Needs::kNothing;
      polls = true;
    }
    // One that has not begun, or has ended, is no thread of the snapshot: nobody is its releaser.
    const bool lives = threads_[i].phase == Phase::kRunning || threads_[i].phase == Phase::kWaiting;
    everybody_waits = everybody_waits && (blocked(i) || !lives) && !polls;
    if (!lives) waiter.needs = Needs::kMiracle;
    waiters.push_back(waiter);
  }
  std::vector<WaiterIndex> path(waiters.size());
  std::vector<WaiterIndex> scratch(waiters.size());
  const auto count = static_cast<u32>(waiters.size());
  const Snapshot all{waiters.data(), count, releasers.data(), path.data(), scratch.data()};
  const auto self = static_cast<WaiterIndex>(thread);
  if (blocked(thread)) {
    const Verdict certain = judge_certain(all, self);
    if (certain.kind == Standstill::kKnot) return "knot";
    if (certain.kind != Standstill::kNone) return certain.size == 1 ? "self-deadlock" : "deadlock";
  }
  if (!everybody_waits) return "";
  WaiterIndex first = self;
  for (u32 i = 0; !blocked(first) && i < count; ++i) first = i;
  if (!blocked(first)) return "";
  if (judge_starving(all, first, false).kind != Standstill::kStarving) return "";
  bool lost = false;
  for (u32 i = 0; i < count; ++i) {
    if (!blocked(i)) continue;
    lost = lost || (op_of(i).verb == Verb::kSleep && threads_[i].too_early);
    if (kind(op_of(i).object) != Kind::kSemaphore) continue;
    const std::size_t holder = only_permit_holder(op_of(i).object);
    if (holder == kNone) continue;
    waiters[i] = {Needs::kEach, true, static_cast<u32>(releasers.size()), 1};
    releasers.push_back(static_cast<WaiterIndex>(holder));
  }
  const Snapshot again{waiters.data(), count, releasers.data(), path.data(), scratch.data()};
  if (judge_cycles(again, first).kind == Standstill::kCycle) return "deadlock";
  return lost ? "lost-wakeup" : "starvation";
}

std::string Machine::state() const {
  std::string all;
  // Everything in a trace is a small number, and kNone is not one.
  const auto put = [&](std::size_t number) { all += static_cast<char>(number & 0xff); };
  for (const Thread& thread : threads_) {
    put(static_cast<std::size_t>(thread.phase));
    put(thread.at);
    put(thread.ticket);
    put(thread.levels);
    put(thread.scoped);
    put(thread.known.held.size());
    for (const Held& each : thread.known.held) {
      put(each.index);
      put(static_cast<std::size_t>(each.mode));
      put(each.count);
    }
    all += '|';
  }
  for (const Object& object : objects_) {
    put(object.owner);
    put(object.depth);
    put(object.value);
    put(object.room);
    put(object.undone);
    put(object.generation);
    put(object.closed ? 1 : 0);
  }
  return all;
}

}  // namespace gridlock::traces
