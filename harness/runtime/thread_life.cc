// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/thread_life.h"

#include "harness/runtime/orders/hooks.h"
#include "harness/runtime/registry/process_graph.h"
#include "harness/runtime/waits/hang.h"
#include "harness/runtime/waits/wait.h"

namespace gridlock::internal {

namespace {

// A thread that joins while it holds something waits for all that the joined thread has to acquire.
// One that holds nothing makes nobody wait, but others may wait for it.
void note_join(ThreadState* state, u32 number, ObjectId object) noexcept {
  if (object == 0 || state->in_runtime || !predicting()) return;
  before_request(state, __builtin_frame_address(0));
  const GraphWork work(state);
  prediction().asks_to_join(state->thread_node, request_of(state), number, object);
}

}  // namespace

void* thread_will_begin(std::string_view name, bool daemon, CallSite where,
                        std::uint32_t* number) noexcept {
  ThreadState* const state =
      prepare_thread(this_thread(), name, where, __builtin_bit_cast(const void*, where) != nullptr);
  if (state == nullptr) return nullptr;
  *number = state->number;
  if (has_record(state->number)) thread_record(state->number).daemon = daemon;
  return state;
}

void thread_did_not_begin(void* state) noexcept {
  if (state != nullptr) abandon_thread(static_cast<ThreadState*>(state));
}

void thread_runs(std::uint32_t number) noexcept {
  tell_of_thread(ThreadEvent::kCreated, this_thread()->number, number);
}

void thread_begins(void* state) noexcept {
  auto* const self = static_cast<ThreadState*>(state);
  adopt_thread(self);
  tell_of_thread(ThreadEvent::kBegun, self->number, 0);
}

EndCalls& end_calls() noexcept {
  static __thread EndCalls calls __attribute__((tls_model("initial-exec")));
  return calls;
}

void thread_is_over() noexcept {
  if (tls_thread != nullptr) tls_thread->is_over = true;
}

void thread_ends() noexcept {
  if (tls_thread != nullptr && tls_thread->is_over) end_thread(tls_thread);
}

bool thread_will_join(std::uint32_t number) noexcept {
  ThreadState* const state = this_thread();
  if (!has_record(number)) {
    tell_of_thread(ThreadEvent::kJoining, state->number, number);
    return true;
  }
  const ObjectId object = thread_record(number).object;
  note_join(state, number, object);
  state->ring.add(Op::kJoin, object, 0, kGrantedBit);
  prepare_wait(state);
  const WaitFor what{ObjectType::kThread, Op::kJoin, object, nullptr, number};
  if (begin_wait(state, what, 0, false) != Wake::kLookAgain) return false;
  tell_of_thread(ThreadEvent::kJoining, state->number, number);
  return true;
}

std::uint64_t join_slice() noexcept { return hang_slice_ns() == kNoTimeout ? 0 : hang_slice_ns(); }
std::uint64_t join_begins() noexcept { return now_ns(); }
bool join_can_end(std::uint64_t since) noexcept {
  return look_for_hang(this_thread(), since) == Wake::kLookAgain;
}

void thread_joined(std::uint32_t number) noexcept {
  ThreadState* const state = this_thread();
  tell_of_thread(ThreadEvent::kJoined, state->number, number);
  if (!has_record(number)) return;
  end_wait(state);
  joined_thread(state, number);
}

}  // namespace gridlock::internal
