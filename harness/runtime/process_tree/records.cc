// SPDX-License-Identifier: Apache-2.0
//
// The records `process` and `process-end` (docs/design/wire.md). A program whose log is made with
// its first finding has none before, and the process that makes it may be any of the family. So
// whoever opens the log writes what is known of everybody; who comes later writes for himself.
#include <signal.h>
#include <sys/wait.h>

#include "harness/platform/processes.h"
#include "harness/runtime/core/json_writer.h"
#include "harness/runtime/core/process_number.h"
#include "harness/runtime/core/run_id.h"
#include "harness/runtime/findings/log.h"
#include "harness/runtime/findings/process_tree.h"
#include "harness/runtime/process_tree/tree.h"

namespace gridlock::internal {
namespace {

constexpr u64 kRecordSize = 2048;  // six bytes for one of a name

void open_record_of(JsonWriter& json, char* buffer, const char* record,
                    const Member& member) noexcept {
  json.begin(buffer, kRecordSize);
  open_record(json, record, member.pid.load());
  json.id("id", 'P', member.number);
}

u64 begin_record(const Member& member, char* buffer) noexcept {
  JsonWriter json;
  open_record_of(json, buffer, "process", member);
  json.number("parent_pid", static_cast<u64>(member.parent_pid));
  json.text("name", &member.name[0]);
  json.boolean("daemon", member.daemon);
  json.close_object();
  return json.end_line();
}

u64 end_record(const Member& member, char* buffer) noexcept {
  JsonWriter json;
  open_record_of(json, buffer, "process-end", member);
  const int status = static_cast<int>(member.wait_status.load());
  if (status != kStatusUnknown && WIFEXITED(status))
    json.number("exit_code", static_cast<u64>(WEXITSTATUS(status)));
  if (status != kStatusUnknown && WIFSIGNALED(status))
    json.number("signal", static_cast<u64>(WTERMSIG(status)));
  json.close_object();
  return json.end_line();
}

bool ended_after_fork(const Member& member) noexcept {
  return member.now() == MemberState::kEnded && member.pid.load() != 0;
}

/// True once, as soon as the record may be written.
bool take(bool& written, bool ready) noexcept {
  const bool now = ready && !written;
  written = written || now;
  return now;
}

}  // namespace

void begin_family_log(void (*write_start)(int pid),
                      void (*append)(const char* line, u64 size)) noexcept {
  FamilyHeader* const family = family_header();
  const RobustGuard guard(family->log);
  if (family->log_begun.load()) return;
  if (write_start != nullptr) write_start(member(1).pid.load());
  char line[kRecordSize];
  for (u32 number = 1; number <= member_count(); ++number) {
    Member& each = member(number);
    if (take(each.begin_written, each.now() == MemberState::kRunning || ended_after_fork(each)))
      append(&line[0], begin_record(each, &line[0]));
    if (take(each.end_written, ended_after_fork(each)))
      append(&line[0], end_record(each, &line[0]));
  }
  family->log_begun.store(true);
}

bool family_log_begun() noexcept {
  return this_process() != 0 && family_header()->log_begun.load();
}

void write_member_record(Member& member, bool end) noexcept {
  FamilyHeader* const family = family_header();
  bool due = false;
  {
    const RobustGuard guard(family->log);
    due = take(end ? member.end_written : member.begin_written, family->log_begun.load());
  }
  if (!due) return;
  char line[kRecordSize];
  const u64 size = end ? end_record(member, &line[0]) : begin_record(member, &line[0]);
  append_to_log(&line[0], size);
}

}  // namespace gridlock::internal
