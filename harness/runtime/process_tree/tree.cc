// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/process_tree/tree.h"

#include <errno.h>
#include <unistd.h>

#include "harness/platform/futex.h"
#include "harness/platform/mutex_ranks.h"
#include "harness/platform/processes.h"
#include "harness/platform/raw_io.h"
#include "harness/platform/utf8.h"
#include "harness/runtime/core/notices.h"
#include "harness/runtime/core/options.h"
#include "harness/runtime/core/process_number.h"
#include "harness/runtime/core/start.h"
#include "harness/runtime/findings/log.h"
#include "harness/runtime/process_tree/end.h"
#include "harness/runtime/process_tree/tables.h"
#include "harness/runtime/process_tree/waits.h"
#include "harness/runtime/registry/objects.h"
#include "harness/runtime/registry/threads.h"

namespace gridlock::internal {
namespace {

// The number of the process that the calling thread forks now. Its copy in the child finds it here;
// the fork of another thread does not. NOLINTNEXTLINE: __thread and not thread_local, as tls_thread
__thread u32 tls_forking __attribute__((tls_model("initial-exec"))) = 0;
LifeLine g_life_line;  // guarded by the mutex of the process tree

constexpr u64 kMebibyte = 1024 * 1024;

void set_name(TreeProcess& process, std::string_view name) noexcept {
  u32 length = 0;
  for (; length < name.size() && length + 1 < sizeof process.name; ++length)
    process.name[length] = name.data()[length];
  if (length < name.size())
    length = static_cast<u32>(without_cut_character(&process.name[0], length));
  process.name[length] = 0;
}

void note_own_process(TreeProcess& process) noexcept {
  process.pid.store(process_id());
  process.start_time.store(process_start_time(process_id()));
}

void become_first(TreeHeader& tree) noexcept {
  TreeProcess& first = tree.processes[0];
  first.number = 1;
  first.parent_pid = parent_process_id();
  set_name(first, {"main", 4});
  note_own_process(first);
  first.state.store(ProcessState::kRunning);
  tree.process_count.store(1);
  set_this_process(1);
}

u32 next_number() noexcept {
  TreeHeader& tree = *tree_header();
  u32 count = tree.process_count.load();
  do {
    if (count >= tree.max_processes) return 0;
  } while (!tree.process_count.compare_exchange_weak(count, count + 1));
  return count + 1;
}

bool life_line_ready() noexcept {
  const RawGuard guard(mutex_of(MutexRank::kProcessTree));
  return g_life_line.writing >= 0 || make_life_line(g_life_line);
}

}  // namespace

bool process_tree_ready() noexcept {
  if (tree_tables() != nullptr) return true;
  ensure_runtime();
  if (const RawGuard guard(mutex_of(MutexRank::kProcessTree)); tree_header() == nullptr) {
    TreeHeader* const tree =
        make_tree_memory(options().max_processes, options().tree_memory * kMebibyte);
    if (tree != nullptr) {
      prepare_looks();
      become_first(*tree);
      publish_tree_memory(tree);
      g_control.store(&kProcessTreeControl, std::memory_order_release);
      init_tree_tables();
      watch_for_tree_end();
    }
  }
  if (tree_tables() == nullptr) {
    report_capacity("tree_memory");
    return false;
  }
  log_joins_tree();
  return true;
}

TreeProcess& tree_process(u32 number) noexcept { return tree_header()->processes[number - 1]; }
u32 process_count() noexcept { return tree_header()->process_count.load(); }

u32 tree_prepare(std::string_view name, bool daemon, CallSite where) noexcept {
  const u32 number = next_number();
  if (number == 0) {
    report_capacity("max_processes");
    return 0;
  }
  TreeProcess& child = tree_process(number);
  child.number = number;
  child.parent = this_process();
  child.parent_pid = process_id();
  child.daemon = daemon;
  set_name(child, name);
  child.object = add_object(ObjectType::kProcess, number, where, true);
  if (!name.empty()) name_object(child.object, name);
  child.state.store(ProcessState::kPrepared);
  return number;
}

int tree_fork(u32 number) noexcept {
  if (!life_line_ready()) {
    tree_abandon(number);
    return -EMFILE;
  }
  tls_forking = number;
  const int pid = fork();  // libc's: it and ThreadSanitizer have locks of their own to look after
  const int error = errno;
  tls_forking = 0;
  if (pid == 0) {
    tree_begin(number);
    return 0;
  }
  if (pid < 0) {
    tree_abandon(number);
    return -error;
  }
  // The child says the same of itself; this is for the time until it does.
  TreeProcess& child = tree_process(number);
  u64 unknown = 0;
  child.start_time.compare_exchange_strong(unknown, process_start_time(pid));
  child.pid.store(pid);
  return pid;
}

void tree_abandon(u32 number) noexcept { tree_process(number).state.store(ProcessState::kEnded); }

void tree_begin(u32 number) noexcept {
  TreeProcess& self = tree_process(number);
  {
    const RawGuard guard(mutex_of(MutexRank::kProcessTree));
    tie_to_parent(g_life_line);
  }
  become_main_thread();
  note_own_process(self);
  ProcessState prepared = ProcessState::kPrepared;
  self.state.compare_exchange_strong(prepared, ProcessState::kRunning);
  set_this_process(number);
  begin_process_table(number);
  write_process_record(self, false);
}

void tree_ended(u32 number, int wait_status) noexcept {
  TreeProcess& child = tree_process(number);
  if (child.now() == ProcessState::kEnded) return;
  child.wait_status.store(static_cast<u32>(wait_status));
  child.state.store(ProcessState::kEnded);
  end_process_table(number);
  write_process_record(child, true);
}

bool alive(const TreeProcess& process) noexcept {
  const ProcessState state = process.now();
  if (state == ProcessState::kNone || state == ProcessState::kEnded) return false;
  const int pid = process.pid.load();
  if (pid != 0) return process_runs(pid, process.start_time.load());
  // Between its number and its fork it lives as long as the process that is about to fork it.
  if (process.parent == 0) return process_runs(process.parent_pid, 0);
  const TreeProcess& parent = internal::tree_process(process.parent);
  return process_runs(process.parent_pid, parent.start_time.load());
}

bool forks_into_tree() noexcept { return tls_forking != 0; }

bool forked_in_tree() noexcept {
  set_this_process(0);
  set_followed_process(0);
  if (tls_forking == 0) drop_life_line(g_life_line);
  return tls_forking != 0;
}

}  // namespace gridlock::internal
