// SPDX-License-Identifier: Apache-2.0
//
// A body that ends the process ends the test with it, which it does not mean. Of a program that is explored as a whole it is
// the end it has to come to: harness/whole_program/exits.cc stands in this file's place there.
#include <stdlib.h>
#include <unistd.h>

#include "harness/platform/syscall.h"
#include "harness/tsan_abi/crashes.h"
#include "harness/tsan_abi/engine.h"
#include "harness/tsan_abi/real.h"

// NOLINTNEXTLINE(google-build-using-namespace): libc's names follow
using namespace gridlock::internal::controlled;

// NOLINTBEGIN(readability-identifier-naming,readability-inconsistent-declaration-parameter-name,bugprone-reserved-identifier): libc's names
extern "C" {

void exit(int code) noexcept {
  if (g_engine.on) fail_by_call(Failure::kExit, " calls exit()");
  GRIDLOCK_REAL_FUNCTION(exit)(code);
  __builtin_unreachable();
}

// Weak: the observer of our own primitives has one, which writes its log.
__attribute__((weak)) void _exit(int code) {
  if (g_engine.on) fail_by_call(Failure::kExit, " calls _exit()");
  for (;;) gridlock::internal::raw_syscall(SYS_exit_group, code);
}

}  // extern "C"
// NOLINTEND(readability-identifier-naming,readability-inconsistent-declaration-parameter-name,bugprone-reserved-identifier)
