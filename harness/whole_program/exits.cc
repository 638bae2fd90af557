// SPDX-License-Identifier: Apache-2.0
//
// exit() and its like. Destructors of static objects, and what was registered by atexit(), run as steps of the thread that
// ends the program, while others go on as they do in a process; the last of it is ours, and ends the execution. An exit code
// other than 0 is a failure.
#include "harness/whole_program/exits.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "harness/platform/syscall.h"
#include "harness/tsan_abi/crashes.h"
#include "harness/tsan_abi/engine.h"
#include "harness/tsan_abi/real.h"

namespace gridlock::internal::controlled {
namespace {

constexpr u32 kExit = 0x60010000;

i64 g_process = 0;
const Fiber* g_exits = nullptr;  // the thread that is in exit()
int g_quick_code = 0;

// Not a process that the program made by fork() or vfork().
bool is_execution() noexcept { return g_engine.on && raw_syscall(SYS_getpid) == g_process; }

[[noreturn]] void end_with(int code) noexcept {
  const auto told = static_cast<u64>(code) & 0xff;
  if (told == 0) end_program();
  Text text = failing();
  text.text("  ").thread(g_engine.current->number).text(" ends the program with exit code ");
  text.number(told).text("\n");
  describe_callers(text);
  fail(Failure::kExit);
}

// The first that is registered runs last, behind the destructors of all libraries.
void at_the_end(int code, void* /*unused*/) {
  if (!is_execution()) return;
  fflush(nullptr);
  end_with(code);
}

void at_the_quick_end() {
  if (is_execution()) end_with(g_quick_code);
}

// One thread ends the program; another one that wants to as well waits until it is over.
void begin_exit() noexcept {
  point({reinterpret_cast<uptr>(&g_exits), true}, kExit);
  if (g_exits == nullptr) g_exits = g_engine.current;
  while (g_exits != g_engine.current) block(Wait::kProcessEnd, nullptr, kNever, 0);
}

}  // namespace

void watch_exits() noexcept {
  on_exit(at_the_end, nullptr);
  at_quick_exit(at_the_quick_end);
}

void program_begins() noexcept { g_process = raw_syscall(SYS_getpid); }

}  // namespace gridlock::internal::controlled

// NOLINTNEXTLINE(google-build-using-namespace): libc's names follow
using namespace gridlock::internal::controlled;

// NOLINTBEGIN(readability-identifier-naming,readability-inconsistent-declaration-parameter-name,bugprone-reserved-identifier,cert-dcl37-c): libc's names
extern "C" {

void exit(int code) noexcept {
  if (is_execution()) {
    begin_exit();
    destroy_thread_locals(*g_engine.current);
  }
  GRIDLOCK_REAL_FUNCTION(exit)(code);
  __builtin_unreachable();
}

void quick_exit(int code) noexcept {
  if (is_execution()) begin_exit();
  g_quick_code = code;
  GRIDLOCK_REAL_FUNCTION(quick_exit)(code);
  __builtin_unreachable();
}

void _exit(int code) {
  if (is_execution()) {
    begin_exit();
    end_with(code);
  }
  for (;;) gridlock::internal::raw_syscall(SYS_exit_group, code);
}

void _Exit(int code) noexcept { _exit(code); }

}  // extern "C"
// NOLINTEND(readability-identifier-naming,readability-inconsistent-declaration-parameter-name,bugprone-reserved-identifier,cert-dcl37-c)
