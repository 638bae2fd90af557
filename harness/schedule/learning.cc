// SPDX-License-Identifier: Apache-2.0
//
// The strategies that learn from executions before theirs.
#include "harness/schedule/experience.h"
#include "harness/schedule/strategy.h"

namespace gridlock::internal::controlled {

void Strategy::begin_learning() noexcept {
  Experience& experience = *experience_;
  experience.begin();
  place_ = 0;
  object_ = 0;
  intended_ = kMaxThreads;
  for (u32 i = 0; i < kMaxThreads; ++i) left_[i] = 0;
  seen_ = waits_ = 0;
  if (settings_.kind == StrategyKind::kPostpone) {
    if (const u32 places = experience.choices_of_places(); places != 0) {
      // Each place in its turn: once for all threads, once for one of them.
      const u32 turn = experience.next_place++;
      place_ = experience.place(turn % places);
      postponed_ = kMaxThreads;
      if (turn / places % 2 == 1 && experience.thread_count != 0) {
        postponed_ = static_cast<ThreadNumber>(random_.below(experience.thread_count));
      }
    }
    return;
  }
  const u32 objects = experience.choices_of_objects();
  if (objects == 0) return;
  const Experience::Object& object = experience.object(random_.below(objects));
  object_ = object.address;
  for (u32 thread = 0; thread < experience.thread_count; ++thread)
    left_[thread] = object.known[thread];
}

void Strategy::note_step(ThreadNumber thread, const Step& step) noexcept {
  experience_->note(thread, step);
  if (object_ == 0 || !reaches(step, object_)) return;
  if (left_[thread] != 0) --left_[thread];
  intended_ = kMaxThreads;
}

void Strategy::note_makers(const Moment& moment) noexcept {
  for (u32 i = 0; i < moment.count; ++i) {
    const ThreadNumber thread = moment.runnable[i];
    if (thread < seen_) continue;
    for (; seen_ <= thread; ++seen_) {
      experience_->makers[seen_] = moment.current < seen_ ? moment.current : ThreadNumber{0};
    }
    if (seen_ > experience_->thread_count) experience_->thread_count = seen_;
  }
}

// Postponing. Those that are not at the place run by their priorities; when all are there one of them goes on, and also when
// the others that are not only wait for somebody.
ThreadNumber Strategy::next_postponing(const Moment& moment) noexcept {
  note_makers(moment);
  if (moment.yields) {
    priority_of(moment.current);
    priorities_[moment.current] = --yielded_;
  }
  ThreadNumber best = kMaxThreads;
  ThreadNumber held[kMaxThreads];
  u32 held_count = 0;
  for (u32 i = 0; i < moment.count; ++i) {
    const ThreadNumber thread = moment.runnable[i];
    if (place_ != 0 && moment.steps[thread].site == place_ &&
        (postponed_ == kMaxThreads || postponed_ == thread)) {
      held[held_count++] = thread;
      continue;
    }
    if (best == kMaxThreads || priority_of(thread) > priority_of(best)) best = thread;
  }
  if (best == kMaxThreads) best = moment.runnable[random_.below(moment.count)];
  const bool all_wait = moment.yields && held_count != 0 && priority_of(best) < 0;
  if (all_wait) best = held[random_.below(held_count)];
  experience_->note(best, moment.steps[best]);
  return best;
}

// Whose step at the object comes next: each thread is as likely as it has steps left there. Steps of those that are not
// there yet count for whoever makes them.
ThreadNumber Strategy::draw_intended() noexcept {
  u32 all = 0;
  for (u32 i = 0; i < experience_->thread_count; ++i) all += left_[i];
  if (all == 0) return kMaxThreads;
  u32 drawn = random_.below(all);
  u32 thread = 0;
  while (drawn >= left_[thread]) drawn -= left_[thread++];
  while (thread >= seen_ && experience_->makers[thread] != thread)
    thread = experience_->makers[thread];
  return static_cast<ThreadNumber>(thread);
}

// A thread that yields again and again may wait for one that is held back here, and would be seen to wait without an end. From
// then on no thread is held back in this execution.
bool Strategy::waits_for_one_held_back(const Moment& moment) noexcept {
  constexpr u32 kPatience = 8;
  return moment.yields && ++waits_ == kPatience;
}

ThreadNumber Strategy::next_surw(const Moment& moment) noexcept {
  note_makers(moment);
  const auto is_interesting = [&](ThreadNumber thread) {
    return object_ != 0 && reaches(moment.steps[thread], object_);
  };
  if (waits_for_one_held_back(moment)) object_ = 0;
  if (intended_ == kMaxThreads) intended_ = draw_intended();
  ThreadNumber others[kMaxThreads];
  u32 count = 0;
  for (u32 i = 0; i < moment.count; ++i) {
    const ThreadNumber thread = moment.runnable[i];
    if (moment.yields && thread == moment.current && moment.count > 1) continue;
    if (!is_interesting(thread) || thread == intended_) others[count++] = thread;
  }
  ThreadNumber chosen = 0;
  if (count != 0) {
    chosen = others[random_.below(count)];
  } else {
    // The intended one cannot go on, or has no such step after all.
    chosen = next_random(moment);
    intended_ = chosen;
  }
  note_step(chosen, moment.steps[chosen]);
  return chosen;
}

}  // namespace gridlock::internal::controlled
