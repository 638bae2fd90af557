// SPDX-License-Identifier: Apache-2.0
#include <sys/resource.h>

#include "harness/interpose/mark.h"
#include "harness/interpose/real.h"
#include "harness/interpose/threads.h"
#include "harness/interpose/watch.h"
#include "harness/platform/mutex_ranks.h"
#include "harness/platform/stacks.h"
#include "harness/runtime/core/host.h"
#include "harness/runtime/core/start.h"
#include "harness/runtime/fork.h"
#include "harness/runtime/process_tree/followed.h"

namespace gridlock::internal {

constinit std::atomic<bool> g_watching{false};
__thread uptr tls_stack_size __attribute__((tls_model("initial-exec"))) = 0;

namespace {

uptr g_stack_size = 0;
constinit RawMutex& g_mutex = mutex_of(MutexRank::kHost);
std::atomic<bool> g_is_up{false};
// What the observer itself does meanwhile is not watched.
__thread bool tls_is_coming_up __attribute__((tls_model("initial-exec"))) = false;

// glibc's threads get as much as the limit was when the program began.
uptr limit_of_stack() noexcept {
  constexpr uptr kLeast = 1u << 16;
  constexpr uptr kMax = 8u << 20;
  rlimit limit{};
  if (getrlimit(RLIMIT_STACK, &limit) != 0) return kLeast;
  return limit.rlim_cur < kMax ? limit.rlim_cur : kMax;
}

// It does something once, and asks pthread_once for that: not while it works for the observer.
void warm_up_unwinder() noexcept {
  uptr frames[4];
  unwind_stack(&frames[0], 4, 0);
}

bool come_up_locked() noexcept {
  ensure_runtime();
  if (!init_thread_names() || !init_marks()) return false;
  g_site_frames = kSiteFrames;  // nobody knows how the program was compiled
  g_fast_keeps_all_frames = real_functions_are_libc();
  if (tls_thread != nullptr) set_fast_limit(tls_thread);
  warm_up_unwinder();
  return true;
}

// By the first operation that is to be watched.
GRIDLOCK_NOINLINE bool come_up() noexcept {
  const RawGuard guard(g_mutex);
  if (g_is_up.load(std::memory_order_relaxed)) return true;
  tls_is_coming_up = true;
  const bool is_up = come_up_locked();
  tls_is_coming_up = false;
  if (is_up) {
    g_is_up.store(true, std::memory_order_release);
  } else {
    g_watching.store(false);
  }
  return is_up;
}

// Behind the runtime's own (runtime/start.cc).
__attribute__((constructor(102))) void start() noexcept {
  if (!host_wants_observer()) return;
  find_real_functions();
  remember_followed_memory();
  g_stack_size = limit_of_stack();
  tls_stack_size = g_stack_size;
  if (runtime_is_up() && !come_up()) return;
  g_watching.store(true, std::memory_order_release);
}

}  // namespace

uptr usual_stack_size() noexcept { return g_stack_size; }

ThreadState* meet_this_thread() noexcept {
  if (!g_watching.load(std::memory_order_acquire) || tls_has_ended || tls_is_coming_up ||
      is_forking_here())
    return nullptr;
  if (GRIDLOCK_UNLIKELY(!g_is_up.load(std::memory_order_acquire)) && !come_up()) return nullptr;
  return register_this_thread();
}

}  // namespace gridlock::internal
