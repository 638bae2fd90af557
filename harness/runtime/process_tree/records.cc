// SPDX-License-Identifier: Apache-2.0
//
// The records `process` and `process-end` (docs/design/wire.md). A program whose log is made with
// its first finding has none before, and any process of the tree may make it. So the process that
// opens the log writes the records of all processes so far; each later one writes its own.
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
                    const TreeProcess& process) noexcept {
  json.begin(buffer, kRecordSize);
  open_record(json, record, process.pid.load());
  json.id("id", 'P', process.number);
}

u64 begin_record(const TreeProcess& process, char* buffer) noexcept {
  JsonWriter json;
  open_record_of(json, buffer, "process", process);
  json.number("parent_pid", static_cast<u64>(process.parent_pid));
  json.text("name", &process.name[0]);
  json.boolean("daemon", process.daemon);
  json.close_object();
  return json.end_line();
}

u64 end_record(const TreeProcess& process, char* buffer) noexcept {
  JsonWriter json;
  open_record_of(json, buffer, "process-end", process);
  const int status = static_cast<int>(process.wait_status.load());
  if (status != kStatusUnknown && WIFEXITED(status))
    json.number("exit_code", static_cast<u64>(WEXITSTATUS(status)));
  if (status != kStatusUnknown && WIFSIGNALED(status))
    json.number("signal", static_cast<u64>(WTERMSIG(status)));
  json.close_object();
  return json.end_line();
}

bool ended_after_fork(const TreeProcess& process) noexcept {
  return process.now() == ProcessState::kEnded && process.pid.load() != 0;
}

/// True once, as soon as the record may be written.
bool take(bool& written, bool ready) noexcept {
  const bool now = ready && !written;
  written = written || now;
  return now;
}

}  // namespace

void begin_tree_log(void (*write_start)(int pid),
                    void (*append)(const char* line, u64 size)) noexcept {
  TreeHeader* const tree = tree_header();
  const RobustGuard guard(tree->log);
  if (tree->log_begun.load()) return;
  if (write_start != nullptr) write_start(tree_process(1).pid.load());
  char line[kRecordSize];
  for (u32 number = 1; number <= process_count(); ++number) {
    TreeProcess& each = tree_process(number);
    if (take(each.begin_written, each.now() == ProcessState::kRunning || ended_after_fork(each)))
      append(&line[0], begin_record(each, &line[0]));
    if (take(each.end_written, ended_after_fork(each)))
      append(&line[0], end_record(each, &line[0]));
  }
  tree->log_begun.store(true);
}

bool tree_log_begun() noexcept { return this_process() != 0 && tree_header()->log_begun.load(); }

void write_process_record(TreeProcess& process, bool end) noexcept {
  TreeHeader* const tree = tree_header();
  bool due = false;
  {
    const RobustGuard guard(tree->log);
    due = take(end ? process.end_written : process.begin_written, tree->log_begun.load());
  }
  if (!due) return;
  char line[kRecordSize];
  const u64 size = end ? end_record(process, &line[0]) : begin_record(process, &line[0]);
  append_to_log(&line[0], size);
}

}  // namespace gridlock::internal
