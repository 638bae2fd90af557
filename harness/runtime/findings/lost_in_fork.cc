// SPDX-License-Identifier: Apache-2.0
//
// A lock that was held when the process was forked: in the child nobody ever releases it.
#include "harness/platform/pages.h"
#include "harness/runtime/core/forked.h"
#include "harness/runtime/core/notices.h"
#include "harness/runtime/findings/describe.h"
#include "harness/runtime/findings/finding_line.h"
#include "harness/runtime/waits/releasers.h"
#include "harness/runtime/waits/wait.h"

namespace gridlock::internal {
namespace {

const ThreadState* if_lost(u32 slot_word) noexcept {
  if (slot_word == 0 || slot_word > slot_count()) return nullptr;
  const ThreadState* const thread = thread_in_slot(slot_word - 1);
  return thread_record(thread->number).lost_in_fork ? thread : nullptr;
}

// A thread of the parent that holds what is waited for. Of a SharedLock's readers any will do.
const ThreadState* lost_holder(const WaitFor& what, u32 word) noexcept {
  if (what.type == ObjectType::kLock || what.type == ObjectType::kRLock)
    return if_lost(word & kOwnerMask);
  if (what.type != ObjectType::kSharedLock) return nullptr;
  if ((word & kExclusiveBit) != 0) return if_lost(word & kSharedMask);
  for (u32 slot_word = 1; slot_word <= slot_count(); ++slot_word) {
    const ThreadState* const thread = if_lost(slot_word);
    if (thread != nullptr && held_by(thread, what.object) != nullptr) return thread;
  }
  return nullptr;
}

}  // namespace

bool report_if_lost_in_fork(ThreadState* state, const WaitFor& what, u32 word) noexcept {
  const ThreadState* const holder = lost_holder(what, word);
  if (holder == nullptr) return false;
  u64 key = mix((identity_of(what.object) << 8) | static_cast<u8>(Kind::kMisuseForkHeld));
  for (u32 i = 0; i < state->wait.stack_size; ++i) key = mix(key ^ state->wait.stack[i]);
  if (!first_time(key)) return true;
  FindingLine line(Kind::kMisuseForkHeld);
  JsonWriter& json = line.json();
  line.mentioned().add(what.object);
  json.text("detail", name_of(what.op));
  json.open_array("threads");
  write_thread(json, state, line.mentioned(), {&state->wait.stack[0], state->wait.stack_size});
  write_thread(json, holder, line.mentioned(), {});
  json.close_array();
  json.open_array("locations");
  json.open_object();
  json.text("type", "fork");
  json.text("name", "fork");
  write_stack(json, "allocated", &g_fork_stack.frames[0], g_fork_stack.size);
  json.close_object();
  json.close_array();
  return true;
}

}  // namespace gridlock::internal
