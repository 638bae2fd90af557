// SPDX-License-Identifier: Apache-2.0
//
// Signals, waits for them and receipts: what each says of the order and of who waits for whom. The .cc says
// which order is left where several threads signal.
#pragma once

#include "harness/analysis/channel_states.h"
#include "harness/analysis/live_threads.h"
#include "harness/analysis/prediction_types.h"
#include "harness/analysis/signal_parts.h"
#include "harness/analysis/signal_sources.h"
#include "harness/platform/base.h"
#include "harness/platform/pages.h"

namespace gridlock::internal {

/// The operations are those of Prediction, which says what they mean.
class SignalChannels {
 public:
  void init(const SignalParts& parts) noexcept;
  void release() noexcept;

  void signals(ThreadNode& thread_node, const Signal& signal) noexcept;
  u32 needed_by(const ThreadNode& thread_node, const Signal& signal) noexcept;
  void awaits(const ThreadNode& thread_node, const PendingRequest& request, const Signal& signal,
              u32 needed, bool known) noexcept;
  void received(ThreadNode& thread_node, const Signal& signal) noexcept;
  void cleared(ThreadNode& thread_node, const Signal& signal) noexcept;
  void ends_waits(ThreadNode& thread_node, const Signal& signal) noexcept;
  void received_end(ThreadNode& thread_node, const Signal& signal) noexcept;
  void comes_too_late(ThreadNode& thread_node, const Signal& signal) noexcept;
  /// What the thread requested up to now has nothing to do with this signal, which only it will give:
  /// it takes up a task of which others wait for the result.
  void forget_earlier_requests(const ThreadNode& thread_node, const Signal& signal) noexcept;

  /// May be asked at any time.
  GRIDLOCK_INLINE static bool wait_is_known(const ThreadNode& thread_node,
                                            const Signal& signal) noexcept {
    const u32 index = ChannelStates::index_of(signal);
    return thread_node.receipts_known[index % 8] == index;
  }
  GRIDLOCK_INLINE static bool receipt_is_known(const ThreadNode& thread_node,
                                               const Signal& signal) noexcept {
    return signal.rule == Rule::kWakeup || wait_is_known(thread_node, signal);
  }

  /// Channels of these objects are gone, and whoever does not live any more receives and signals no more.
  void forget(const IdSet& nodes, LiveThreads& threads) noexcept;

 private:
  u32 receipts(const ThreadNode& thread_node, const Signal& signal) noexcept;
  void count_receipt(const ThreadNode& thread_node, const Signal& signal) noexcept;
  u32 next_needed(const ThreadNode& thread_node, const Signal& signal) noexcept;
  u32 own_items(const ThreadNode& thread_node, const Signal& signal) noexcept;
  bool comes_after_end(u32 thread, SegmentId segment, const SignalSource& source) noexcept;
  bool received_all(const ThreadNode& thread_node, const Signal& signal, u32 needed,
                    const SignalSource& source) noexcept;
  void give(ThreadNode& thread_node, const Signal& signal, bool counts) noexcept;
  void sole_signal(ThreadNode& thread_node, const Signal& signal, SignalSource& source,
                   bool counts) noexcept;
  void another_signal(ThreadNode& thread_node, const Signal& signal, SignalSource& source) noexcept;
  bool add_signaller(ThreadNode& thread_node, const Signal& signal, u64 key,
                     SignalSource& source) noexcept;

  SignalParts parts_;
  KeyMap signallers_;  // by object, channel and thread: those beside the first
  KeyMap receipts_;    // by object, channel and thread: how many
};

}  // namespace gridlock::internal
