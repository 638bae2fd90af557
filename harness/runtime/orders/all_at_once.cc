// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/orders/all_at_once.h"

#include "harness/runtime/orders/classes.h"
#include "harness/runtime/registry/process_graph.h"

namespace gridlock::internal {
namespace {

u32 length_of(const char* text) noexcept {
  u32 length = 0;
  while (text[length] != 0) ++length;
  return length;
}

bool ends_with(const char* text, const char* end) noexcept {
  const u32 length = length_of(text);
  const u32 tail = length_of(end);
  if (length < tail) return false;
  for (u32 i = 0; i < tail; ++i) {
    if (text[length - tail + i] != end[i]) return false;
  }
  return true;
}

bool contains(const char* text, const char* part) noexcept {
  for (; *text != 0; ++text) {
    u32 i = 0;
    while (part[i] != 0 && text[i] == part[i]) ++i;
    if (part[i] == 0) return true;
  }
  return false;
}

bool is_unique_lock(CallSite caller) noexcept {
  return ends_with(caller.file_name(), "bits/unique_lock.h") &&
         contains(caller.function_name(), "::try_lock()");
}

}  // namespace

u32 held_before_std_lock(const ThreadState* state, CallSite caller) noexcept {
  u32 first = held_count(state);
  if (first < 2 || state->ring.size() == 0) return 0;
  const Record newest = state->ring.oldest(state->ring.size() - 1);
  const Held& top = state->held[--first];
  if (object_of(newest) != top.object || !was_granted(newest)) return 0;
  while (first > 0 && (state->held[first].amount & kAllAtOnce) != 0) --first;
  const bool begins = &state->held[first] == &top;
  if (op_of(newest) != (begins ? Op::kLock : Op::kTryLock)) return 0;
  return is_unique_lock(caller) ? first : 0;
}

void note_found_free(ThreadState* state, ObjectId object, Ask ask, u32 held_before) noexcept {
  Held& held = state->next_held[-1];
  if (held_before == 0 || held.object != object || object == 0) return;
  held.amount |= kAllAtOnce;
  const u64 key =
      hash_with(state->held[held_before - 1].held_hash, object | (static_cast<u32>(ask) << 28)) | 1;
  if (order_seen(key) || state->in_runtime || !predicting()) return;
  state->next_held->amount = 0;  // no request is prepared there
  const GraphWork work(state);
  PendingRequest request = request_of(state, 0, held_before);
  if (prediction().asks(state->thread_node, request, target_of(object, ask))) remember_order(key);
}

}  // namespace gridlock::internal
