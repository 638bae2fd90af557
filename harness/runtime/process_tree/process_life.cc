// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/process_tree/process_life.h"

#include <errno.h>
#include <sys/wait.h>

#include "harness/platform/futex.h"
#include "harness/platform/processes.h"
#include "harness/platform/raw_io.h"
#include "harness/runtime/core/process_number.h"
#include "harness/runtime/findings/ending.h"
#include "harness/runtime/findings/log.h"
#include "harness/runtime/findings/thread_facts.h"
#include "harness/runtime/process_tree/end.h"
#include "harness/runtime/process_tree/tree.h"
#include "harness/runtime/waits/wait.h"

namespace gridlock::internal {
namespace {

int exit_code_of(int status) noexcept {
  if (status == kStatusUnknown) return kExitUnknown;
  return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace

std::uint32_t process_will_begin(std::string_view name, bool daemon, CallSite where,
                                 int* error) noexcept {
  *error = ENOMEM;
  if (!process_tree_ready()) return 0;
  *error = EAGAIN;
  return tree_prepare(name, daemon, where);
}

int process_fork(std::uint32_t number) noexcept { return tree_fork(number); }

void process_ends(int exit_code) noexcept {
  report_detached_threads();
  end_thread(this_thread());
  close_log();
  say_end(exit_code);
  exit_now(exit_code_for(exit_code));
}

bool process_will_join(std::uint32_t number, bool timed) noexcept {
  ThreadState* const state = this_thread();
  const ObjectId object = tree_process(number).object;
  state->ring.add(Op::kJoin, object, 0, kGrantedBit);
  prepare_wait(state);
  const WaitFor what{ObjectType::kProcess, Op::kJoin, object, nullptr, number};
  return begin_wait(state, what, 0, timed) == Wake::kLookAgain;
}

void process_joined() noexcept { end_wait(this_thread()); }

bool reap_process(std::uint32_t number, std::uint64_t nanoseconds, int* exit_code) noexcept {
  const u64 now = now_ns();
  const bool no_timeout = nanoseconds >= kNoTimeout - now;
  const u64 deadline = no_timeout ? kNoTimeout : now + nanoseconds;
  const Reaped reaped =
      reap_child(tree_process(number).pid.load(), nanoseconds == 0 ? u64{0} : deadline);
  if (!reaped.ended) return false;
  stay_if_tree_ends();
  tree_ended(number, reaped.status);
  *exit_code = exit_code_of(reaped.status);
  return true;
}

void signal_child(std::uint32_t number, int signal) noexcept {
  const TreeProcess& child = tree_process(number);
  if (child.now() == ProcessState::kEnded) return;
  const int result = signal_process(child.pid.load(), signal);
  if (result != 0 && result != -ESRCH)
    say("gridlock: a signal to a process was refused; a join may wait for it forever\n");
}

std::uint32_t this_tree_process() noexcept { return process_tree_ready() ? this_process() : 0; }

int this_process_id() noexcept { return process_id(); }

std::uint32_t newest_process() noexcept { return tree_header() == nullptr ? 0 : process_count(); }

bool process_facts(std::uint32_t number, ProcessFacts* facts) noexcept {
  if (number == 0 || number > newest_process()) return false;
  const TreeProcess& of = tree_process(number);
  if (of.now() == ProcessState::kNone || of.pid.load() == 0) return false;
  static_assert(sizeof facts->name >= sizeof of.name);
  for (u32 i = 0; i < sizeof of.name; ++i) facts->name[i] = of.name[i];
  facts->pid = of.pid.load();
  facts->parent_pid = of.parent_pid;
  facts->parent = of.parent;
  facts->daemon = of.daemon;
  facts->is_alive = alive(of);
  return true;
}

}  // namespace gridlock::internal
