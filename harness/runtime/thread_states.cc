// SPDX-License-Identifier: Apache-2.0
//
// The beginning and the end of a thread (registry/threads.h): every room has something to do with it.
#include <pthread.h>

#include "harness/platform/raw_io.h"
#include "harness/platform/restartable.h"
#include "harness/runtime/core/control.h"
#include "harness/runtime/core/host.h"
#include "harness/runtime/core/notices.h"
#include "harness/runtime/core/options.h"
#include "harness/runtime/core/start.h"
#include "harness/runtime/orders/signals.h"
#include "harness/runtime/process_tree/shared_objects.h"
#include "harness/runtime/process_tree/tables.h"
#include "harness/runtime/registry/process_graph.h"
#include "harness/runtime/registry/publication.h"
#include "harness/runtime/registry/stack_depot.h"
#include "harness/runtime/registry/threads.h"
#include "harness/runtime/waits/wait.h"

namespace gridlock::internal {
namespace {

/// What a record is copied by: it has atomic members, and others may not be looking.
using RecordWord [[gnu::may_alias]] = u32;
static_assert(sizeof(ThreadRecord) % sizeof(RecordWord) == 0);

pthread_key_t g_key;

// What the main thread of a forked process held at the fork: its parent gives that back, and the
// copy ends with the process.
constexpr u32 kMaxInherited = 64;
ObjectId g_inherited[kMaxInherited];
u32 g_inherited_count = 0;

bool is_inherited(ObjectId object) noexcept {
  for (u32 i = 0; i < g_inherited_count; ++i) {
    if (g_inherited[i] == object) return true;
  }
  return false;
}

// For a thread that was not started as a Thread, or that uses something of ours behind its own end.
void at_thread_exit(void* state) noexcept {
  auto* const thread = static_cast<ThreadState*>(state);
  if (thread != tls_thread) return;
  if (host_delays_thread_end()) {
    pthread_setspecific(g_key, state);
    return;
  }
  const u32 number = thread->number;
  end_thread(thread);
  host_thread_ended(number);
}

// With none of the runtime's mutexes held.
void say_if_unrecorded(const ThreadState* state) noexcept {
  const bool nowhere = state->thread_node.segment == kUnknownSegment && predicting();
  if (!has_record(state->number) || nowhere) report_capacity("max_objects");
}

void begin_life(ThreadState* state) noexcept {
  const RawGuard guard(graph_mutex());
  prediction().begins(state->thread_node);
}

void end_life(ThreadState* state) noexcept {
  const RawGuard guard(graph_mutex());
  prediction().ends(state->thread_node);
}

[[noreturn]] void no_memory() noexcept {
  constexpr char kMessage[] = "gridlock: no memory for another thread's records\n";
  say(&kMessage[0], sizeof kMessage - 1);
  exit_now(3);
}

void leave_slot(ThreadState* state) noexcept {
  if ((state->moved_up | state->holes) != 0) sign_moved(state);
  state->index.release();
  state->indexed = false;
  // What processes share, a process that ends leaves to the next one, which reports it (owner-died).
  const bool ends_process = is_main_of_process(state);
  for (u32 i = 0; i < held_count(state); ++i) {
    const Held& held = state->held[i];
    if (state->number == 1 && is_inherited(held.object)) continue;
    const bool shared = held.object != 0 && is_shared_type(object_info(held.object).type);
    if (!is_permit(held) && !(shared && ends_process)) report_exit_holding(state, held.object);
  }
  let_go_for_tsan(state);
  state->in_runtime = true;
  end_life(state);
  end_thread_record(state);
  state->phase.store(ThreadPhase::kEnded);
  live_threads().fetch_sub(1);
  one_has_left();
  check_after_end();
  state->in_runtime = false;
  tls_thread = nullptr;
  pthread_setspecific(g_key, nullptr);
  // A slot that stands in a lock's word, or whose permits were leaked, stays for the reports.
  if (held_count(state) != 0) return note_ended_holding(state);
  free_thread(state);
}

}  // namespace

bool init_thread_ends() noexcept {
  static bool has_key = false;
  has_key = has_key || pthread_key_create(&g_key, &at_thread_exit) == 0;
  return has_key;
}

ThreadState* register_this_thread() noexcept {
  ensure_runtime();
  if (tls_thread != nullptr) return tls_thread;  // ensure_runtime registers the main thread
  const bool is_main = process_id() == thread_os_id();
  if (!is_main) note_untracked_thread();  // before it counts as one that is known
  ThreadNode thread_node;
  {
    const RawGuard guard(graph_mutex());
    prediction().appears(thread_node);
  }
  ThreadState* const state = make_thread(thread_node, CallSite{}, false);
  if (state == nullptr) no_memory();
  begin_life(state);
  adopt_thread(state);
  say_if_unrecorded(state);
  if (is_main) name_object(state->object, {"main", 4});
  tell_of_thread(ThreadEvent::kAdopted, state->number, 0);
  return state;
}

ThreadState* prepare_thread(ThreadState* parent, std::string_view name, CallSite where,
                            bool has_site) noexcept {
  if (GRIDLOCK_UNLIKELY(ended_since_forgetting() >= kWorthForgetting)) forget_the_dead();
  ThreadNode thread_node;
  {
    const RawGuard guard(graph_mutex());
    const SegmentId before = parent->thread_node.segment;
    prediction().starts(parent->thread_node, thread_node);
    hold_across(parent, before);
  }
  enter_segment(parent);
  ThreadState* const state = make_thread(thread_node, where, has_site);
  if (state == nullptr) return nullptr;
  begin_life(state);
  state->started_by_us = true;
  if (!name.empty()) name_object(state->object, name);
  uptr frames[kStackLimit];
  const u32 size = unwind_stack(&frames[0], options().stack_depth, 1);
  if (has_record(state->number)) {
    thread_record(state->number).created_stack = keep_stack(&frames[0], size);
    thread_record(state->number).joinable = true;
  }
  say_if_unrecorded(state);
  parent->ring.add(Op::kCreate, state->object, 0, kGrantedBit);
  one_more_starts();
  return state;
}

void abandon_thread(ThreadState* state) noexcept {
  one_has_started();
  if (has_record(state->number)) thread_record(state->number).joinable = false;
  end_life(state);
  end_thread_record(state);
  state->phase.store(ThreadPhase::kEnded);
  live_threads().fetch_sub(1);
}

void adopt_thread(ThreadState* state) noexcept {
  state->is_over = false;
  state->os_id = thread_os_id();
  state->stack_top = stack_top();
  state->restartable = restartable_slot();
  if (has_record(state->number)) thread_record(state->number).os_id = state->os_id;
  one_has_come();
  if (state->started_by_us) one_has_started();
  tls_thread = state;
  pthread_setspecific(g_key, state);
  state->ring.add(Op::kStart, state->object, 0, kGrantedBit);
}

void end_thread(ThreadState* state) noexcept {
  const u32 number = state->number;
  leave_slot(state);
  tell_of_thread(ThreadEvent::kEnding, number, 0);
}

void joined_thread(ThreadState* state, u32 number) noexcept {
  {
    const RawGuard guard(graph_mutex());
    prediction().joined(state->thread_node, thread_record(number).last_segment);
    if (has_record(number)) thread_record(number).joinable = false;
  }
  enter_segment(state);
}

// The records change places; what others wrote down of the two threads before is older than anything
// that this process does, so nothing comes of the mistake.
void become_main_thread() noexcept {
  ThreadState* const self = this_thread();
  if (!has_record(self->number)) {
    thread_in_slot(thread_record(1).slot)->number = self->number;
    thread_record(1).slot = self->slot_word - 1;
    thread_record(1).os_id = self->os_id;
    thread_record(1).ended.store(0);
    self->object = thread_record(1).object;
    self->number = self->thread_node.thread = 1;
    forget_made();
  } else if (self->number != 1) {
    const u32 was = self->number;
    auto* const first = reinterpret_cast<RecordWord*>(&thread_record(1));
    auto* const own = reinterpret_cast<RecordWord*>(&thread_record(was));
    for (u64 i = 0; i < sizeof(ThreadRecord) / sizeof(RecordWord); ++i) {
      const RecordWord word = first[i];
      first[i] = own[i];
      own[i] = word;
    }
    renumber_thread(thread_record(1).object, 1);
    renumber_thread(thread_record(was).object, was);
    ThreadState* const other = thread_in_slot(thread_record(was).slot);
    if (other->number == 1) other->number = was;
    self->number = 1;
    self->thread_node.thread = 1;
    forget_made();
  }
  name_object(self->object, {"main", 4});
  let_go_for_tsan(self);
  g_inherited_count = 0;
  for (u32 i = 0; i < held_count(self) && i < kMaxInherited; ++i)
    g_inherited[g_inherited_count++] = self->held[i].object;
  for (u32 number = next_record(1); number != 0; number = next_record(number))
    joined_thread(self, number);
}

}  // namespace gridlock::internal
