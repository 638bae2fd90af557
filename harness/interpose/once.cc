// SPDX-License-Identifier: Apache-2.0
//
// pthread_once, so std::call_once, and C11's call_once. glibc does it; here its function runs ours, which runs the program's.
// However that ends (return, exception, the end of the thread) the flag's body is over: a frame of our own lies between the two,
// whose personality routine is asked by whatever unwinder goes through it.
#include <pthread.h>
#include <threads.h>

#include "harness/interpose/mark.h"
#include "harness/interpose/once_flags.h"
#include "harness/interpose/real.h"
#include "harness/interpose/watch.h"

namespace gridlock::internal {
namespace {

struct Running {
  Running* outer;
  OnceCall* call;
  OnceEntry* entry;
  ThreadState* state;
  void (*function)();
  bool ran;
};
__thread Running* tls_running __attribute__((tls_model("initial-exec"))) = nullptr;

void body_is_over(bool succeeded) noexcept {
  Running* const running = tls_running;
  once_body_is_over(running->state, *running->entry, succeeded);
  running->ran = true;
  tls_running = running->outer;
}

}  // namespace
}  // namespace gridlock::internal

// NOLINTNEXTLINE(google-build-using-namespace): outside the wall
using namespace gridlock::internal;

namespace gridlock::internal {
/// function(), in the frame that says when it is left by an exception.
void call_once_body(void (*function)());
}  // namespace gridlock::internal

extern "C" {

/// The search for a handler goes on, and so does the unwinding: nothing is done here but to take note. So the unwinder may be
/// that of any library.
__attribute__((used, visibility("hidden"))) int gridlock_once_personality(int, int actions, u64,
                                                                          void*, void*) {
  constexpr int kCleanup = 2;
  constexpr int kGoOn = 8;
  if ((actions & kCleanup) != 0) body_is_over(false);
  return kGoOn;
}
}

asm(R"(
  .text
  .hidden _ZN8gridlock8internal14call_once_bodyEPFvvE
  .globl _ZN8gridlock8internal14call_once_bodyEPFvvE
  .type _ZN8gridlock8internal14call_once_bodyEPFvvE, %function
_ZN8gridlock8internal14call_once_bodyEPFvvE:
  .cfi_startproc
  .cfi_personality 0x1b, gridlock_once_personality
)"
#if defined(__x86_64__)
    R"(
  push %rbp
  .cfi_def_cfa_offset 16
  .cfi_offset %rbp, -16
  mov %rsp, %rbp
  .cfi_def_cfa_register %rbp
  call *%rdi
  pop %rbp
  .cfi_def_cfa %rsp, 8
  ret
)"
#elif defined(__aarch64__)
    R"(
  stp x29, x30, [sp, -16]!
  .cfi_def_cfa_offset 16
  .cfi_offset x29, -16
  .cfi_offset x30, -8
  mov x29, sp
  blr x0
  ldp x29, x30, [sp], 16
  .cfi_def_cfa_offset 0
  ret
)"
#endif
    R"(
  .cfi_endproc
  .size _ZN8gridlock8internal14call_once_bodyEPFvvE, .-_ZN8gridlock8internal14call_once_bodyEPFvvE
)");

namespace gridlock::internal {
namespace {

// glibc's word: a bit says that it is done, another that it is being done. That of ThreadSanitizer's function, which wants to hear
// of each call: 1.
bool is_done(const void* control) noexcept {
  const int word = __atomic_load_n(static_cast<const pthread_once_t*>(control), __ATOMIC_ACQUIRE);
  return g_fast_keeps_all_frames ? (word & 2) != 0 : word == 1;
}

// For glibc to call.
void run_body() {
  Running* const running = tls_running;
  running->call->body_begins();
  call_once_body(running->function);
  body_is_over(true);
}

GRIDLOCK_NOINLINE int call_slowly(ThreadState* state, pthread_once_t* control, void (*function)(),
                                  const void* own_frame) {
  OnceEntry* const entry = find_once(control, true);
  if (entry == nullptr) return real().pthread_once(control, function);
  OnceCall call(state, *entry, &is_done, own_frame);
  Running running{tls_running, &call, entry, state, function, false};
  tls_running = &running;
  int error = 0;
  call.ask([&] { error = real().pthread_once(control, &run_body); });
  tls_running = running.outer;
  if (!running.ran) {
    call.passes();
  } else if (once_is_done(*entry)) {
    g_loud_onces.fetch_add(1);
  }
  return error;
}

GRIDLOCK_INLINE int call_once(pthread_once_t* control, void (*function)(), const void* frame) {
  ThreadState* const state = watched_thread();
  if (state == nullptr) return real().pthread_once(control, function);
  if (!is_done(control)) return call_slowly(state, control, function, frame);
  if (g_loud_onces.load(std::memory_order_relaxed) != 0) {
    if (OnceEntry* const entry = find_once(control, false)) pass_once(state, *entry, frame);
  }
  return g_fast_keeps_all_frames ? 0 : real().pthread_once(control, function);
}

}  // namespace
}  // namespace gridlock::internal

// NOLINTBEGIN(readability-identifier-naming,readability-inconsistent-declaration-parameter-name): libc's names
extern "C" {

GRIDLOCK_EXPORT int pthread_once(pthread_once_t* control, void (*function)()) {
  return gridlock::internal::call_once(control, function, __builtin_frame_address(0));
}

// In glibc it is a pthread_once_t, too.
GRIDLOCK_EXPORT void call_once(once_flag* flag, void (*function)()) {
  gridlock::internal::call_once(reinterpret_cast<pthread_once_t*>(flag), function,
                                __builtin_frame_address(0));
}

}  // extern "C"
// NOLINTEND(readability-identifier-naming,readability-inconsistent-declaration-parameter-name)
