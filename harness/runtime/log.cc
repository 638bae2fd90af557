// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/log.h"

#include "harness/platform/futex.h"
#include "harness/platform/raw_io.h"
#include "harness/platform/tsan.h"
#include "harness/runtime/end_records.h"
#include "harness/runtime/ending.h"
#include "harness/runtime/family.h"
#include "harness/runtime/fork.h"
#include "harness/runtime/json_writer.h"
#include "harness/runtime/runtime.h"
#include "harness/runtime/start_record.h"
#include "harness/runtime/threads.h"

namespace gridlock::internal {
namespace {

constexpr u64 kPatienceNs = 200'000'000;

RawMutex g_mutex;
int g_fd = -1;
bool g_failed = false;
bool g_said = false;
bool g_path_fixed = false;  // to the path of the first process of the family
bool g_start_due = false;   // in a fork, before its first record
int g_start_pid = 0;        // who has written it
char g_path[1100];
char g_start[16 * 1024];

void expand_path(const char* pattern) noexcept {
  u32 n = 0;
  for (; *pattern != 0 && n + 24 < sizeof g_path; ++pattern) {
    if (pattern[0] != '%' || pattern[1] != 'p') {
      g_path[n++] = *pattern;
      continue;
    }
    ++pattern;
    char digits[12];
    u32 count = 0;
    for (int pid = process_id(); pid != 0; pid /= 10)
      digits[count++] = static_cast<char>('0' + pid % 10);
    while (count > 0) g_path[n++] = digits[--count];
  }
  g_path[n] = 0;
}

void say(const char* text) noexcept { write_all(2, text, length_of(text)); }

void append(const char* line, u64 size) noexcept { write_all(g_fd, line, size); }

// With what the kernel tells of the command: every process of a family is a fork of the first.
void write_start_of(int pid) noexcept {
  JsonWriter json;
  json.begin(&g_start[0], sizeof g_start);
  json.open_object();
  json.text("record", "start");
  json.number("v", 1);
  json.number("pid", static_cast<u64>(pid));
  json.boolean("tsan", tsan_present());
  write_command(json);
  json.close_object();
  append(&g_start[0], json.end_line());
}

// The first record of this process. In a family P1's comes before all others, whoever writes it.
void write_start() noexcept {
  g_start_due = false;
  g_start_pid = process_id();
  if (this_process() != 0) begin_family_log(&write_start_of, &append);
  if (this_process() != 1) write_start_of(process_id());
}

bool open_locked() noexcept {
  if (g_fd >= 0 && g_start_due) write_start();
  if (g_fd >= 0 || g_failed) return g_fd >= 0;
  if (!g_path_fixed) expand_path(&options().log_path.value[0]);
  g_fd = open_append(&g_path[0]);
  if (g_fd < 0) {
    g_failed = true;
    say("gridlock: cannot write findings to '");
    say(&g_path[0]);
    say("' (option log_path)\n");
    return false;
  }
  write_start();
  return true;
}

void say_where() noexcept {
  say("gridlock: finding written to ");
  say(&g_path[0]);
  say("; read it with: gridlock report ");
  say(&g_path[0]);
  say("\n");
}

// Another process of the family may have begun it.
bool is_open_locked() noexcept { return g_fd >= 0 || (family_log_begun() && open_locked()); }

void write_end() noexcept {
  u64 records = 0;
  for (u32 slot = 0; slot < slot_count(); ++slot) records += thread_in_slot(slot)->ring.total();
  char buffer[256];
  JsonWriter json;
  json.begin(&buffer[0], sizeof buffer);
  json.open_object();
  json.text("record", "end");
  json.number("pid", static_cast<u64>(process_id()));
  json.number("records", records);
  json.number("objects", object_count());
  json.number("edges", lock_order_graph().edges());
  json.number("undecided", lock_order_graph().undecided());
  json.number("safe_cycles_dropped", lock_order_graph().safe_cycles().dropped());
  json.close_object();
  write_all(g_fd, &buffer[0], json.end_line());
}

}  // namespace

bool open_log() noexcept {
  const RawGuard guard(g_mutex);
  return open_locked();
}

void append_to_log(const char* line, u64 size, bool is_finding) noexcept {
  const RawGuard guard(g_mutex);
  const bool is_open = open_locked();
  if (is_open && size != 0 && !write_all(g_fd, line, size)) {
    say("gridlock: a finding could not be written to '");
    say(&g_path[0]);
    say("'\n");
  }
  if (!is_finding) return;
  note_finding(line, size);
  if (!is_open || g_said || options().quiet) return;
  g_said = true;
  say_where();
}

bool log_is_open() noexcept {
  const RawGuard guard(g_mutex);
  return is_open_locked();
}

void log_joins_family() noexcept {
  const RawGuard guard(g_mutex);
  if (!g_path_fixed) expand_path(&options().log_path.value[0]);
  g_path_fixed = true;
  if (g_fd >= 0) begin_family_log(nullptr, &append);
}

void close_log() noexcept {
  write_end_records();
  const RawGuard guard(g_mutex);
  if (!is_open_locked()) return;
  if (g_start_due) write_start();
  write_end();
}

void close_log_at_once() noexcept {
  if (g_fd < 0 || g_start_due || g_start_pid != process_id()) return;
  if (!g_mutex.lock_until(now_ns() + kPatienceNs)) return;
  write_end();
  g_mutex.unlock();
}

void forked_log(bool is_member) noexcept {
  bool own_path = false;
  for (const char* at = &options().log_path.value[0]; *at != 0 && !is_member; ++at)
    own_path = own_path || (at[0] == '%' && at[1] == 'p');
  if (own_path) {
    if (g_fd >= 0) close_fd(g_fd);
    g_fd = -1;
    g_said = false;
    g_path_fixed = false;
  }
  g_start_due = g_fd >= 0;  // not yet: a fork that only calls exec leaves no trace
}

RawMutex& log_mutex() noexcept { return g_mutex; }

}  // namespace gridlock::internal
