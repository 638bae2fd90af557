// SPDX-License-Identifier: Apache-2.0
//
// Who a thread is for the kernel, where all threads are one: numbers and names of threads, and copies of the process.
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "harness/platform/syscall.h"
#include "harness/tsan_abi/engine.h"
#include "harness/tsan_abi/real.h"

namespace gridlock::internal::controlled {
namespace {

constexpr u32 kNameSize = 16;  // the kernel's

char g_names[kMaxThreads][kNameSize];

const Fiber* find(pthread_t thread) noexcept {
  for (u32 i = 0; i < g_engine.fiber_count; ++i) {
    if (g_fibers[i].self == thread) return &g_fibers[i];
  }
  return nullptr;
}

}  // namespace
}  // namespace gridlock::internal::controlled

// NOLINTNEXTLINE(google-build-using-namespace): libc's names follow
using namespace gridlock::internal::controlled;

// NOLINTBEGIN(readability-identifier-naming,readability-inconsistent-declaration-parameter-name): libc's names
extern "C" {

pid_t gettid() noexcept {
  const auto whole = static_cast<pid_t>(gridlock::internal::raw_syscall(SYS_gettid));
  return g_engine.on ? whole + static_cast<pid_t>(g_engine.current->number) : whole;
}

int pthread_setname_np(pthread_t thread, const char* name) noexcept {
  const Fiber* const fiber = g_engine.on ? find(thread) : nullptr;
  if (fiber == nullptr) return GRIDLOCK_REAL_FUNCTION(pthread_setname_np)(thread, name);
  if (strlen(name) >= kNameSize) return ERANGE;
  strncpy(g_names[fiber->number], name, kNameSize);
  return 0;
}

int pthread_getname_np(pthread_t thread, char* name, size_t size) noexcept {
  const Fiber* const fiber = g_engine.on ? find(thread) : nullptr;
  if (fiber == nullptr) return GRIDLOCK_REAL_FUNCTION(pthread_getname_np)(thread, name, size);
  if (size < kNameSize) return ERANGE;
  strncpy(name, g_names[fiber->number], kNameSize);
  if (name[0] == 0) prctl(PR_GET_NAME, name);  // a new thread has that of the one that made it
  return 0;
}

// Signals that watch an execution come to all threads alike.
int pthread_sigmask(int how, const sigset_t* __restrict set, sigset_t* __restrict before) noexcept {
  const auto real = GRIDLOCK_REAL_FUNCTION(pthread_sigmask);
  if (!g_engine.on || set == nullptr || how == SIG_UNBLOCK) return real(how, set, before);
  sigset_t others = *set;
  sigdelset(&others, SIGRTMAX - 2);
  sigdelset(&others, SIGRTMAX - 3);
  sigdelset(&others, SIGRTMAX - 4);
  return real(how, &others, before);
}

// The copy has one thread, which calls libc from here on, as everything that the program starts.
pid_t fork() noexcept {
  const pid_t child = GRIDLOCK_REAL_FUNCTION(fork)();
  if (child == 0) g_engine.on = kOff;
  return child;
}

}  // extern "C"
// NOLINTEND(readability-identifier-naming,readability-inconsistent-declaration-parameter-name)
