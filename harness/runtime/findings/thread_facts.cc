// SPDX-License-Identifier: Apache-2.0
//
// What is known of each thread, and findings about threads that nobody joins.
#include <gridlock/thread.h>

#include "harness/platform/futex.h"
#include "harness/platform/raw_io.h"
#include "harness/runtime/core/host.h"
#include "harness/runtime/core/notices.h"
#include "harness/runtime/core/options.h"
#include "harness/runtime/findings/finding_line.h"
#include "harness/runtime/findings/thread_facts.h"
#include "harness/runtime/registry/threads.h"

namespace gridlock {
namespace internal {
namespace {

// A thread that has said that it is done, and only has to return, needs some microseconds for it;
// on a machine that is busy, some milliseconds.
constexpr u64 kPatienceNs = 50'000'000;
constexpr u64 kLookNs = 1'000'000;

std::atomic<bool> g_some_detached{false};

bool runs_on_alone(u32 number) noexcept {
  const ThreadRecord& record = thread_record(number);
  return record.detached.load() && !record.daemon && record.ended.load() == 0 &&
         number != this_thread()->number;
}

bool any_runs_on_alone() noexcept {
  for (u32 number = next_record(0); number != 0; number = next_record(number)) {
    if (runs_on_alone(number)) return true;
  }
  return false;
}

void report_exit_running(u32 number) noexcept {
  const ThreadRecord& record = thread_record(number);
  FindingLine line(Kind::kMisuseExitRunning);
  JsonWriter& json = line.json();
  line.mentioned().add(record.object);
  json.open_array("threads");
  write_thread_by_number(json, number, line.mentioned());
  json.close_array();
  json.open_array("locations");
  json.open_object();
  json.text("type", "detach");
  json.text("name", "detach");
  write_stack(json, "allocated", record.detached_at);
  json.close_object();
  json.close_array();
}

}  // namespace

bool thread_detached(std::uint32_t number) noexcept {
  if (!has_record(number)) return false;
  ThreadRecord& record = thread_record(number);
  uptr frames[kStackLimit];
  const u32 size = unwind_stack(&frames[0], options().stack_depth, 0);
  record.detached_at = keep_stack(&frames[0], size);
  record.joinable = false;
  record.detached.store(true);
  return !record.daemon && !g_some_detached.exchange(true);
}

void report_detached_threads() noexcept {
  std::atomic<u32> nothing{0};
  const u64 deadline = now_ns() + (host_starts_threads() ? 0 : kPatienceNs);
  while (any_runs_on_alone() && now_ns() < deadline) futex_wait(&nothing, 0, now_ns() + kLookNs);
  for (u32 number = next_record(0); number != 0; number = next_record(number)) {
    if (runs_on_alone(number)) report_exit_running(number);
  }
}

void report_destroyed_running(std::uint32_t number) noexcept {
  if (!has_record(number)) return;
  const ThreadRecord& record = thread_record(number);
  report_misuse(Kind::kMisuseDestroyRunning, this_thread(), Op::kDestroy, record.object,
                record.slot + 1);
}

std::uint32_t newest_thread() noexcept { return thread_count(); }

std::uint32_t count_live_threads() noexcept {
  this_thread();  // counts as well
  return live_threads().load();
}

bool thread_facts(std::uint32_t number, ThreadFacts* facts) noexcept {
  if (!has_record(number)) return false;
  const ThreadRecord& record = thread_record(number);
  if (record.untracked || record.object == 0) return false;
  facts->name = name_text(object_info(record.object).name);
  facts->os_id = record.os_id;
  facts->daemon = record.daemon;
  facts->is_main = record.os_id == process_id();
  facts->is_alive = record.ended.load() == 0;
  return true;
}

void name_thread(std::uint32_t number, std::string_view name) noexcept {
  if (has_record(number)) name_object(thread_record(number).object, name);
}

}  // namespace internal

std::uint32_t this_thread_id() noexcept { return internal::this_thread()->number; }

void set_this_thread_name(std::string_view name) noexcept {
  internal::name_thread(this_thread_id(), name);
}

std::uint32_t active_count() noexcept { return internal::count_live_threads(); }

}  // namespace gridlock
