// SPDX-License-Identifier: Apache-2.0
//
// The forking thread takes every mutex of the runtime, in the order of mutex_ranks.def, so that the
// child finds no table half changed; both sides release them.
#include "harness/runtime/fork.h"

#include <pthread.h>

#include "harness/platform/mutex_ranks.h"
#include "harness/platform/raw_io.h"
#include "harness/platform/thread_count.h"
#include "harness/runtime/core/forked.h"
#include "harness/runtime/core/options.h"
#include "harness/runtime/core/start.h"
#include "harness/runtime/findings/end_records.h"
#include "harness/runtime/findings/ending.h"
#include "harness/runtime/findings/finding_line.h"
#include "harness/runtime/findings/log.h"
#include "harness/runtime/orders/classes.h"
#include "harness/runtime/orders/declared_order.h"
#include "harness/runtime/process_tree/memory.h"
#include "harness/runtime/process_tree/plain_forks.h"
#include "harness/runtime/process_tree/tables.h"
#include "harness/runtime/process_tree/tree.h"
#include "harness/runtime/programs/outside.h"
#include "harness/runtime/programs/reaper.h"
#include "harness/runtime/registry/call_sites.h"
#include "harness/runtime/registry/contention.h"
#include "harness/runtime/registry/process_graph.h"
#include "harness/runtime/registry/threads.h"
#include "harness/runtime/steering/steering.h"
#include "harness/runtime/waits/releasers.h"
#include "harness/runtime/waits/wait.h"

namespace gridlock::internal {

namespace {

// By rank: those that the forking thread held already. It is the handler of a crash then, which asks for
// a debugger, say.
u32 g_held_before = 0;

RawMutex& mutex_at(u32 rank) noexcept { return mutex_of(static_cast<MutexRank>(rank)); }

void take_all() noexcept {
  u32 held = 0;
  for (u32 rank = 0; rank < kMutexRanks; ++rank) held |= mutex_at(rank).is_mine() ? 1u << rank : 0;
  if (held != 0) stop_checking_ranks();
  for (u32 rank = 0; rank < kMutexRanks; ++rank) {
    if ((held & 1u << rank) == 0) mutex_at(rank).lock();
  }
  g_held_before = held;
}

void release_all() noexcept {
  const u32 held = g_held_before;
  for (u32 rank = kMutexRanks; rank > 0;) {
    --rank;
    if ((held & 1u << rank) == 0) mutex_at(rank).unlock();
  }
}

// Between our two handlers run those that were registered before ours: ThreadSanitizer's starts a thread in the child. What
// they do in this thread is not watched, because it would wait for what is locked here.
__thread bool tls_forking __attribute__((tls_model("initial-exec"))) = false;
__thread bool tls_was_in_runtime __attribute__((tls_model("initial-exec"))) = false;

void begin_forking() noexcept {
  tls_forking = true;
  if (tls_thread == nullptr) return;
  tls_was_in_runtime = tls_thread->in_runtime;
  tls_thread->in_runtime = true;
}

void end_forking() noexcept {
  tls_forking = false;
  if (tls_thread != nullptr) tls_thread->in_runtime = tls_was_in_runtime;
}

void before_fork() noexcept {
  take_all();
  if (runtime_is_up()) {
    g_fork_stack.size = unwind_stack(&g_fork_stack.frames[0], options().stack_depth, 0);
    plain_fork_begins();
  }
  begin_forking();
}

void in_parent() noexcept {
  end_forking();
  if (runtime_is_up()) plain_fork_is_past();
  release_all();
}

// Nothing was watched yet: there is a log, and that is all.
void in_child_before_start() noexcept {
  note_fork();
  forget_thread_folder();
  forked_log(false);
  forked_ending();
  release_all();
}

void in_child() noexcept {
  end_forking();
  if (!runtime_is_up()) return in_child_before_start();
  note_fork();
  keep_only_this_thread();
  forget_thread_folder();
  reaper_forked();
  const bool in_tree = forked_in_tree();
  if (!in_tree) leave_tables();
  if (!in_tree) plain_fork_is_here();
  forked_steering();
  forked_log(in_tree);
  forked_ending();
  inherited_pipes_changed();
  release_all();
  forked_end_records();
}

}  // namespace

bool is_forking_here() noexcept { return tls_forking; }

void watch_forks() noexcept {
  static bool watched = false;
  if (!watched) pthread_atfork(&before_fork, &in_parent, &in_child);
  watched = true;
}

}  // namespace gridlock::internal
