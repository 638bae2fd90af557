// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/findings/end_records.h"

#include "harness/platform/futex.h"
#include "harness/platform/raw_io.h"
#include "harness/runtime/core/options.h"
#include "harness/runtime/core/run_id.h"
#include "harness/runtime/findings/infeasible_records.h"
#include "harness/runtime/findings/log.h"
#include "harness/runtime/orders/learned_order.h"
#include "harness/runtime/registry/contention.h"
#include "harness/runtime/registry/process_graph.h"

namespace gridlock::internal {
namespace {

constexpr u64 kBufferSize = 256 * 1024;
constexpr u32 kMaxLocks = 64;
constexpr u32 kMaxPairs = 10'000;
constexpr u64 kPatienceNs = 200'000'000;

std::atomic<u32> g_written{0};
// Used by the one thread inside write_end_records(). Not the findings' buffer: a signal handler may
// have interrupted a thread that writes a finding.
char g_buffer[kBufferSize];
Mentioned g_mentioned;

void write_contention() noexcept {
  static ContentionFigures worst[kMaxLocks];  // one writer; too large for a signal stack
  const u32 count = worst_contention(&worst[0], kMaxLocks);
  for (u32 i = 0; i < count; ++i) {
    const ContentionFigures& lock = worst[i];
    const bool says_nothing = lock.waits.count == 0 && lock.holds.count == 0 &&
                              lock.acquisitions == 0 && lock.overtaken.readers == 0;
    if (says_nothing) continue;
    EndRecord record("contention");
    JsonWriter& json = record.json();
    record.object("object", lock.object);
    if (g_measure_holds) json.number("acquisitions", lock.acquisitions);
    json.number("waits", lock.waits.count);
    json.number("wait_ns", lock.waits.total_ns);
    json.number("longest_wait_ns", lock.waits.longest_ns);
    record.thread("longest_wait_thread", lock.waits.thread);
    if (lock.waits.stack != 0) write_stack(json, "longest_wait", lock.waits.stack);
    if (const Overtaken& worst_writer = lock.overtaken; worst_writer.readers != 0) {
      json.number("overtaken", worst_writer.readers);
      json.number("overtaken_ns", worst_writer.ns);
      record.thread("overtaken_thread", worst_writer.thread);
      if (worst_writer.stack != 0) write_stack(json, "overtaken_at", worst_writer.stack);
      if (worst_writer.still) json.boolean("overtaken_still", true);
    }
    if (!g_measure_holds) continue;
    json.number("holds", lock.holds.count);
    json.number("hold_ns", lock.holds.total_ns);
    json.number("longest_hold_ns", lock.holds.longest_ns);
    record.thread("longest_hold_thread", lock.holds.thread);
    if (lock.holds.stack != 0) write_stack(json, "longest_hold", lock.holds.stack);
  }
}

void write_learned_order() noexcept {
  if (!options().learned_order) return;
  if (!graph_mutex().lock_until(now_ns() + kPatienceNs)) return;
  u32 written = 0;
  for (u32 i = first_learned_edge(); i <= lock_order_graph().edges() && written < kMaxPairs; ++i) {
    const CycleStep edge = lock_order_graph().edge(i);
    if (!is_learned_order(edge)) continue;
    EndRecord record("order");
    record.object("from", edge.from);
    record.object("to", edge.to);
    record.thread("thread", edge.context.thread);
    write_stack(record.json(), "held_stack", edge.context.held_site);
    write_stack(record.json(), "wanted_stack", edge.context.wanted_site);
    ++written;
  }
  graph_mutex().unlock();
}

}  // namespace

EndRecord::EndRecord(const char* kind) noexcept {
  g_mentioned.clear();
  json_.begin(&g_buffer[0], kBufferSize);
  open_record(json_, kind, process_id());
}

EndRecord::~EndRecord() {
  json_.open_array("threads");
  for (u32 i = 0; i < thread_count_; ++i) {
    const ThreadRecord& thread = thread_record(threads_[i]);
    json_.open_object();
    write_thread_id(json_, "id", threads_[i]);
    json_.text("name", thread.object == 0 ? "" : name_text(object_info(thread.object).name));
    json_.number("os_id", static_cast<u64>(thread.os_id));
    json_.close_object();
  }
  json_.close_array();
  g_mentioned.describe(json_);
  json_.close_object();
  const u64 size = json_.end_line();
  if (size != 0) append_to_log(json_.data(), size);
}

void EndRecord::object(const char* key, ObjectId object) noexcept {
  if (object == 0) return;
  write_object_id(json_, key, object);
  mention(object);
}

void EndRecord::mention(ObjectId object) noexcept { g_mentioned.add(object); }

void EndRecord::thread(const char* key, u32 number) noexcept {
  if (number == 0) return;
  write_thread_id(json_, key, number);
  mention_thread(number);
}

void EndRecord::mention_thread(u32 number) noexcept {
  for (u32 i = 0; i < thread_count_; ++i) {
    if (threads_[i] == number) return;
  }
  if (thread_count_ < kMaxThreads) threads_[thread_count_++] = number;
}

void write_end_records() noexcept {
  if (!log_is_open() && !options().contention && !options().learned_order) return;
  if (g_written.exchange(1) != 0) return;
  write_infeasible_cycles();
  write_contention();
  write_learned_order();
}

void forked_end_records() noexcept {
  g_written.store(0);
  forget_contention();
  forget_learned_order();
  lock_order_graph().infeasible_cycles().forget();
}

}  // namespace gridlock::internal
