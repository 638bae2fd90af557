// SPDX-License-Identifier: Apache-2.0
#include <sys/resource.h>

#include "harness/interpose/mark.h"
#include "harness/interpose/real.h"
#include "harness/interpose/threads.h"
#include "harness/interpose/watch.h"
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
  ThreadState* const state = this_thread();
  state->in_runtime = true;
  unwind_stack(&frames[0], 4, 0);
  state->in_runtime = false;
}

// Behind the runtime's own (runtime/start.cc).
__attribute__((constructor(102))) void start() noexcept {
  if (!host_wants_observer()) return;
  find_real_functions();
  remember_followed_memory();
  if (!init_thread_names() || !init_marks()) return;
  g_site_frames = kSiteFrames;  // nobody knows how the program was compiled
  g_fast_keeps_all_frames = real_functions_are_libc();
  g_stack_size = limit_of_stack();
  tls_stack_size = g_stack_size;
  set_fast_limit(this_thread());
  warm_up_unwinder();
  g_watching.store(true, std::memory_order_release);
}

}  // namespace

uptr usual_stack_size() noexcept { return g_stack_size; }

ThreadState* meet_this_thread() noexcept {
  if (!g_watching.load(std::memory_order_acquire) || tls_has_ended || is_forking_here())
    return nullptr;
  return register_this_thread();
}

}  // namespace gridlock::internal
