// SPDX-License-Identifier: Apache-2.0
//
// The whole runtime's start and end.
#include "harness/runtime/core/start.h"

#include "harness/platform/modules.h"
#include "harness/platform/raw_io.h"
#include "harness/platform/restartable.h"
#include "harness/platform/stacks.h"
#include "harness/runtime/core/host.h"
#include "harness/runtime/core/notices.h"
#include "harness/runtime/core/options.h"
#include "harness/runtime/core/run_id.h"
#include "harness/runtime/findings/dump.h"
#include "harness/runtime/findings/ending.h"
#include "harness/runtime/findings/finding_line.h"
#include "harness/runtime/findings/log.h"
#include "harness/runtime/findings/what_is_off.h"
#include "harness/runtime/fork.h"
#include "harness/runtime/notifications.h"
#include "harness/runtime/orders/classes.h"
#include "harness/runtime/orders/order.h"
#include "harness/runtime/orders/pools.h"
#include "harness/runtime/programs/reaper.h"
#include "harness/runtime/registry/call_sites.h"
#include "harness/runtime/registry/contention.h"
#include "harness/runtime/registry/objects.h"
#include "harness/runtime/registry/process_graph.h"
#include "harness/runtime/registry/publication.h"
#include "harness/runtime/registry/stack_depot.h"
#include "harness/runtime/registry/threads.h"
#include "harness/runtime/steering/steering.h"
#include "harness/runtime/waits/hang.h"
#include "harness/runtime/waits/outside_waits.h"
#include "harness/runtime/waits/wait.h"

namespace gridlock::internal {
namespace {

std::atomic<u32> g_phase{0};  // 0 down, 1 coming up, 2 up
constinit RawMutex& g_start_mutex = mutex_of(MutexRank::kStart);

[[noreturn]] void no_address_space() noexcept {
  constexpr char kMessage[] =
      "gridlock: no address space for the runtime's tables; lower max_objects or max_edges in "
      "GRIDLOCK_OPTIONS\n";
  say(&kMessage[0], sizeof kMessage - 1);
  exit_now(3);
}

void on_cycle(const CycleStep* steps, u32 length, void*) noexcept { report_cycle(steps, length); }
NodeId another_node(NodeId object, void*) noexcept { return add_alias(object); }

// What has to be seen as it was when the program started: the program may change its environment.
void begin() noexcept {
  static bool begun = false;
  if (begun) return;
  begun = true;
  init_options();
  begin_run(options().log_path_given);
}

void bring_up() noexcept {
  begin();
  const u32 objects = options().max_objects;
  LockOrderLimits limits;
  limits.nodes = objects;
  limits.edges = options().max_edges;
  limits.contexts_per_edge = options().contexts_per_edge;
  const PredictionHooks hooks{&on_cycle, &another_node, nullptr};
  const bool ok =
      init_call_sites() && init_objects(objects) && init_stack_depot() && init_threads(objects) &&
      init_thread_ends() && init_contention(objects) && init_notifications(objects) &&
      init_classes(objects) && init_process_graph(limits, hooks) && init_pools(objects) &&
      init_publication(objects) && init_outside_waits() && init_hang() && init_finding_line() &&
      init_order(objects) && init_waits() && make_room_for_first_objects();
  if (!ok) no_address_space();
  init_steering();
}

// A handler of a signal, or what steers the threads, finds the runtime there.
bool comes_up_late() noexcept {
  const Options& given = options();
  return host_comes_up_late() && !given.crash_handler && given.dump_signal == 0 &&
         given.hang == 0 && given.steer.value[0] == 0;
}

// pthread_setspecific() allocates for a key that came behind many others, so ours is made before the program has any.
void prepare_to_come_up() noexcept {
  if (!init_thread_ends()) no_address_space();
  watch_forks();
}

// A library that was linked with a copy of Gridlock, in a program that has one and shows its symbols
// (-rdynamic), uses the program's: the copy is nobody's, and what it would begin and end is not its own.
bool is_copy_in_use() noexcept {
  return module_start(reinterpret_cast<uptr>(&bring_up)) == module_start(own_address());
}

// So that whoever looks at the loaded modules finds which of them contain an observer (interpose/host.cc).
asm(".pushsection .note.gridlock,\"a\",@note\n"
    ".balign 4\n"
    ".long 9, 4, 1\n"  // the lengths of name and content, and the type
    ".asciz \"Gridlock\"\n"
    ".balign 4\n"
    ".long 1\n"
    ".popsection\n");

// Before the program's own static objects, and in the main thread, which thereby becomes T1.
__attribute__((constructor(101))) void start() noexcept {
  if (!is_copy_in_use() || !host_wants_observer()) return;
  pin_own_module();
  remember_stderr();
  {
    const RawGuard guard(g_start_mutex);
    begin();
  }
  if (comes_up_late()) {
    prepare_to_come_up();
  } else {
    ensure_runtime();
    this_thread();
  }
  watch_exit();
  look_what_is_off();
  if (options().log_path_given) open_log();
  install_signal_handlers();
}

// After the program's static objects are gone.
__attribute__((destructor(101))) void finish() noexcept {
  if (!is_copy_in_use() || !host_wants_observer()) return;
  reaper_ends();
  close_log();
  findings_are_complete();
  finish_exit();
}

}  // namespace

void ensure_runtime() noexcept {
  if (GRIDLOCK_LIKELY(g_phase.load(std::memory_order_acquire) == 2)) return;
  const RawGuard guard(g_start_mutex);
  if (g_phase.load(std::memory_order_relaxed) == 2) return;
  bring_up();
  init_restartable();
  watch_forks();
  g_phase.store(2, std::memory_order_release);
}

bool runtime_is_up() noexcept { return g_phase.load(std::memory_order_acquire) == 2; }

}  // namespace gridlock::internal
