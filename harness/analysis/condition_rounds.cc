// SPDX-License-Identifier: Apache-2.0
#include "harness/analysis/condition_rounds.h"

namespace gridlock::internal {

bool ConditionRounds::init(u32 rounds) noexcept {
  if (!rounds_.reserve(rounds)) return false;
  rounds_.add();  // index 0 means "none"
  return true;
}

void ConditionRounds::release() noexcept { rounds_.release(); }

bool ConditionRounds::add(SignalSource& source, const ConditionRound& round) noexcept {
  // Nothing was requested since the last one.
  if (source.last_round != 0 && rounds_[source.last_round].requests == round.requests) return true;
  if (free_ == 0 && rounds_.full()) return false;
  const u32 id = free_ != 0 ? free_ : rounds_.add();
  if (free_ != 0) free_ = rounds_[id].next;
  rounds_[id] = round;
  (source.last_round == 0 ? source.first_round : rounds_[source.last_round].next) = id;
  source.last_round = id;
  return true;
}

void ConditionRounds::forget(const SignalSource& source) noexcept {
  if (source.first_round == 0) return;
  rounds_[source.last_round].next = free_;
  free_ = source.first_round;
}

u32 ConditionRounds::number_after(const SignalSource& source, u32 request) const noexcept {
  for (u32 id = source.first_round; id != 0; id = rounds_[id].next) {
    if (rounds_[id].requests >= request) return rounds_[id].number;
  }
  return 0;
}

}  // namespace gridlock::internal
