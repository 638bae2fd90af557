// SPDX-License-Identifier: Apache-2.0
//
// The one filter: is this operation ours to watch? Everything in this folder asks it first, and calls the
// real function if it is not.
#pragma once

#include <atomic>

#include "harness/runtime/operation.h"
#include "harness/runtime/registry/threads.h"

/// A function that stands in front of libc's.
#define GRIDLOCK_EXPORT __attribute__((visibility("default"), used))
/// One whose instructions count: it begins where the processor fetches from.
#define GRIDLOCK_HOT __attribute__((aligned(64)))

namespace gridlock::internal {

/// The observer is up in this process; set once, by start.cc.
extern std::atomic<bool> g_watching;
/// The calling thread is behind its own end: what it does is nobody's.
extern __thread bool tls_has_ended __attribute__((tls_model("initial-exec")));

/// The state of a thread that was not seen to start; nullptr: it is not to be watched.
ThreadState* meet_this_thread() noexcept;

/// The calling thread if what it does is to be watched, else nullptr: before the observer is up, in a
/// process that it leaves alone, inside the observer itself, and behind the end of a thread.
GRIDLOCK_INLINE ThreadState* watched_thread() noexcept {
  ThreadState* const state = tls_thread;
  if (GRIDLOCK_UNLIKELY(state == nullptr)) return meet_this_thread();
  return GRIDLOCK_LIKELY(!state->in_runtime) ? state : nullptr;
}

/// Where the stack of the calling thread begins and how large it is: only there frame pointers are
/// followed. A program's registers hold anything, and its coroutines run on memory of their own.
extern __thread uptr tls_stack_size __attribute__((tls_model("initial-exec")));
GRIDLOCK_INLINE bool is_on_own_stack(const ThreadState* state, uptr frame) noexcept {
  return state->stack_top - frame - 1 < tls_stack_size;
}

/// The frames of an acquisition (walk_frames), as far out as its callers are wrappers of a lock, which have small
/// frames: std::lock_guard without optimisation, a library's own mutex. Most code is compiled without frame pointers:
/// there the first look says so. In few instructions, and without a jump where there is one frame to follow.
GRIDLOCK_INLINE void walk_near_frames(const ThreadState* state, const void* frame,
                                      uptr* out) noexcept {
  constexpr uptr kLargest = 128;
  constexpr uptr kPage = 4096;
  const auto* words = static_cast<const uptr*>(frame);
  out[0] = words[1];
  out[1] = 0;
  uptr next = words[0];
  if (next - reinterpret_cast<uptr>(words) > kLargest) return;
  asm volatile(
      "");  // NOLINT(hicpp-no-assembler): or the compiler makes one longer condition of both
  if (GRIDLOCK_UNLIKELY((next & 7) != 0)) return;
  // What is so near can be read if it is in the same page. Else this frame is on the thread's own stack if the next one is.
  const bool page_may_end = reinterpret_cast<uptr>(words) % kPage >= kPage - 2 * kLargest;
  if (GRIDLOCK_UNLIKELY(page_may_end) && !is_on_own_stack(state, next)) return;
  words = reinterpret_cast<const uptr*>(next);
  out[1] = words[1];
  out[2] = 0;
  for (u32 n = 2;; out[n] = 0) {
    next = words[0];
    if (GRIDLOCK_LIKELY(next - reinterpret_cast<uptr>(words) > kLargest)) return;
    if ((next & 7) != 0 || !is_on_own_stack(state, next)) return;
    words = reinterpret_cast<const uptr*>(next);
    out[n] = words[1];
    if (++n == kSiteFrames) return;
  }
}

/// In a function that calls nothing, and is jumped to with the frame of who jumps (harness/interpose/CMakeLists.txt).
GRIDLOCK_INLINE void keep_frame() noexcept {
  asm volatile("" ::"r"(__builtin_frame_address(0)));  // NOLINT(hicpp-no-assembler)
}

/// The same number; but sums of it with different constants are made each by itself, in fewer instructions.
GRIDLOCK_INLINE u32 apart(u32 number) noexcept {
  asm("" : "+r"(number));  // NOLINT(hicpp-no-assembler)
  return number;
}

/// A frame that can be followed wherever the caller runs: its own, or one with the return address alone. As long as
/// it lives nothing else follows frames beyond the stack of a coroutine either.
class Frame {
 public:
  GRIDLOCK_INLINE Frame(ThreadState* state, const void* frame) noexcept
      : frame_(frame), alone_{0, reinterpret_cast<uptr>(caller_of(frame))} {
    const auto at = reinterpret_cast<uptr>(frame);
    if (GRIDLOCK_LIKELY(state != nullptr && is_on_own_stack(state, at))) return;
    frame_ = &alone_[0];
    if (state == nullptr) return;
    elsewhere_ = state;
    stack_top_ = state->stack_top;
    state->stack_top = 0;
  }
  GRIDLOCK_INLINE ~Frame() {
    if (GRIDLOCK_UNLIKELY(elsewhere_ != nullptr)) elsewhere_->stack_top = stack_top_;
  }
  Frame(const Frame&) = delete;
  Frame& operator=(const Frame&) = delete;
  GRIDLOCK_INLINE const void* address() const noexcept { return frame_; }
  GRIDLOCK_INLINE const void* caller() const noexcept { return caller_of(frame_); }

 private:
  const void* frame_;
  uptr alone_[2];
  ThreadState* elsewhere_ = nullptr;
  uptr stack_top_ = 0;
};

/// The size of the main thread's stack, and of others unless they are given one.
uptr usual_stack_size() noexcept;

}  // namespace gridlock::internal
