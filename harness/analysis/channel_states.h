// SPDX-License-Identifier: Apache-2.0
//
// The threads that signal each channel. May be asked at any time, without the mutex of the prediction.
#pragma once

#include <atomic>

#include "harness/analysis/prediction_types.h"
#include "harness/platform/base.h"
#include "harness/platform/pages.h"

namespace gridlock::internal {

/// What stands in the place of a channel's signaller when it is no thread.
inline constexpr u32 kSaysNothing = ~0u;          ///< nothing is concluded any more
inline constexpr u32 kSeveralSignal = ~0u - 1;    ///< several threads signal
inline constexpr u32 kSeveralFollowed = ~0u - 2;  ///< the same, and each signal is counted
/// With a thread: its marks are used up, what comes now orders nothing.
inline constexpr u32 kMarksAreOver = 0x80000000u;

class ChannelStates {
 public:
  static constexpr u32 kChannels = 3;

  /// False when there is no address space.
  GRIDLOCK_INLINE bool init(u32 objects) noexcept {
    return signallers_.reserve((objects + 1) * kChannels);
  }
  /// For objects up to that one. False when there is no memory.
  GRIDLOCK_INLINE bool reach(NodeId object) noexcept {
    return signallers_.reach((object + 1) * kChannels);
  }
  GRIDLOCK_INLINE void release() noexcept { signallers_.release(); }

  GRIDLOCK_INLINE static u32 index_of(NodeId object, Channel channel) noexcept {
    return object * kChannels + static_cast<u32>(channel);
  }
  GRIDLOCK_INLINE static u32 index_of(const Signal& signal) noexcept {
    return index_of(signal.object, signal.channel);
  }
  GRIDLOCK_INLINE static u64 key_of(const ThreadNode& thread_node, const Signal& signal) noexcept {
    return (u64{index_of(signal) + 1} << 32) | thread_node.thread;
  }

  GRIDLOCK_INLINE static NodeId object_of_key(u64 key) noexcept {
    return static_cast<NodeId>(((key >> 32) - 1) / kChannels);
  }
  /// Nobody has signalled any of its channels yet.
  GRIDLOCK_INLINE void forget(NodeId object) noexcept {
    for (u32 i = object * kChannels; i < (object + 1) * kChannels; ++i) {
      if (load(i) != 0) store(i, 0);  // most are no channels, and take no memory
    }
  }

  /// The number of the thread, or one of the above; 0: nobody yet.
  GRIDLOCK_INLINE u32 load(u32 index) const noexcept {
    return signallers_[index].load(std::memory_order_relaxed);
  }
  GRIDLOCK_INLINE void store(u32 index, u32 signaller) noexcept {
    signallers_[index].store(signaller, std::memory_order_relaxed);
  }
  GRIDLOCK_INLINE bool says_nothing(const Signal& signal) const noexcept {
    return load(index_of(signal)) == kSaysNothing;
  }
  GRIDLOCK_INLINE bool is_sole(const Signal& signal) const noexcept {
    return load(index_of(signal)) < kSeveralFollowed;
  }
  GRIDLOCK_INLINE bool is_followed(const Signal& signal) const noexcept {
    return load(index_of(signal)) == kSeveralFollowed;
  }
  /// One more signal of the thread would say nothing new.
  GRIDLOCK_INLINE bool signal_is_known(const ThreadNode& thread_node,
                                       const Signal& signal) const noexcept {
    const u32 index = index_of(signal);
    const u32 known = load(index);
    return known == (thread_node.thread | kMarksAreOver) ||
           (known == kSeveralSignal && thread_node.signals_known[index % 8] == index);
  }

 private:
  Table<std::atomic<u32>> signallers_;  // by object and channel
};

}  // namespace gridlock::internal
