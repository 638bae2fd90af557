// SPDX-License-Identifier: Apache-2.0
//
// Small programs of reads, writes, locks, semaphores and choices, in which threads block: run by the strategy that takes
// all schedules, and by an enumerator that knows nothing of it and takes each interleaving.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "harness/schedule/exhaustive.h"

namespace gridlock::toys {

using internal::u32;
using internal::u64;
using internal::controlled::Bound;
using internal::controlled::Exhaustive;
using internal::controlled::Step;
using internal::controlled::StepRole;
using internal::controlled::ThreadNumber;

enum class Deed { kLocal, kRead, kWrite, kLock, kUnlock, kTake, kPost, kChoose, kJoin };
struct Op {
  Deed deed;
  u32 what = 0;  ///< the object, from 1; kChoose: how many; kJoin: which thread
};
using Thread = std::vector<Op>;

struct ToyProgram {
  std::string name;
  std::vector<Thread> threads;
  u32 permits = 0;  ///< of each semaphore

  struct State {
    std::vector<u32> at;
    std::vector<int> owners = std::vector<int>(8, -1);
    std::vector<u32> semaphores;
  };

  State begin() const {
    State state;
    state.at.resize(threads.size());
    state.semaphores.resize(8, permits);
    return state;
  }
  bool has_ended(const State& state, u32 thread) const {
    return state.at[thread] == threads[thread].size();
  }
  bool is_enabled(const State& state, u32 thread) const {
    if (has_ended(state, thread)) return false;
    const Op& op = threads[thread][state.at[thread]];
    if (op.deed == Deed::kLock) return state.owners[op.what] < 0;
    if (op.deed == Deed::kTake) return state.semaphores[op.what] > 0;
    if (op.deed == Deed::kJoin) return has_ended(state, op.what);
    return true;
  }
  Step step(const State& state, u32 thread) const {
    if (has_ended(state, thread)) return {};
    const Op& op = threads[thread][state.at[thread]];
    switch (op.deed) {
      case Deed::kRead:
        return {op.what, false};
      case Deed::kWrite:
        return {op.what, true};
      case Deed::kLock:
        return {100 + op.what, true, StepRole::kAcquire};
      case Deed::kUnlock:
        return {100 + op.what, true, StepRole::kRelease};
      case Deed::kTake:
        return {200 + op.what, true, StepRole::kAcquire};
      case Deed::kPost:
        return {200 + op.what, true, StepRole::kRelease, state.semaphores[op.what] > 0};
      default:
        return {};
    }
  }
  void go(State& state, u32 thread) const {
    const Op& op = threads[thread][state.at[thread]];
    if (op.deed == Deed::kLock) state.owners[op.what] = static_cast<int>(thread);
    if (op.deed == Deed::kUnlock) state.owners[op.what] = -1;
    if (op.deed == Deed::kTake) --state.semaphores[op.what];
    if (op.deed == Deed::kPost) ++state.semaphores[op.what];
    ++state.at[thread];
  }
};

struct Counted {
  u64 complete = 0;
  u64 blocked = 0;
  u64 deadlocks = 0;
  std::set<u64> traces;  ///< by their hashes
  bool sound = true;
};

struct Unmapped {
  void operator()(Exhaustive* strategy) const { std::free(strategy); }
};

inline Counted explore(const ToyProgram& program, Bound bound = Bound::kNone, u32 most = 0) {
  const std::unique_ptr<Exhaustive, Unmapped> strategy(
      static_cast<Exhaustive*>(std::calloc(1, sizeof(Exhaustive))));
  strategy->begin(bound, most);
  Counted counted;
  const auto count = static_cast<u32>(program.threads.size());
  do {
    auto state = program.begin();
    strategy->new_execution();
    ThreadNumber current = 0;
    std::vector<Step> steps(count);
    for (;;) {
      std::vector<ThreadNumber> enabled;
      std::vector<ThreadNumber> waiting;
      bool all = true;
      for (u32 i = 0; i < count; ++i) {
        steps[i] = program.step(state, i);
        all = all && program.has_ended(state, i);
        if (program.is_enabled(state, i)) {
          enabled.push_back(static_cast<ThreadNumber>(i));
        } else if (steps[i].role == StepRole::kAcquire) {
          waiting.push_back(static_cast<ThreadNumber>(i));
        }
      }
      if (enabled.empty()) {
        for (const ThreadNumber thread : waiting) strategy->stuck(thread, steps[thread]);
        counted.deadlocks += all || strategy->was_blocked() ? 0 : 1;
        break;
      }
      current = strategy->next({enabled.data(), static_cast<u32>(enabled.size()), current, false,
                                steps.data(), waiting.data(), static_cast<u32>(waiting.size())});
      const Op& op = program.threads[current][state.at[current]];
      if (op.deed == Deed::kChoose) strategy->choose(op.what);
      if (op.deed == Deed::kJoin) strategy->follows(static_cast<ThreadNumber>(op.what), current);
      program.go(state, current);
    }
    if (!strategy->was_blocked()) counted.traces.insert(strategy->trace());
  } while (strategy->end_execution());
  counted.complete = strategy->complete();
  counted.blocked = strategy->blocked();
  counted.sound = strategy->is_sound();
  return counted;
}

/// Each interleaving, and of the traces that they are each once: which of two conflicting steps comes first, for all of them.
class Enumerator {
 public:
  explicit Enumerator(const ToyProgram& program) : program_(program) { go(program.begin()); }

