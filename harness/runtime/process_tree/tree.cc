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

// The member that the calling thread forks now: what its copy in the child finds there, and no
// other thread's fork. NOLINTNEXTLINE: __thread and not thread_local, as tls_thread
__thread u32 tls_forking __attribute__((tls_model("initial-exec"))) = 0;
LifeLine g_life_line;  // guarded by the mutex of the family

constexpr u64 kMebibyte = 1024 * 1024;

void set_name(Member& member, std::string_view name) noexcept {
  u32 length = 0;
  for (; length < name.size() && length + 1 < sizeof member.name; ++length)
    member.name[length] = name.data()[length];
  if (length < name.size())
    length = static_cast<u32>(without_cut_character(&member.name[0], length));
  member.name[length] = 0;
}

void note_own_process(Member& member) noexcept {
  member.pid.store(process_id());
  member.start_time.store(process_start_time(process_id()));
}

void become_first(FamilyHeader& family) noexcept {
  Member& first = family.members[0];
  first.number = 1;
  first.parent_pid = parent_process_id();
  set_name(first, {"main", 4});
  note_own_process(first);
  first.state.store(MemberState::kRunning);
  family.member_count.store(1);
  set_this_process(1);
}

u32 next_number() noexcept {
  FamilyHeader& family = *family_header();
  u32 count = family.member_count.load();
  do {
    if (count >= family.max_members) return 0;
  } while (!family.member_count.compare_exchange_weak(count, count + 1));
  return count + 1;
}

bool life_line_ready() noexcept {
  const RawGuard guard(mutex_of(MutexRank::kFamily));
  return g_life_line.writing >= 0 || make_life_line(g_life_line);
}

}  // namespace

bool family_ready() noexcept {
  if (family_tables() != nullptr) return true;
  ensure_runtime();
  if (const RawGuard guard(mutex_of(MutexRank::kFamily)); family_header() == nullptr) {
    FamilyHeader* const family =
        make_family_memory(options().max_processes, options().family_memory * kMebibyte);
    if (family != nullptr) {
      prepare_looks();
      become_first(*family);
      publish_family_memory(family);
      g_control.store(&kProcessTreeControl, std::memory_order_release);
      init_family_tables();
      watch_for_family_end();
    }
  }
  if (family_tables() == nullptr) {
    report_capacity("family_memory");
    return false;
  }
  log_joins_family();
  return true;
}

Member& member(u32 number) noexcept { return family_header()->members[number - 1]; }
u32 member_count() noexcept { return family_header()->member_count.load(); }

u32 family_prepare(std::string_view name, bool daemon, CallSite where) noexcept {
  const u32 number = next_number();
  if (number == 0) {
    report_capacity("max_processes");
    return 0;
  }
  Member& child = member(number);
  child.number = number;
  child.parent = this_process();
  child.parent_pid = process_id();
  child.daemon = daemon;
  set_name(child, name);
  child.object = add_object(ObjectType::kProcess, number, where, true);
  if (!name.empty()) name_object(child.object, name);
  child.state.store(MemberState::kPrepared);
  return number;
}

int family_fork(u32 number) noexcept {
  if (!life_line_ready()) {
    family_abandon(number);
    return -EMFILE;
  }
  tls_forking = number;
  const int pid = fork();  // libc's: it and ThreadSanitizer have locks of their own to look after
  const int error = errno;
  tls_forking = 0;
  if (pid == 0) {
    family_begin(number);
    return 0;
  }
  if (pid < 0) {
    family_abandon(number);
    return -error;
  }
  // The child says the same of itself; this is for the time until it does.
  Member& child = member(number);
  u64 unknown = 0;
  child.start_time.compare_exchange_strong(unknown, process_start_time(pid));
  child.pid.store(pid);
  return pid;
}

void family_abandon(u32 number) noexcept { member(number).state.store(MemberState::kEnded); }

void family_begin(u32 number) noexcept {
  Member& self = member(number);
  {
    const RawGuard guard(mutex_of(MutexRank::kFamily));
    tie_to_parent(g_life_line);
  }
  become_main_thread();
  note_own_process(self);
  MemberState prepared = MemberState::kPrepared;
  self.state.compare_exchange_strong(prepared, MemberState::kRunning);
  set_this_process(number);
  begin_member_table(number);
  write_member_record(self, false);
}

void family_ended(u32 number, int wait_status) noexcept {
  Member& child = member(number);
  if (child.now() == MemberState::kEnded) return;
  child.wait_status.store(static_cast<u32>(wait_status));
  child.state.store(MemberState::kEnded);
  end_member_table(number);
  write_member_record(child, true);
}

bool alive(const Member& member) noexcept {
  const MemberState state = member.now();
  if (state == MemberState::kNone || state == MemberState::kEnded) return false;
  const int pid = member.pid.load();
  if (pid != 0) return process_runs(pid, member.start_time.load());
  // Between its number and its fork it lives as long as whoever is about to fork it.
  if (member.parent == 0) return process_runs(member.parent_pid, 0);
  const Member& parent = internal::member(member.parent);
  return process_runs(member.parent_pid, parent.start_time.load());
}

bool forks_member() noexcept { return tls_forking != 0; }

bool forked_family() noexcept {
  set_this_process(0);
  if (tls_forking == 0) drop_life_line(g_life_line);
  return tls_forking != 0;
}

}  // namespace gridlock::internal
