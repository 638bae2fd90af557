// SPDX-License-Identifier: Apache-2.0
//
// Steps and their order are chosen together: each step is one that its thread can make at that moment, so the order is
// one that the program has.
#include <algorithm>
#include <cstdio>
#include <random>

#include "tests/explore/races/program.h"

namespace gridlock::races {
namespace {

constexpr int kNobody = -1;

struct ThreadState {
  bool started = false;
  bool joined = false;
  bool over = false;
  bool waits = false;      ///< at the condition
  bool arrived = false;    ///< at the barrier
  std::vector<int> holds;  ///< mutexes
  int reads = 0;           ///< of the read-write lock
  bool writes = false;
  bool holds_waits = false;
};

class Generator {
 public:
  explicit Generator(std::uint64_t seed) : random_(seed) {}
  Program make();

 private:
  int below(int bound) { return static_cast<int>(random_() % static_cast<std::uint64_t>(bound)); }
  bool chance(int of_hundred) { return below(100) < of_hundred; }
  int any_order();
  void add(int thread, Step step);
  bool has_room(int thread, int steps) const {
    return static_cast<int>(program_.threads[static_cast<std::size_t>(thread)].size()) + steps <=
           kStepsPerThread - 16;
  }
  bool can_go_on(int thread) const;
  void make_step(int thread);
  void access(int thread);
  void atomic(int thread);
  bool synchronise(int thread);
  void finish(int thread);
  void let_go(int thread);