  u64 interleavings() const { return interleavings_; }
  u64 traces() const { return traces_.size(); }
  u64 deadlocks() const { return deadlocks_.size(); }
  /// Interleavings in which a thread that could have gone on was stopped at most so often.
  u64 with_preemptions(u32 most) const {
    return most < preemptions_.size() ? sum(most) : interleavings_;
  }

 private:
  struct Done {
    u32 thread;
    u32 index;
    Step step;
    u32 chosen;
  };

  u64 sum(u32 most) const {
    u64 all = 0;
    for (u32 i = 0; i <= most; ++i) all += preemptions_[i];
    return all;
  }

  void go(const ToyProgram::State& state, u32 preemptions = 0) {
    bool any = false;
    bool all = true;
    for (u32 i = 0; i < program_.threads.size(); ++i) {
      all = all && program_.has_ended(state, i);
      if (!program_.is_enabled(state, i)) continue;
      any = true;
      const Op& op = program_.threads[i][state.at[i]];
      const u32 choices = op.deed == Deed::kChoose ? op.what : 1;
      const u32 last = done_.empty() ? 0 : done_.back().thread;
      const u32 stopped = last != i && program_.is_enabled(state, last) ? 1 : 0;
      for (u32 chosen = 0; chosen < choices; ++chosen) {
        done_.push_back({i, state.at[i], program_.step(state, i), chosen});
        auto next = state;
        program_.go(next, i);
        go(next, preemptions + stopped);
        done_.pop_back();
      }
    }
    if (any) return;
    ++interleavings_;
    if (preemptions >= preemptions_.size()) preemptions_.resize(preemptions + 1);
    ++preemptions_[preemptions];
    const std::string key = canonical();
    traces_.insert(key);
    if (!all) deadlocks_.insert(key);
  }

  std::string canonical() const {
    std::set<std::string> facts;
    const auto name = [](const Done& done) {
      return std::to_string(done.thread) + "." + std::to_string(done.index);
    };
    for (std::size_t i = 0; i < done_.size(); ++i) {
      facts.insert(name(done_[i]) + "=" + std::to_string(done_[i].chosen));
      for (std::size_t j = i + 1; j < done_.size(); ++j) {
        const Step& a = done_[i].step;
        const Step& b = done_[j].step;
        if (a.object == b.object && a.object != 0 && (a.changes || b.changes)) {
          facts.insert(name(done_[i]) + "<" + name(done_[j]));
        }
      }
    }
    std::string all;
    for (const std::string& fact : facts) all += fact + " ";
    return all;
  }

  const ToyProgram& program_;
  std::vector<Done> done_;
  std::set<std::string> traces_;
  std::set<std::string> deadlocks_;
  std::vector<u64> preemptions_;
  u64 interleavings_ = 0;
};

}  // namespace gridlock::toys
