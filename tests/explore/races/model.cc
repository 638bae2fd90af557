// SPDX-License-Identifier: Apache-2.0
//
// Which accesses race, said as plainly as possible: the clocks of every step are kept, and each pair of accesses is
// compared. Nothing is forgotten and nothing is fast.
#include <algorithm>
#include <array>

#include "tests/explore/races/program.h"

namespace gridlock::races {
namespace {

using Clock = std::array<int, kMaxThreads>;

void join(Clock& to, const Clock& from) {
  for (std::size_t i = 0; i < kMaxThreads; ++i) to[i] = std::max(to[i], from[i]);
}

struct Access {
  StepId step;
  int thread;
  int begin;
  int end;
  bool writes;
  bool atomic;
  int when;  ///< of its thread's clock
};

struct Object {
  Clock released{};
  Clock read{};
};

class Judge {
 public:
  explicit Judge(Model model) : model_(model) {
    for (std::size_t i = 0; i < kMaxThreads; ++i) clocks_[i][i] = 1;
  }
  void make(StepId id, const Step& step);
  Races races;

 private:
  void access(StepId id, int begin, int size, bool writes, bool atomic);
  void release(int thread, Clock& into) {
    join(into, clocks_[thread]);
    ++clocks_[thread][static_cast<std::size_t>(thread)];
  }
  void atomic_step(StepId id, const Step& step);
  void fence(int thread, int order);

  Model model_;
  Clock clocks_[kMaxThreads] = {};
  Clock fenced_[kMaxThreads] = {};  ///< what a release fence published
  bool has_fenced_[kMaxThreads] = {};
  Clock seen_[kMaxThreads] = {};  ///< by relaxed loads
  Object mutexes_[kMutexes];
  Object read_write_;
  Object wait_;
  Clock barrier_{};
  Clock atomics_[kAtomics] = {};
  std::vector<Access> accesses_;
};

bool acquires(int order) {
  return order == __ATOMIC_ACQUIRE || order == __ATOMIC_ACQ_REL || order == __ATOMIC_SEQ_CST;
}
bool releases(int order) {
  return order == __ATOMIC_RELEASE || order == __ATOMIC_ACQ_REL || order == __ATOMIC_SEQ_CST;
}

void Judge::access(StepId id, int begin, int size, bool writes, bool atomic) {
  const int thread = id / kStepsPerThread;
  const Access now{id,
                   thread,
                   begin,
                   begin + size,
                   writes,
                   atomic,
                   clocks_[thread][static_cast<std::size_t>(thread)]};
  for (const Access& other : accesses_) {
    const bool meet = other.begin < now.end && now.begin < other.end;
    if (!meet || other.thread == thread || !(other.writes || writes) || (other.atomic && atomic))
      continue;
    if (other.when > clocks_[thread][static_cast<std::size_t>(other.thread)])
      races.insert(race_of(other.step, id));
  }
  accesses_.push_back(now);
}

void Judge::fence(int thread, int order) {
  if (model_ == Model::kThreadSanitizer) return;
  if (acquires(order)) join(clocks_[thread], seen_[thread]);
  if (!releases(order)) return;
  fenced_[thread] = clocks_[thread];
  has_fenced_[thread] = true;
  ++clocks_[thread][static_cast<std::size_t>(thread)];
}

void Judge::atomic_step(StepId id, const Step& step) {
  const int thread = id / kStepsPerThread;
  Clock& object = atomics_[step.object];
  const bool fails = step.op == Op::kAtomicSwapIf && step.offset == 0;
  const bool modifies = step.op == Op::kAtomicAdd || step.op == Op::kAtomicSwapIf;
  // Both look at a compare and exchange that fails as at one that writes: whether it does is not known before.
  const bool writes = step.op != Op::kAtomicLoad;
  const bool looks_first = modifies && model_ == Model::kThreadSanitizer;
  if (looks_first) access(id, kWords * 8 + step.object * 8, 4, writes, true);
  int order = step.order;
  if (fails) order = acquires(order) ? __ATOMIC_ACQUIRE : __ATOMIC_RELAXED;
  if (step.op == Op::kAtomicLoad || modifies) {
    join(acquires(order) ? clocks_[thread] : seen_[thread], object);
  }
  if (!looks_first) access(id, kWords * 8 + step.object * 8, 4, writes, true);
  if (step.op == Op::kAtomicLoad || fails) return;
  if (!modifies && model_ == Model::kCpp20) object = {};
  if (releases(order)) {
    if (!modifies) object = {};
    release(thread, object);
  } else if (has_fenced_[thread] && model_ == Model::kCpp20) {
    join(object, fenced_[thread]);
  }
}

void Judge::make(StepId id, const Step& step) {
  const int thread = id / kStepsPerThread;
  Clock& own = clocks_[thread];
  switch (step.op) {
    case Op::kRead:
    case Op::kWrite:
      return access(id, step.offset, step.size, step.op == Op::kWrite, false);
    case Op::kAtomicPlain:
      return access(id, kWords * 8 + step.object * 8, 4, step.offset != 0, false);
    case Op::kAtomicLoad:
    case Op::kAtomicStore:
    case Op::kAtomicAdd:
    case Op::kAtomicSwapIf:
      return atomic_step(id, step);
    case Op::kFence:
      return fence(thread, step.order);
    case Op::kLock:
      return join(own, mutexes_[step.object].released);
    case Op::kUnlock:
      return release(thread, mutexes_[step.object].released);
    case Op::kReadLock:
      return join(own, read_write_.released);
    case Op::kReadUnlock:
      return release(thread, read_write_.read);
    case Op::kWriteLock:
      join(own, read_write_.released);
      return join(own, read_write_.read);
    case Op::kWriteUnlock:
      return release(thread, read_write_.released);
    case Op::kWaitLock:
    case Op::kWaited:
      return join(own, wait_.released);
    case Op::kWait:
    case Op::kWaitUnlock:
      return release(thread, wait_.released);
    case Op::kNotify:
      return;
    case Op::kArrive:
      return release(thread, barrier_);
    case Op::kArrived:
      return join(own, barrier_);
    case Op::kStart:
      join(clocks_[step.object], own);
      ++own[static_cast<std::size_t>(thread)];
      return;
    case Op::kJoin:
      return join(own, clocks_[step.object]);
  }
}

}  // namespace

Races races_of(const Program& program, Model model) {
  Judge judge(model);
  for (const StepId id : program.order) {
    judge.make(id, program.threads[static_cast<std::size_t>(id / kStepsPerThread)]
                                  [static_cast<std::size_t>(id % kStepsPerThread)]);
  }
  return judge.races;
}

}  // namespace gridlock::races