  std::mt19937_64 random_;
  Program program_;
  int count_ = 0;
  ThreadState state_[kMaxThreads];
  int owner_[kMutexes] = {kNobody, kNobody};
  int readers_ = 0;
  int writer_ = kNobody;
  int waits_owner_ = kNobody;
  int waiter_ = kNobody;
  bool notified_ = false;
  int due_ = kNobody;  ///< has to be the next one: its wait is over
  bool barrier_used_ = false;
};

int Generator::any_order() {
  constexpr int kOrders[] = {__ATOMIC_RELAXED, __ATOMIC_ACQUIRE, __ATOMIC_RELEASE, __ATOMIC_ACQ_REL,
                             __ATOMIC_SEQ_CST};
  return kOrders[below(5)];
}

void Generator::add(int thread, Step step) {
  auto& steps = program_.threads[static_cast<std::size_t>(thread)];
  program_.order.push_back(id_of(thread, static_cast<int>(steps.size())));
  steps.push_back(step);
}

bool Generator::can_go_on(int thread) const {
  const ThreadState& state = state_[thread];
  return state.started && !state.over && !state.waits && !state.arrived;
}

void Generator::access(int thread) {
  const int size = 1 << below(4);
  const int offset = below(kWords) * 8 + below(8 / size) * size;
  add(thread, {chance(50) ? Op::kWrite : Op::kRead, 0, static_cast<std::uint8_t>(offset),
               static_cast<std::uint8_t>(size), 0});
}

void Generator::atomic(int thread) {
  constexpr Op kOps[] = {Op::kAtomicLoad,   Op::kAtomicStore, Op::kAtomicAdd,
                         Op::kAtomicSwapIf, Op::kAtomicPlain, Op::kFence};
  Step step{kOps[below(6)], static_cast<std::uint8_t>(below(kAtomics)),
            static_cast<std::uint8_t>(below(2)), 4, any_order()};
  if (step.op == Op::kAtomicLoad && step.order == __ATOMIC_RELEASE) step.order = __ATOMIC_ACQUIRE;
  if (step.op == Op::kAtomicLoad && step.order == __ATOMIC_ACQ_REL) step.order = __ATOMIC_SEQ_CST;
  if (step.op == Op::kAtomicStore && step.order == __ATOMIC_ACQUIRE) step.order = __ATOMIC_RELEASE;
  if (step.op == Op::kAtomicStore && step.order == __ATOMIC_ACQ_REL) step.order = __ATOMIC_SEQ_CST;
  if (step.op == Op::kFence && step.order == __ATOMIC_RELAXED) step.order = __ATOMIC_ACQ_REL;
  if (step.op == Op::kAtomicPlain && !chance(30)) return access(thread);
  add(thread, step);
}

bool Generator::synchronise(int thread) {
  ThreadState& state = state_[thread];
  const int which = below(kMutexes);
  const auto object = static_cast<std::uint8_t>(which);
  switch (below(9)) {
    case 0:
    case 1:
      if (owner_[which] != kNobody) return false;
      owner_[which] = thread;
      state.holds.push_back(which);
      add(thread, {Op::kLock, object, 0, 0, 0});
      return true;
    case 2:
    case 3: {
      if (state.holds.empty()) return false;
      const int held = state.holds.back();
      state.holds.pop_back();
      owner_[held] = kNobody;
      add(thread, {Op::kUnlock, static_cast<std::uint8_t>(held), 0, 0, 0});
      return true;
    }
    case 4:
      if (state.reads != 0) {
        --state.reads;
        --readers_;
        add(thread, {Op::kReadUnlock, 0, 0, 0, 0});
        return true;
      }
      if (writer_ != kNobody) return false;
      ++state.reads;
      ++readers_;
      add(thread, {Op::kReadLock, 0, 0, 0, 0});
      return true;
    case 5:
      if (state.writes) {
        state.writes = false;
        writer_ = kNobody;
        add(thread, {Op::kWriteUnlock, 0, 0, 0, 0});
        return true;
      }
      if (writer_ != kNobody || readers_ != 0) return false;
      state.writes = true;
      writer_ = thread;
      add(thread, {Op::kWriteLock, 0, 0, 0, 0});
      return true;
    case 6:
      if (!state.holds_waits) {
        if (waits_owner_ != kNobody) return false;
        state.holds_waits = true;
        waits_owner_ = thread;
        add(thread, {Op::kWaitLock, 0, 0, 0, 0});
        return true;
      }
      if (waiter_ == kNobody && thread != 0 && state.holds.empty() && state.reads == 0 &&
          !state.writes && chance(60)) {
        state.holds_waits = false;
        state.waits = true;
        waits_owner_ = kNobody;
        waiter_ = thread;
        add(thread, {Op::kWait, 0, 0, 0, 0});
        return true;
      }
      if (waiter_ != kNobody && !notified_) {
        notified_ = true;
        add(thread, {Op::kNotify, 0, 0, 0, 0});
        return true;
      }
      return false;
    case 7:
      if (!state.holds_waits) return false;
      state.holds_waits = false;
      waits_owner_ = kNobody;
      add(thread, {Op::kWaitUnlock, 0, 0, 0, 0});
      if (notified_) due_ = waiter_;
      return true;
    default: {
      if (thread == 0 || barrier_used_ || count_ < 3) return false;
      int ready = 0;
      for (int other = 1; other < count_; ++other) {
        const ThreadState& it = state_[other];
        ready += can_go_on(other) && it.holds.empty() && it.reads == 0 && !it.writes &&
                         !it.holds_waits && has_room(other, 2)
                     ? 1
                     : 0;
      }
      if (ready != count_ - 1) return false;
      barrier_used_ = true;
      for (int other = 1; other < count_; ++other) add(other, {Op::kArrive, 0, 0, 0, 0});
      for (int other = 1; other < count_; ++other) add(other, {Op::kArrived, 0, 0, 0, 0});
      return true;
    }
  }
}

void Generator::make_step(int thread) {
  if (chance(40) && synchronise(thread)) return;
  if (chance(45)) return atomic(thread);
  access(thread);
}

// Gives back what it holds.
void Generator::let_go(int thread) {
  ThreadState& state = state_[thread];
  while (!state.holds.empty()) {
    const int held = state.holds.back();
    state.holds.pop_back();
    owner_[held] = kNobody;
    add(thread, {Op::kUnlock, static_cast<std::uint8_t>(held), 0, 0, 0});
  }
  if (state.reads != 0) add(thread, {Op::kReadUnlock, 0, 0, 0, 0});
  readers_ -= state.reads;
  state.reads = 0;
  if (state.writes) {
    add(thread, {Op::kWriteUnlock, 0, 0, 0, 0});
    writer_ = kNobody;
    state.writes = false;
  }
  if (state.holds_waits) {
    state.holds_waits = false;
    waits_owner_ = kNobody;
    add(thread, {Op::kWaitUnlock, 0, 0, 0, 0});
    if (notified_) due_ = waiter_;
  }
}

void Generator::finish(int thread) {
  let_go(thread);
  state_[thread].over = true;
}

Program Generator::make() {
  count_ = 2 + below(kMaxThreads - 1);
  program_.threads.resize(static_cast<std::size_t>(count_));
  state_[0].started = true;
  int started = 1;
  int steps = 8 + below(26);
  for (;;) {
    if (due_ != kNobody) {
      const int thread = due_;
      due_ = waiter_ = kNobody;
      notified_ = false;
      state_[thread].waits = false;
      state_[thread].holds_waits = true;
      waits_owner_ = thread;
      add(thread, {Op::kWaited, 0, 0, 0, 0});
    }
    if (--steps <= 0) break;
    if (started < count_ && (started == 1 || chance(40))) {
      state_[started].started = true;
      add(0, {Op::kStart, static_cast<std::uint8_t>(started), 0, 0, 0});
      ++started;
      continue;
    }
    const int thread = below(count_);
    if (can_go_on(thread) && has_room(thread, 1)) make_step(thread);
  }
  while (started < count_) {
    state_[started].started = true;
    add(0, {Op::kStart, static_cast<std::uint8_t>(started++), 0, 0, 0});
  }
  // Somebody who waits is woken; then all end, and are joined in any order.
  for (int thread = 0; thread < count_; ++thread) {
    if (thread != waiter_) let_go(thread);
  }
  if (waiter_ != kNobody) {
    const int thread = due_ != kNobody ? due_ : waiter_;
    if (due_ == kNobody) {
      add(0, {Op::kWaitLock, 0, 0, 0, 0});
      if (!notified_) add(0, {Op::kNotify, 0, 0, 0, 0});
      add(0, {Op::kWaitUnlock, 0, 0, 0, 0});
    }
    add(thread, {Op::kWaited, 0, 0, 0, 0});
    state_[thread].waits = false;
    add(thread, {Op::kWaitUnlock, 0, 0, 0, 0});
  }
  for (int thread = 1; thread < count_; ++thread) finish(thread);
  for (int left = count_ - 1; left > 0; --left) {
    int thread = 1 + below(count_ - 1);
    while (state_[thread].joined) thread = thread % (count_ - 1) + 1;
    state_[thread].joined = true;
    add(0, {Op::kJoin, static_cast<std::uint8_t>(thread), 0, 0, 0});
    if (left > 1 && chance(70)) access(0);
  }
  return program_;
}

}  // namespace

Program generate(std::uint64_t seed) { return Generator(seed * 0x9e3779b97f4a7c15U + 1).make(); }

void print(const Program& program) {
  constexpr const char* kNames[] = {"read",
                                    "write",
                                    "atomic load",
                                    "atomic store",
                                    "atomic add",
                                    "compare-exchange",
                                    "plain use",
                                    "fence",
                                    "lock",
                                    "unlock",
                                    "read lock",
                                    "read unlock",
                                    "write lock",
                                    "write unlock",
                                    "wait",
                                    "waited",
                                    "notify",
                                    "lock of the wait",
                                    "unlock of the wait",
                                    "arrive",
                                    "arrived",
                                    "start",
                                    "join"};
  for (const StepId id : program.order) {
    const int thread = id / kStepsPerThread;
    const Step& step = program.threads[static_cast<std::size_t>(thread)]
                                      [static_cast<std::size_t>(id % kStepsPerThread)];
    std::printf("%4d  T%d %-18s object %d offset %d size %d order %d\n", id, thread,
                kNames[static_cast<int>(step.op)], step.object, step.offset, step.size, step.order);
  }
}

}  // namespace gridlock::races
