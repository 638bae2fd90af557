// SPDX-License-Identifier: Apache-2.0
//
// The functions that stand behind ours: those of the next library that has them, libc.
#pragma once

#include <pthread.h>
#include <semaphore.h>
#include <threads.h>
#include <unistd.h>

#include "harness/platform/base.h"

namespace gridlock::internal {

/// The table; each entry is nullptr until it has been looked for.
struct RealFunctions {
// NOLINTNEXTLINE(bugprone-macro-parentheses): a name
#define GRIDLOCK_REAL(name, version) decltype(&::name) name;
#include "harness/interpose/functions.def"
#undef GRIDLOCK_REAL
};
extern RealFunctions g_real;

void find_real_functions() noexcept;
/// False: another library stands between us and libc, and wants to hear of each call (g++'s ThreadSanitizer).
bool real_functions_are_libc() noexcept;

/// Also before this library was initialised.
GRIDLOCK_INLINE const RealFunctions& real() noexcept {
  if (GRIDLOCK_UNLIKELY(g_real.pthread_mutex_lock == nullptr)) find_real_functions();
  return g_real;
}

}  // namespace gridlock::internal
