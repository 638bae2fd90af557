// SPDX-License-Identifier: Apache-2.0
//
// The notifications of each condition, as far as requests came between them.
#pragma once

#include "harness/analysis/signal_sources.h"
#include "harness/platform/base.h"
#include "harness/platform/pages.h"

namespace gridlock::internal {

struct ConditionRound {
  u32 requests;  ///< all that any thread had made by then
  u32 newest;    ///< of the notifier: it and those before came before this notification
  u32 number;    ///< of the notification
  u32 next;      ///< of the same source
};

class ConditionRounds {
 public:
  /// False when there is no address space.
  bool init(u32 rounds) noexcept;
  void release() noexcept;
  /// False when there is no room.
  bool add(SignalSource& source, const ConditionRound& round) noexcept;
  /// The source is gone.
  void forget(const SignalSource& source) noexcept;
  /// Calls each(round) for those of a source.
  template <typename Each>
  GRIDLOCK_INLINE void each(const SignalSource& source, Each each) noexcept {
    for (u32 id = source.first_round; id != 0; id = rounds_[id].next) each(rounds_[id]);
  }
  /// The number of the first notification after that request, whoever made it; 0: none yet.
  u32 number_after(const SignalSource& source, u32 request) const noexcept;
  GRIDLOCK_INLINE const ConditionRound& operator[](u32 id) const noexcept { return rounds_[id]; }

 private:
  Table<ConditionRound> rounds_;
  u32 free_ = 0;
};

}  // namespace gridlock::internal
