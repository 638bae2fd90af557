// SPDX-License-Identifier: Apache-2.0
//
// Signals wait while a thread is in the middle of something that their handlers may come to, too: a
// handler that makes and takes a lock would otherwise ask for a mutex that its own thread holds.
#pragma once

#include "harness/platform/base.h"

namespace gridlock::internal {

/// A signal in the kernel's mask of them, and the bytes of such a mask.
GRIDLOCK_INLINE constexpr u64 signal_bit(int signal) noexcept { return u64{1} << (signal - 1); }
constexpr i64 kSignalMaskBytes = 8;

/// Changes which signals the calling thread gets (rt_sigprocmask(2)). What is refused once is asked for
/// again, because a mask that stays would keep the program from its signals. `before` may be nullptr.
bool change_signal_mask(int how, u64 signals, u64* before) noexcept;

/// From the first to the last nested call the calling thread gets no signal that another one may get as
/// well, or that can wait: all but those that an instruction or abort() causes, that libc keeps for
/// itself, and the one that ends a process tree (process_tree/end.cc), whose handler never comes
/// back.
void block_signals() noexcept;
void unblock_signals() noexcept;
/// The calling thread is between the two: then only the handler of a crash can call this.
bool signals_are_blocked() noexcept;

/// The same as long as it lives.
class BlockedSignals {
 public:
  GRIDLOCK_INLINE explicit BlockedSignals(bool blocked) noexcept : blocked_(blocked) {
    if (blocked_) block_signals();
  }
  GRIDLOCK_INLINE ~BlockedSignals() {
    if (blocked_) unblock_signals();
  }
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;

 private:
  bool blocked_;
};

inline constexpr int kTreeEndSignal = 61;  // of the real-time ones, which nothing sends by itself

}  // namespace gridlock::internal
