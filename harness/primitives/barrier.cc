// SPDX-License-Identifier: Apache-2.0
//
// The word is the generation. A party
//   1. arrives: counts itself under the mutex; the last one ends the generation,
//   2. sleeps while the word is its generation,
//   3. reads under the mutex how its generation ended, from a note on its own stack: a barrier that
//      was broken, reset and used again meanwhile cannot deceive it, and the thread that ended the
//      generation no longer touches the barrier when a party may destroy it.
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
    : core_(0, where), mutex_(0), parties_(parties == 0 ? 1 : parties) {
  register_named(core_, kType, name);
}

Barrier::~Barrier() {
  if (!may_destroy(core_, arrived_, kType)) return;
  if (waiting() == 0) {
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
  core_.word.fetch_add(1);
}

Barrier::Passage Barrier::arrive(const void* frame, std::uint64_t nanoseconds) {
  if (!may_use(core_, arrived_, kType, Op::kArrive, caller_of(frame))) return Passage::kPassed;
  Request request({kType, Op::kArrive, id_of(core_, kType), &core_.word, nanoseconds}, frame);
  ThreadState* const state = request.state();
  const ObjectId object = request.object();
  raw_lock(mutex_);
  if (broken_) {
    raw_unlock(mutex_);
    return Passage::kBroken;
  }
  const u32 generation = core_.word.load();
  const u32 parties = parties_;
  char* const clock = &clocks_[generation & 1];
  before_arrive(state, object, parties, request.no_timeout());
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

  const WaitResult result = request.wait([&](u32& expected) {
    expected = generation;
    return core_.word.load() != generation ? Look::kGranted : Look::kHeld;
  });

  // Neither the last thread nor a faster one may destroy it before.
  tsan_touched(&core_.word, caller_of(frame));
  raw_lock(mutex_);
  const bool gave_up = self.passage == Passage::kWaiting;
  if (gave_up) {
    broken_ = true;
    end_generation(Passage::kBroken);
  }
  if (self.passage == Passage::kPassed) tsan_acquire(clock);
  raw_unlock(mutex_);
  if (gave_up) {
    wake_waiters(core_.word, kAll);
    if (result == WaitResult::kDeadlock) throw_deadlock("gridlock::Barrier");
    return Passage::kGaveUp;
  }
  if (self.passage == Passage::kPassed) {
    request.granted();
    after_depart(state, object);
  }
  return self.passage;
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

std::uint32_t Barrier::waiting() const noexcept {
  if (!may_use(core_, arrived_, kType, Op::kArrive)) return 0;
  raw_lock(mutex_);
  const u32 waiting = arrived_.load(std::memory_order_relaxed);
  raw_unlock(mutex_);
  return waiting;
}

}  // namespace gridlock
