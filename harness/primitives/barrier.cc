// SPDX-License-Identifier: Apache-2.0
//
// The word is the generation. A party
//   1. arrives: counts itself under the mutex; the last one ends the generation,
//   2. sleeps while the word is its generation,
//   3. reads under the mutex how its generation ended, from a note on its own stack: a barrier that
//      was broken, reset and used again meanwhile cannot deceive it, and the thread that ended the
//      generation no longer touches the barrier when a party may destroy it.
// The completion function runs before the last party is counted, without the mutex: a generation that is about
// to end is marked as such, and nobody else comes or gives up meanwhile.
#include <gridlock/barrier.h>

#include "harness/platform/futex.h"
#include "harness/primitives/errors.h"
#include "harness/primitives/throw.h"
#include "harness/runtime/core/notices.h"
#include "harness/runtime/findings/lifetime.h"
#include "harness/runtime/operation.h"

namespace gridlock {

using namespace internal;  // NOLINT(google-build-using-namespace): this file is the inside of the
                           // wall

namespace {
constexpr ObjectType kType = ObjectType::kBarrier;
}

struct internal::BarrierParty {
  BarrierParty* next;
  Barrier::Passage passage;
};

Barrier::Barrier(std::uint32_t parties, std::string_view name, CallSite where) noexcept
    : core_(0, where), mutex_(0), parties_(parties == 0 ? 1 : parties), first_parties_(parties_) {
  register_named(core_, kType, name);
}

Barrier::~Barrier() {
  if (!may_destroy(core_, arrived_, kType)) return;
  if (waiting() == 0) {
    if (completion_ != nullptr) completion_->destroy(completion_);
    leave_mark(core_, arrived_);
    return;
  }
  if (is_static(this)) return;
  report_misuse(Kind::kMisuseDestroyHeld, this_thread(), Op::kDestroy, id_of(core_, kType), 0);
}

// With the mutex held; the caller wakes.
void Barrier::end_generation(Passage passage) noexcept {
  for (BarrierParty* party = waiting_; party != nullptr; party = party->next)
    party->passage = passage;
  waiting_ = nullptr;
  arrived_.store(0, std::memory_order_relaxed);
  parties_ = parties_ > dropped_ ? parties_ - dropped_ : 1;
  dropped_ = 0;
  last_passed_ = passage == Passage::kPassed;
  completing_ = false;
  core_.word.fetch_add(1);
}

// Before `count` parties come: runs the completion function if they are the last. True: it has run, and no other
// party comes before these have. Where it runs already, one party too many has come, and waits.
bool Barrier::completes(const void* frame, std::uint32_t count) {
  for (;;) {
    raw_lock(mutex_);
    const u32 generation = core_.word.load();
    if (completing_) {
      raw_unlock(mutex_);
      Request request({kType, Op::kArrive, id_of(core_, kType), &core_.word, kNoTimeout}, frame);
      const WaitResult result = request.wait([&](u32& expected) {
        expected = generation;
        return core_.word.load() != generation ? Look::kGranted : Look::kHeld;
      });
      if (result == WaitResult::kDeadlock) throw_deadlock("gridlock::Barrier");
      continue;
    }
    if (!finds_completion_due(false, count)) {
      raw_unlock(mutex_);
      return false;
    }
    completing_ = true;
    raw_unlock(mutex_);
    char* const clock = &clocks_[generation & 1];
    tsan_acquire(clock);
    const bool succeeded = completion_->run(completion_);
    raw_lock(mutex_);
    const bool goes_on = core_.word.load() == generation;
    const bool breaks = goes_on && !succeeded;
    if (breaks) {
      broken_ = true;
      end_generation(Passage::kBroken);
    }
    raw_unlock(mutex_);
    if (breaks) wake_waiters(core_.word, kAll);
    if (!succeeded) completion_->rethrow(completion_);
    if (!goes_on) throw_broken_barrier();
    return true;
  }
}

// With the mutex held: the completion function has to run before these parties come, or runs.
bool Barrier::finds_completion_due(bool completed, std::uint32_t count) const noexcept {
  if (completed || completion_ == nullptr || broken_) return false;
  return completing_ || arrived_.load(std::memory_order_relaxed) + count >= parties_;
}

Barrier::Passage Barrier::arrive(const void* frame, std::uint64_t nanoseconds) {
  if (!may_use(core_, arrived_, kType, Op::kArrive, caller_of(frame))) return Passage::kPassed;
  for (;;) {
    const bool completed = completion_ != nullptr && completes(frame, 1);
    Request request({kType, Op::kArrive, id_of(core_, kType), &core_.word, nanoseconds}, frame);
    ThreadState* const state = request.state();
    const ObjectId object = request.object();
    raw_lock(mutex_);
    if (broken_) {
      raw_unlock(mutex_);
      return Passage::kBroken;
    }
    if (finds_completion_due(completed, 1)) {
      raw_unlock(mutex_);
      continue;
    }
    const u32 generation = core_.word.load();
    char* const clock = &clocks_[generation & 1];
    before_arrive(state, object, first_parties_, request.no_timeout());
    tsan_release(clock);
    const u32 arrived = arrived_.load(std::memory_order_relaxed) + 1;
    arrived_.store(arrived, std::memory_order_relaxed);
    if (arrived == parties_) {
      end_generation(Passage::kPassed);
      tsan_acquire(clock);
      raw_unlock(mutex_);
      wake_waiters(core_.word, kAll);
      request.granted();
      after_depart(state, object);
      return Passage::kPassed;
    }
    BarrierParty self{waiting_, Passage::kWaiting};
    waiting_ = &self;
    raw_unlock(mutex_);
    return wait_here(request, self, generation, frame);
  }
}

Barrier::Passage Barrier::wait_here(Request& request, BarrierParty& self, std::uint32_t generation,
                                    const void* frame) {
  const auto look = [&](u32& expected) {
    expected = generation;
    return core_.word.load() != generation ? Look::kGranted : Look::kHeld;
  };
  WaitResult result = request.wait(look);

  // Neither the last thread nor a faster one may destroy it before.
  tsan_touched(&core_.word, caller_of(frame));
  raw_lock(mutex_);
  if (self.passage == Passage::kWaiting && completing_ && result == WaitResult::kTimedOut) {
    raw_unlock(mutex_);
    Request end({kType, Op::kArrive, request.object(), &core_.word, kNoTimeout}, frame);
    result = end.wait(look);
    raw_lock(mutex_);
  }
  const bool gave_up = self.passage == Passage::kWaiting;
  if (gave_up) {
    broken_ = true;
    end_generation(Passage::kBroken);
  }
  if (self.passage == Passage::kPassed) tsan_acquire(&clocks_[generation & 1]);
  raw_unlock(mutex_);
  if (gave_up) {
    wake_waiters(core_.word, kAll);
    if (result == WaitResult::kDeadlock) throw_deadlock("gridlock::Barrier");
    return Passage::kGaveUp;
  }
  if (self.passage == Passage::kPassed) {
    request.granted();
    after_depart(request.state(), request.object());
  }
  return self.passage;
}

Barrier::Counted Barrier::count(const void* frame, std::uint32_t count, bool drops) {
  if (!may_use(core_, arrived_, kType, Op::kArrive, caller_of(frame)))
    return {Passage::kPassed, core_.word.load()};
  for (;;) {
    const bool completed = completion_ != nullptr && completes(frame, count);
    const Release release({kType, Op::kArrive, id_of(core_, kType), nullptr, 0}, caller_of(frame));
    raw_lock(mutex_);
    const u32 generation = core_.word.load();
    if (broken_) {
      raw_unlock(mutex_);
      return {Passage::kBroken, generation};
    }
    if (finds_completion_due(completed, count)) {
      raw_unlock(mutex_);
      continue;
    }
    const u32 arrived = arrived_.load(std::memory_order_relaxed);
    const u32 comes = count < parties_ - arrived ? count : parties_ - arrived;
    before_count(release.state(), release.object(), first_parties_, {count, drops});
    tsan_release(&clocks_[generation & 1]);
    arrived_.store(arrived + comes, std::memory_order_relaxed);
    if (drops) ++dropped_;
    const bool is_last = arrived + comes == parties_;
    if (is_last) end_generation(Passage::kPassed);
    raw_unlock(mutex_);
    if (is_last) wake_waiters(core_.word, kAll);
    return {Passage::kPassed, generation};
  }
}

Barrier::Passage Barrier::depart(const void* frame, std::uint32_t generation) {
  if (!may_use(core_, arrived_, kType, Op::kWait, caller_of(frame))) return Passage::kPassed;
  Request request({kType, Op::kWait, id_of(core_, kType), &core_.word, kNoTimeout}, frame);
  before_depart(request.state(), request.object());
  raw_lock(mutex_);
  const u32 now = core_.word.load();
  if (now == generation) {
    BarrierParty self{waiting_, Passage::kWaiting};
    waiting_ = &self;
    raw_unlock(mutex_);
    return wait_here(request, self, generation, frame);
  }
  const bool passed = now != generation + 1 || last_passed_;
  if (passed) tsan_acquire(&clocks_[generation & 1]);
  raw_unlock(mutex_);
  if (!passed) return Passage::kBroken;
  request.granted();
  after_depart(request.state(), request.object());
  return Passage::kPassed;
}

Barrier::Arrival Barrier::arrive(std::uint32_t count) {
  const Counted counted = this->count(__builtin_frame_address(0), count, false);
  if (counted.passage != Passage::kPassed) throw_broken_barrier();
  return Arrival{counted.generation};
}

void Barrier::wait(Arrival&& arrival) {
  const u32 generation = arrival.generation_;
  if (depart(__builtin_frame_address(0), generation) != Passage::kPassed) throw_broken_barrier();
}

void Barrier::arrive_and_drop() {
  if (count(__builtin_frame_address(0), 1, true).passage != Passage::kPassed)
    throw_broken_barrier();
}

void Barrier::arrive_and_wait() {
  if (arrive(__builtin_frame_address(0), kNoTimeout) != Passage::kPassed) throw_broken_barrier();
}

bool Barrier::wait_for_nanoseconds(std::uint64_t nanoseconds) {
  const Passage passage = arrive(__builtin_frame_address(0), nanoseconds);
  if (passage == Passage::kBroken) throw_broken_barrier();
  return passage == Passage::kPassed;
}

void Barrier::abort() noexcept {
  if (!may_use(core_, arrived_, kType, Op::kArrive)) return;
  reach_point(this_thread(), {kType, Op::kClear, id_of(core_, kType), nullptr, 0});
  raw_lock(mutex_);
  const bool breaks = !broken_;
  broken_ = true;
  if (breaks) end_generation(Passage::kBroken);
  raw_unlock(mutex_);
  wake_waiters(core_.word, kAll);
}

void Barrier::reset() noexcept {
  if (!may_use(core_, arrived_, kType, Op::kClear)) return;
  reach_point(this_thread(), {kType, Op::kClear, id_of(core_, kType), nullptr, 0});
  raw_lock(mutex_);
  broken_ = false;
  end_generation(Passage::kBroken);
  raw_unlock(mutex_);
  wake_waiters(core_.word, kAll);
}

bool Barrier::broken() const noexcept {
  if (!may_use(core_, arrived_, kType, Op::kArrive)) return true;
  raw_lock(mutex_);
  const bool broken = broken_;
  raw_unlock(mutex_);
  return broken;
}

std::uint32_t Barrier::parties() const noexcept {
  if (!may_use(core_, arrived_, kType, Op::kArrive)) return first_parties_;
  raw_lock(mutex_);
  const u32 parties = parties_;
  raw_unlock(mutex_);
  return parties;
}

std::uint32_t Barrier::waiting() const noexcept {
  if (!may_use(core_, arrived_, kType, Op::kArrive)) return 0;
  raw_lock(mutex_);
  const u32 waiting = arrived_.load(std::memory_order_relaxed);
  raw_unlock(mutex_);
  return waiting;
}

}  // namespace gridlock
