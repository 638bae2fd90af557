// SPDX-License-Identifier: Apache-2.0
//
// What is left to do when a thread is cancelled in a call that it makes here. The observer is compiled without
// exceptions, so libc's macros use setjmp: what changes between the two and is read in the body has to be volatile,
// or its address has to be known elsewhere.
#pragma once

#include <pthread.h>

// NOLINTBEGIN(cppcoreguidelines-macro-usage): libc's are two halves of a block as well
#define GRIDLOCK_IF_CANCELLED(...)                                                  \
  auto gridlock_if_cancelled = [&]() noexcept __VA_ARGS__;                          \
  pthread_cleanup_push(                                                             \
      [](void* body) { (*static_cast<decltype(gridlock_if_cancelled)*>(body))(); }, \
      &gridlock_if_cancelled)
#define GRIDLOCK_END_IF_CANCELLED pthread_cleanup_pop(0)
// NOLINTEND(cppcoreguidelines-macro-usage)
