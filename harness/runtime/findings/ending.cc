// SPDX-License-Identifier: Apache-2.0
//
// exit(3) tells its handlers the code only through on_exit(3), and no handler can change it but by
// calling exit again: glibc then goes on with the handlers that are left and ends with the new code,
// so that whatever was registered is still called and every stream is flushed.
#include "harness/runtime/findings/ending.h"

#include <stdlib.h>
#include <unistd.h>

#include <atomic>

#include "harness/platform/raw_io.h"
#include "harness/platform/tsan.h"
#include "harness/platform/words.h"
#include "harness/runtime/core/host.h"
#include "harness/runtime/core/options.h"
#include "harness/runtime/findings/log.h"
#include "harness/runtime/findings/short_text.h"

// NOLINTBEGIN(readability-identifier-naming,bugprone-reserved-identifier): the names of libc and of
// the sanitizers
extern "C" {
__attribute__((weak)) void __interceptor__exit(int status);
}
// NOLINTEND(readability-identifier-naming,bugprone-reserved-identifier)

namespace gridlock::internal {
namespace {

constexpr u32 kMaxSaid = 10;
constexpr u32 kLineSize = 1024;
constexpr int kUnknown = -1;

std::atomic<u32> g_findings{0};
std::atomic<u32> g_said{0};
std::atomic<int> g_pid{0};            // whose findings they are: a vfork shares this memory
std::atomic<int> g_status{kUnknown};  // of exit

// A line for stderr, written at once.
struct Line {
  char room[kLineSize + 1];
  Words words{&room[0], kLineSize};

  void say() noexcept {
    u32 size = words.size();
    room[size++] = '\n';
    internal::say(&room[0], size);
  }
};

u32 findings() noexcept {
  const u32 count = g_findings.load(std::memory_order_relaxed);
  return count != 0 && g_pid.load() == process_id() ? count : 0;
}

bool g_end_said = false;

// "gridlock: 12 findings, 2 of them only in the log". False: there were none, or nobody is to know.
bool begin_end(Line& line) noexcept {
  const u32 count = findings();
  if (count == 0 || options().quiet || g_end_said) return false;
  line.words.text("gridlock: ").number(count);
  line.words.text(count == 1 ? " finding" : " findings");
  if (const u32 said = g_said.load(); count > said) {
    line.words.text(", ");
    line.words.number(count - said);
    line.words.text(" of them only in the log");
  }
  return true;
}

void on_exit_called(int status, void*) noexcept {
  g_status.store(status);
  say_end(status);
  const int code = exit_code_for(status);
  if (code == status) return;
  g_status.store(code);
  exit(code);
}

void on_quick_exit() noexcept {
  close_log();
  findings_are_complete();
  say_end(0);
  const int code = exit_code_for(0);
  if (code != 0) exit_now(code);
}

// The process that called _exit in this thread. ThreadSanitizer's _exit ends in ours where this library is between it and libc, so that ours is
// called a second time; a vfork shares this memory.
__thread int tls_leaving_pid __attribute__((tls_model("initial-exec"))) = 0;

[[noreturn]] void leave_at_once(int status) noexcept {
  if (tls_leaving_pid != 0 && tls_leaving_pid == process_id()) exit_now(status);
  tls_leaving_pid = process_id();
  close_log_at_once();
  findings_are_complete();
  say_end(status);
  const int code = exit_code_for(status);
  if (&__interceptor__exit != nullptr) __interceptor__exit(code);
  exit_now(code);
}

}  // namespace

void watch_exit() noexcept {
  on_exit(&on_exit_called, nullptr);
  at_quick_exit(&on_quick_exit);
}

// Shared libraries end after the program's static objects, and may find something yet. A library
// that is unloaded comes here, too, without an exit.
void finish_exit() noexcept {
  const int status = g_status.load();
  if (status == kUnknown) return;
  const int code = exit_code_for(status);
  if (code == status) return;
  say_end(status);
  g_status.store(code);
  exit(code);
}

void note_finding(const char* record, u64 size) noexcept {
  g_pid.store(process_id());
  g_findings.fetch_add(1);
  if (options().quiet || size == 0 || g_said.load() == kMaxSaid) return;
  g_said.fetch_add(1);
  char line[kLineSize];
  u32 at = Words(&line[0], sizeof line).text("gridlock: ").size();
  at += short_text(record, size, &line[at], kLineSize - 1 - at);
  line[at++] = '\n';
  say(&line[0], at);
}

void findings_are_complete() noexcept {
  if (findings() != 0) host_log_is_complete();
}

int exit_code_for(int code) noexcept {
  const bool is_good = (code & 0xff) == 0;  // the rest is lost on the way
  return is_good && findings() != 0 ? static_cast<int>(options().exit_code) : code;
}

int exit_code_of_the_stuck() noexcept {
  return options().exit_code != 0 ? static_cast<int>(options().exit_code) : 1;
}

void say_end(int own) noexcept {
  const int code = exit_code_for(own);
  Line line;
  if (!begin_end(line)) return;
  if (code != own) {
    line.words.text("; exit code ");
    line.words.number(static_cast<u32>(code));
    line.words.text(" in place of 0 (option exit_code)");
  } else if (own != 0 && !tsan_present() &&
             !host_shows_findings()) {  // which may put its own in place of it
    line.words.text("; exit code ");
    line.words.number(static_cast<u32>(own) & 0xff);
    line.words.text(" is the program's own");
  } else if (findings() == g_said.load()) {
    return;
  }
  g_end_said = true;
  line.say();
}

void say_end_of_the_stuck() noexcept {
  Line line;
  if (!begin_end(line)) return;
  g_end_said = true;
  line.words.text("; the process cannot go on and ends ");
  if (options().on_deadlock == OnDeadlock::kAbort) {
    line.words.text("by SIGABRT");
  } else {
    line.words.text("with exit code ");
    line.words.number(static_cast<u32>(exit_code_of_the_stuck()));
  }
  line.say();
}

void forked_ending() noexcept {
  g_findings.store(0);
  g_said.store(0);
  g_status.store(kUnknown);
  g_end_said = false;
}

}  // namespace gridlock::internal

// In place of libc's, for every call that was linked with this library. Both may be called in a
// signal handler, and in the child of a vfork.
// NOLINTBEGIN(readability-identifier-naming,bugprone-reserved-identifier): libc's names
extern "C" __attribute__((visibility("default"), used)) void _exit(int status) {
  gridlock::internal::leave_at_once(status);
}

extern "C" __attribute__((visibility("default"), used)) void _Exit(int status) noexcept {
  gridlock::internal::leave_at_once(status);
}
// NOLINTEND(readability-identifier-naming,bugprone-reserved-identifier)
