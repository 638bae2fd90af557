// SPDX-License-Identifier: Apache-2.0
//
// The forking thread takes every mutex of the runtime, so that the child finds no table half
// changed; both sides release them. They are taken in the order in which the runtime nests them:
// wait, graph, declared, line, first, log, threads, objects, contention, depot.
#include "harness/runtime/fork.h"

#include <pthread.h>

#include "harness/platform/raw_io.h"
#include "harness/runtime/declared_order.h"
#include "harness/runtime/end_records.h"
#include "harness/runtime/findings.h"
#include "harness/runtime/runtime.h"

namespace gridlock::internal {

std::atomic<bool> g_is_forked{false};

namespace {

uptr g_fork_stack[kStackLimit];  // of the last fork; written with all mutexes held
u32 g_fork_stack_size = 0;

using GetMutex = RawMutex& (*)() noexcept;
constexpr GetMutex kMutexes[] = {&wait_mutex,       &graph_mutex, &declared_mutex, &line_mutex,
                                 &first_mutex,      &log_mutex,   &threads_mutex,  &objects_mutex,
                                 &contention_mutex, &depot_mutex};
constexpr u32 kMutexCount = sizeof kMutexes / sizeof kMutexes[0];

void release_all() noexcept {
  for (u32 i = kMutexCount; i > 0; --i) kMutexes[i - 1]().unlock();
}

void before_fork() noexcept {
  for (const GetMutex mutex : kMutexes) mutex().lock();
  g_fork_stack_size = unwind_stack(&g_fork_stack[0], options().stack_depth, 0);
}

void in_parent() noexcept { release_all(); }

void in_child() noexcept {
  g_is_forked.store(true, std::memory_order_relaxed);
  keep_only_this_thread();
  forked_log();
  release_all();
  forked_end_records();
}

}  // namespace

void watch_forks() noexcept { pthread_atfork(&before_fork, &in_parent, &in_child); }

bool report_if_lost_in_fork(ThreadState* state, const WaitFor& what, u32 word) noexcept {
  const u32 owner = word & kOwnerMask;
  const bool lock = what.type == ObjectType::kLock || what.type == ObjectType::kRLock;
  if (!lock || owner == 0 || owner > slot_count()) return false;
  ThreadState* const holder = thread_in_slot(owner - 1);
  if (!thread_record(holder->number).lost_in_fork) return false;
  u64 key = mix((u64{what.object} << 8) | static_cast<u8>(Kind::kMisuseForkHeld));
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
  write_stack(json, "allocated", &g_fork_stack[0], g_fork_stack_size);
  json.close_object();
  json.close_array();
  return true;
}

}  // namespace gridlock::internal
