// SPDX-License-Identifier: Apache-2.0
//
// The observer in a program whose schedules are chosen. Each execution is one life of the program: the thread that
// called explore() is the body's, T1, in all of them; what other threads were is over with each. Findings go to
// explore(), which tells of each once.
#include "harness/runtime/core/host.h"

#include <initializer_list>
#include <string_view>

#include "harness/controlled/control.h"
#include "harness/platform/raw_io.h"
#include "harness/platform/stacks.h"
#include "harness/runtime/core/notices.h"
#include "harness/runtime/core/start.h"
#include "harness/runtime/findings/short_text.h"
#include "harness/runtime/findings/thread_facts.h"
#include "harness/runtime/orders/hooks.h"
#include "harness/runtime/registry/objects.h"
#include "harness/runtime/registry/threads.h"
#include "harness/runtime/waits/wait.h"
#include "harness/tsan_abi/engine.h"
#include "harness/tsan_abi/watching.h"

namespace gridlock::internal {
namespace controlled {
namespace {

ThreadState* g_caller = nullptr;  // of explore()
uptr g_caller_stack = 0;
Records* g_records = nullptr;  // nullptr: no execution runs
bool g_watches = false;        // what is found in it is wanted
bool g_forks = false;          // what is said is of no execution

bool is_one_of(const char* kind, std::initializer_list<std::string_view> all) noexcept {
  for (const std::string_view each : all) {
    if (same_text(kind, each.data(), static_cast<u32>(each.size()))) return true;
  }
  return false;
}

// A finding of what this execution does fails it; one of what another one can do does not.
Failure failure_of(const char* kind) noexcept {
  if (is_one_of(kind, {"misuse-"})) return Failure::kMisuse;
  if (is_one_of(kind, {"deadlock", "self-deadlock", "starvation", "lost-wakeup"}))
    return Failure::kDeadlock;
  const bool is_check = is_one_of(kind, {"declared-order", "lock-assertion", "assertion-failed"});
  return is_check ? Failure::kCheck : Failure::kNone;
}

void begin_body(Records& records) noexcept {
  g_records = &records;
  forget_threads();
  g_caller_stack = g_caller->stack_top;
  tls_thread = g_caller;
  tls_thread->stack_top = stack_top();
  set_fast_limit(tls_thread);
}

void end_body() noexcept {
  fail_if_due();
  if (!g_watches) return;
  const ThreadState* const state = g_caller;
  for (u32 i = 0; i < held_count(state); ++i) {
    const Held& held = state->held[i];
    if (held.object != 0 && !is_permit(held)) report_exit_holding(g_caller, held.object);
  }
  fail_if_due();
}

void before_execution(bool watches) noexcept {
  g_watches = watches;
  ensure_runtime();
  g_control.store(&kControlled, std::memory_order_release);
  g_caller = this_thread();
  set_fast_limit(g_caller);
  forget_failure();
}

void after_execution(bool left) noexcept {
  g_records = nullptr;
  g_caller->stack_top = g_caller_stack;
  if (!left && g_engine.fiber_count == g_engine.ended_count) return;
  while (held_count(g_caller) != 0) drop_held(g_caller, g_caller->next_held - 1);
  if ((g_caller->wait.sequence.load() & 1) != 0) g_caller->wait.sequence.fetch_add(1);
  g_caller->in_runtime = false;
  forget_the_end();
  keep_only_this_thread();
}

void put_name(Text& text, u32 object) noexcept {
  const ObjectInfo& info = object_info(object);
  text.text(type_name(info.type)).text(" ");
  const char letter[2] = {type_letter(info.type), 0};
  const char* const name = name_text(info.name);
  if (*name != 0) text.text(name).text(" (");
  text.text(letter).number(info.number);
  if (*name != 0) text.text(")");
}

void all_have_ended() noexcept {
  if (g_records == nullptr) return;
  if (g_engine.fiber_count != g_engine.ended_count) report_detached_threads();
  fail_if_due();
}

void set_forks(bool now) noexcept { g_forks = now; }

constexpr Watching kWatching = {&before_execution, &set_forks,       &begin_body,
                                &end_body,         &after_execution, &all_have_ended,
                                &put_name,         &thread_holds,    &locks_held_by};

__attribute__((constructor(102))) void hang_in() noexcept { g_watching = &kWatching; }

// {"record":"finding",...,"kind":"deadlock",...: copies what stands behind "kind".
void find_kind(const char* line, u64 size, char (&out)[64]) noexcept {
  constexpr char kMember[] = "\"kind\":\"";
  constexpr u32 kMemberSize = sizeof kMember - 1;
  u32 n = 0;
  for (u64 i = 0; i + kMemberSize < size; ++i) {
    if (!same_text(&line[i], &kMember[0], kMemberSize)) continue;
    for (u64 at = i + kMemberSize; at < size && line[at] != '"' && n + 1 < sizeof out; ++at)
      out[n++] = line[at];
    break;
  }
  out[n] = 0;
}

}  // namespace
}  // namespace controlled

bool host_wants_observer() noexcept { return true; }
bool host_may_end_waits() noexcept { return false; }
std::uint64_t host_moment_of_sleep(const ThreadState*, std::uint32_t) noexcept { return 1; }
void host_pause() noexcept {}
bool host_delays_thread_end() noexcept { return false; }
void host_retires_the_gone() noexcept {}
void host_thread_ended(unsigned) noexcept {}
void host_completes_options(Options&) noexcept {}
bool host_shows_findings() noexcept { return false; }
void host_log_is_complete() noexcept {}

bool host_takes_records() noexcept {
  return controlled::g_records != nullptr || controlled::g_forks;
}

void host_take_record(const char* line, std::uint64_t size) noexcept {
  if (!controlled::g_watches || controlled::g_records == nullptr) return;
  char kind[64];
  controlled::find_kind(line, size, kind);
  char text[1024];
  const u32 length = short_text(line, size, &text[0], sizeof text - 1);
  text[length] = 0;
  const bool has_end = size != 0 && line[size - 1] == '\n';
  controlled::keep_record(*controlled::g_records, kind, text, length, line,
                          size - (has_end ? 1 : 0));
  const controlled::Failure failure = controlled::failure_of(kind);
  if (failure != controlled::Failure::kNone) controlled::fail_soon(failure, text, length);
}

bool host_comes_up_late() noexcept { return false; }
bool host_starts_threads() noexcept { return controlled::g_engine.on; }

void host_cannot_go_on() noexcept {
  if (controlled::g_engine.on) controlled::fail_stuck();
}

}  // namespace gridlock::internal
