// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/findings/log.h"

#include "harness/platform/futex.h"
#include "harness/platform/mutex_ranks.h"
#include "harness/platform/raw_io.h"
#include "harness/platform/tsan.h"
#include "harness/platform/utf8.h"
#include "harness/runtime/core/host.h"
#include "harness/runtime/core/json_writer.h"
#include "harness/runtime/core/options.h"
#include "harness/runtime/core/process_number.h"
#include "harness/runtime/core/run_id.h"
#include "harness/runtime/core/start.h"
#include "harness/runtime/findings/end_records.h"
#include "harness/runtime/findings/ending.h"
#include "harness/runtime/findings/log_sink.h"
#include "harness/runtime/findings/module_records.h"
#include "harness/runtime/findings/process_tree.h"
#include "harness/runtime/findings/start_record.h"
#include "harness/runtime/findings/what_is_off.h"
#include "harness/runtime/orders/order.h"
#include "harness/runtime/registry/process_graph.h"
#include "harness/runtime/registry/threads.h"

namespace gridlock::internal {
namespace {

constexpr u64 kPatienceNs = 200'000'000;

constinit RawMutex& g_mutex = mutex_of(MutexRank::kLog);
LogSink g_file;
bool g_said = false;
bool g_start_due = false;  // in a fork, before its first record
int g_start_pid = 0;       // the process that has written it
u64 g_left_out[kKinds];    // findings that were not written, by kind
char g_start[64 * 1024];   // six bytes for one, and a text takes half of the room at most

void append(const char* line, u64 size) noexcept { g_file.append(line, size, false); }

// With what the kernel tells of the command: every process of a tree is a fork of the first.
void write_start_of(int pid) noexcept {
  JsonWriter json;
  json.begin(&g_start[0], sizeof g_start);
  open_record(json, "start", pid);
  json.number("v", 1);
  json.boolean("tsan", tsan_present());
  write_command(json);
  write_what_is_off(json);
  json.close_object();
  append(&g_start[0], json.end_line());
}

// The first record of this process. In a process tree, P1's record comes first, whichever process
// writes it.
void write_start() noexcept {
  g_start_due = false;
  g_start_pid = process_id();
  if (this_process() != 0) begin_tree_log(&write_start_of, &append);
  if (this_process() != 1) write_start_of(process_id());
}

bool open_locked() noexcept {
  if (g_file.is_open() && g_start_due) write_start();
  if (g_file.is_open()) return true;
  g_file.set_path(&options().log_path.value[0]);
  if (!g_file.open()) return false;
  write_start();
  return true;
}

// A record a kind: what a limit kept out of the log.
void write_left_out() noexcept {
  for (u32 kind = 0; kind < kKinds; ++kind) {
    if (g_left_out[kind] == 0) continue;
    char buffer[256];
    JsonWriter json;
    json.begin(&buffer[0], sizeof buffer);
    open_record(json, "left-out", process_id());
    json.text("kind", kind_name(static_cast<Kind>(kind)));
    json.number("count", g_left_out[kind]);
    json.close_object();
    append(&buffer[0], json.end_line());
    g_left_out[kind] = 0;
  }
}

// Another process of the tree may have begun it.
bool is_open_locked() noexcept { return g_file.is_open() || (tree_log_begun() && open_locked()); }

// Once.
void say_where() noexcept {
  if (g_said || options().quiet || host_shows_findings()) return;
  g_said = true;
  say("gridlock: finding written to ");
  say_shown(g_file.name());
  say("; read it with: gridlock report ");
  say_shown(g_file.name());
  say("\n");
}

// What watching cost so far, without a lock: a number may be a moment old.
void write_cost(JsonWriter& json) noexcept {
  u64 misses = 0;
  for (u32 slot = 0; slot < slot_count(); ++slot) misses += thread_in_slot(slot)->misses;
  const GraphWork::Cost cost = GraphWork::cost();
  json.number("contexts", runtime_is_up() ? lock_order_graph().contexts() : 0);
  json.number("misses", misses);
  json.number("graph_visits", cost.visits);
  json.number("graph_ns", cost.ns);
  json.number("graph_bytes", prediction().bytes());
}

void write_end() noexcept {
  write_left_out();
  u64 records = 0;
  for (u32 slot = 0; slot < slot_count(); ++slot) records += thread_in_slot(slot)->ring.total();
  char buffer[1024];
  JsonWriter json;
  json.begin(&buffer[0], sizeof buffer);
  open_record(json, "end", process_id());
  json.number("records", records);
  json.number("objects", object_count());
  json.number("edges", runtime_is_up() ? lock_order_graph().kept_edges() : 0);
  const LockOrderGraph& graph = lock_order_graph();
  json.number("undecided",
              u64{graph.undecided()} + graph.contexts_dropped() + graph.writers_dropped());
  json.number("infeasible_cycles_dropped", lock_order_graph().infeasible_cycles().dropped());
  write_cost(json);
  json.close_object();
  append(&buffer[0], json.end_line());
}

}  // namespace

bool open_log() noexcept {
  if (host_takes_records()) return true;
  if (g_mutex.is_mine()) return false;
  const RawGuard guard(g_mutex);
  return open_locked();
}

void append_to_log(const char* line, u64 size, bool is_told) noexcept {
  if (host_takes_records()) return;
  if (g_mutex.is_mine()) return;  // a crash in the middle of a record, here as below
  const RawGuard guard(g_mutex);
  if (!open_locked()) return;
  g_file.append(line, size, false);
  if (!is_told) return;
  note_finding(line, size);
  say_where();
}

bool append_dump(const char* line, u64 size) noexcept {
  if (host_takes_records()) return true;
  if (g_mutex.is_mine()) return false;
  const RawGuard guard(g_mutex);
  if (!open_locked()) return false;
  if (g_file.append(line, size, true) != LogSink::Written::kOverLimit) return true;
  static bool said = false;
  if (!said)
    say("gridlock: the log has reached log_limit; this dump and further ones are not written\n");
  said = true;
  return false;
}

void append_finding(Kind kind, const char* line, u64 size) noexcept {
  if (host_takes_records()) return host_take_record(line, size);
  if (g_mutex.is_mine()) return;
  const RawGuard guard(g_mutex);
  const bool is_open = open_locked();
  if (is_open) write_module_records(&append);
  LogSink::Written written = LogSink::Written::kOverLimit;
  if (is_open && size != 0) written = g_file.append(line, size, true);
  if (written != LogSink::Written::kYes) ++g_left_out[static_cast<u8>(kind)];
  if (written == LogSink::Written::kNo) {
    say("gridlock: a finding could not be written to '");
    say_shown(g_file.name());
    say("'\n");
  }
  note_finding(line, size);
  if (is_open) say_where();
}

void leave_out(Kind kind) noexcept {
  if (host_takes_records()) return;
  if (g_mutex.is_mine()) return;
  const RawGuard guard(g_mutex);
  ++g_left_out[static_cast<u8>(kind)];
}

bool log_is_open() noexcept {
  if (host_takes_records()) return false;
  if (g_mutex.is_mine()) return false;
  const RawGuard guard(g_mutex);
  return is_open_locked();
}

void log_joins_tree() noexcept {
  const RawGuard guard(g_mutex);
  g_file.set_path(&options().log_path.value[0]);
  if (g_file.is_open()) begin_tree_log(nullptr, &append);
}

void close_log() noexcept {
  if (g_mutex.is_mine()) return;
  write_end_records();
  const RawGuard guard(g_mutex);
  if (!is_open_locked()) return;
  if (g_start_due) write_start();
  write_end();
}

void close_log_at_once() noexcept {
  if (!g_file.is_open() || g_start_due || g_start_pid != process_id()) return;
  if (!g_mutex.lock_until(now_ns() + kPatienceNs)) return;
  write_end();
  g_mutex.unlock();
}

void forked_log(bool in_tree) noexcept {
  bool own_path = false;
  for (const char* at = &options().log_path.value[0]; *at != 0 && !in_tree; ++at)
    own_path = own_path || (at[0] == '%' && at[1] == 'p');
  if (own_path) {
    g_file.leave();
    g_said = false;
    forget_module_records();
  }
  for (u64& count : g_left_out) count = 0;
  g_start_due = g_file.is_open();  // not yet: a fork that only calls exec leaves no trace
}

}  // namespace gridlock::internal
