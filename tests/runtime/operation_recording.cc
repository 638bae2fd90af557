// SPDX-License-Identifier: Apache-2.0
#include "tests/runtime/operation_recording.h"

#include <gtest/gtest.h>

namespace gridlock::internal {
namespace {

thread_local Recorder* tls_recorder = nullptr;  // of the thread under test

std::string newest_record(const ThreadState* state) {
  const Record record = state->ring.oldest(state->ring.size() - 1);
  return std::string(name_of(op_of(record))) + (was_granted(record) ? "" : "?");
}

void point(ThreadState* state, const Operation& operation) noexcept {
  if (tls_recorder == nullptr) return;
  EXPECT_EQ(operation.op, op_of(state->ring.oldest(state->ring.size() - 1)));
  EXPECT_EQ(operation.object, object_of(state->ring.oldest(state->ring.size() - 1)));
  tls_recorder->steps.push_back("point " + newest_record(state));
}

Wake block(ThreadState* state, const WaitFor& what, u32 expected, u64 deadline_ns) noexcept {
  if (tls_recorder == nullptr) return kFreeControl.block(state, what, expected, deadline_ns);
  EXPECT_EQ(state->wait.sequence.load() % 2, 1u) << "the wait is published";
  EXPECT_EQ(what.word->load(), expected);
  EXPECT_EQ(state->wait.object, what.object);
  tls_recorder->steps.push_back("block " + newest_record(state));
  if (!tls_recorder->when_blocked) return Wake::kTimedOut;
  const std::function<void()> give = std::exchange(tls_recorder->when_blocked, {});
  std::thread(give).join();
  return Wake::kLookAgain;
}

void wake(std::atomic<u32>& word, u32 count, bool shared) noexcept {
  if (tls_recorder != nullptr) tls_recorder->steps.emplace_back("wake");
  kFreeControl.wake(word, count, shared);
}

constexpr Control kRecording = {&point, &block, &wake, &now_ns, &yield_to_kernel, 0};

}  // namespace

Recording::Recording(std::function<void()> when_blocked) {
  recorder_.when_blocked = std::move(when_blocked);
  before_ = g_control.exchange(&kRecording);
  set_fast_limit(this_thread());
  tls_recorder = &recorder_;
}

std::vector<std::string> Recording::stop() {
  if (before_ == nullptr) return {};
  tls_recorder = nullptr;
  g_control.store(std::exchange(before_, nullptr));
  set_fast_limit(this_thread());
  recorder_.steps.push_back("end " + newest_record(this_thread()));
  return recorder_.steps;
}

}  // namespace gridlock::internal
