// SPDX-License-Identifier: Apache-2.0
//
// What we tell ThreadSanitizer about our own locks (sanitizer/tsan_interface.h). The functions are
// weak: in a program without ThreadSanitizer they are absent and the calls vanish behind one
// branch.
#pragma once

#include "harness/platform/base.h"

// NOLINTBEGIN(readability-identifier-naming,bugprone-reserved-identifier): ThreadSanitizer's names
extern "C" {
__attribute__((weak)) void __tsan_mutex_create(void* addr, unsigned flags);
__attribute__((weak)) void __tsan_mutex_destroy(void* addr, unsigned flags);
__attribute__((weak)) void __tsan_mutex_pre_lock(void* addr, unsigned flags);
__attribute__((weak)) void __tsan_mutex_post_lock(void* addr, unsigned flags, int recursion);
__attribute__((weak)) void AnnotateRWLockReleased(const char* file, int line, void* addr,
                                                  unsigned long exclusive);
__attribute__((weak)) void __tsan_acquire(void* addr);
__attribute__((weak)) void __tsan_release(void* addr);
__attribute__((weak)) void __tsan_ignore_thread_begin();
__attribute__((weak)) void __tsan_ignore_thread_end();
__attribute__((weak)) void AnnotateIgnoreSyncBegin(const char* file, int line);
__attribute__((weak)) void AnnotateIgnoreSyncEnd(const char* file, int line);
__attribute__((weak)) void __tsan_read4_pc(void* address, void* pc);
__attribute__((weak)) void __tsan_write4_pc(void* address, void* pc);
}
// NOLINTEND(readability-identifier-naming,bugprone-reserved-identifier)

namespace gridlock::internal {

/// True when this process runs under ThreadSanitizer.
GRIDLOCK_INLINE bool tsan_present() noexcept { return &__tsan_acquire != nullptr; }

/// The return address of the function with this __builtin_frame_address(0).
GRIDLOCK_INLINE const void* caller_of(const void* frame) noexcept {
  return static_cast<const void* const*>(frame)[1];
}

/// An address of the call that returns there. ThreadSanitizer takes what it is given here as it is.
GRIDLOCK_INLINE void* inside_call(const void* caller) noexcept {
  return const_cast<char*>(static_cast<const char*>(caller) - 1);
}

/// Where the public function was called that tells ThreadSanitizer something now; nullptr: nobody tells
/// it anything. We are not instrumented, so the stack in a report about a lock has our function, and then
/// the caller of its caller (tsan_hook.cc).
// NOLINTNEXTLINE: __thread and not thread_local, which would be reached through a (weak) wrapper
extern __thread const void* tls_told_from __attribute__((tls_model("initial-exec")));

class TsanCall {
 public:
  GRIDLOCK_INLINE explicit TsanCall(const void* caller) noexcept { tls_told_from = caller; }
  GRIDLOCK_INLINE ~TsanCall() { tls_told_from = nullptr; }
  TsanCall(const TsanCall&) = delete;
  TsanCall& operator=(const TsanCall&) = delete;
};

inline constexpr unsigned kTsanReadLock = 1u << 3;  // __tsan_mutex_read_lock
inline constexpr unsigned kTsanTryLock = 1u << 4;   // __tsan_mutex_try_lock

/// The lock at `address` was acquired. Called after the acquisition, so that an acquisition that
/// throws leaves nothing unbalanced; the try flag tells ThreadSanitizer that there was no blocking
/// request before. `caller`: of the public function.
GRIDLOCK_INLINE void tsan_locked(void* address,
                                 const void* caller = __builtin_return_address(0)) noexcept {
  if (&__tsan_mutex_pre_lock == nullptr) return;
  const TsanCall call(caller);
  __tsan_mutex_pre_lock(address, kTsanTryLock);
  __tsan_mutex_post_lock(address, kTsanTryLock, 0);
}

/// The lock at `address` is about to be released. The older annotation says in one call what
/// __tsan_mutex_pre_unlock and _post_unlock say in two; what comes between those two matters only to
/// instrumented code. There is no such short form of tsan_locked(): AnnotateRWLockAcquired also feeds
/// ThreadSanitizer's own deadlock detector, and each cycle would be reported twice.
GRIDLOCK_INLINE void tsan_unlocking(void* address,
                                    const void* caller = __builtin_return_address(0)) noexcept {
  if (&AnnotateRWLockReleased == nullptr) return;
  const TsanCall call(caller);
  AnnotateRWLockReleased(nullptr, 0, address, 1);
}

/// The same for a shared hold.
GRIDLOCK_INLINE void tsan_locked_shared(void* address,
                                        const void* caller = __builtin_return_address(0)) noexcept {
  if (&__tsan_mutex_pre_lock == nullptr) return;
  const TsanCall call(caller);
  __tsan_mutex_pre_lock(address, kTsanReadLock | kTsanTryLock);
  __tsan_mutex_post_lock(address, kTsanReadLock | kTsanTryLock, 0);
}
GRIDLOCK_INLINE void tsan_unlocking_shared(
    void* address, const void* caller = __builtin_return_address(0)) noexcept {
  if (&AnnotateRWLockReleased == nullptr) return;
  const TsanCall call(caller);
  AnnotateRWLockReleased(nullptr, 0, address, 0);
}

GRIDLOCK_INLINE void tsan_destroyed(void* address,
                                    const void* caller = __builtin_return_address(0)) noexcept {
  if (&__tsan_mutex_destroy == nullptr) return;
  const TsanCall call(caller);
  __tsan_mutex_destroy(address, 0);
}

/// An operation that was called from `caller` (a return address) looks into the object at `address`, which
/// is aligned to 4. For ThreadSanitizer it is a read that its caller makes: it races with tsan_ended() and
/// with free(), as the operation does, and neither races with another operation, because none of them is
/// told as a write, nor orders anything. Not before a tsan_locked() or tsan_unlocking(), which say the
/// same.
GRIDLOCK_INLINE void tsan_touched(const void* address,
                                  const void* caller = __builtin_return_address(0)) noexcept {
  if (GRIDLOCK_LIKELY(!tsan_present())) return;
  __tsan_read4_pc(const_cast<void*>(address), inside_call(caller));
}
/// The object there is destroyed: a write, which races with every operation that is not over and ordered
/// before it.
GRIDLOCK_INLINE void tsan_ended(void* address,
                                const void* caller = __builtin_return_address(0)) noexcept {
  if (GRIDLOCK_LIKELY(!tsan_present())) return;
  __tsan_write4_pc(address, inside_call(caller));
}

// The same from files that are compiled like user code: where they are instrumented the compiler has
// said it already.
#if defined(__SANITIZE_THREAD__)
#define GRIDLOCK_INSTRUMENTED 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define GRIDLOCK_INSTRUMENTED 1
#endif
#endif
#if defined(GRIDLOCK_INSTRUMENTED)
GRIDLOCK_INLINE void tsan_touched_by_user(const void*) noexcept {}
GRIDLOCK_INLINE void tsan_ended_by_user(void*) noexcept {}
#else
GRIDLOCK_INLINE void tsan_touched_by_user(const void* address) noexcept {
  tsan_touched(address, __builtin_return_address(0));
}
GRIDLOCK_INLINE void tsan_ended_by_user(void* address) noexcept {
  tsan_ended(address, __builtin_return_address(0));
}
#endif

/// What happened before tsan_release(a) in any thread is ordered before what comes after
/// tsan_acquire(a).
GRIDLOCK_INLINE void tsan_acquire(void* address) noexcept {
  if (&__tsan_acquire != nullptr) __tsan_acquire(address);
}
GRIDLOCK_INLINE void tsan_release(void* address) noexcept {
  if (&__tsan_release != nullptr) __tsan_release(address);
}

/// A stretch in which libc may be called (the unwinder, malloc inside it) without ThreadSanitizer
/// seeing accesses or synchronisation. About 39 ns: for slow paths.
class TsanBlind {
 public:
  GRIDLOCK_INLINE TsanBlind() noexcept {
    if (&__tsan_ignore_thread_begin == nullptr) return;
    __tsan_ignore_thread_begin();
    AnnotateIgnoreSyncBegin(nullptr, 0);
  }
  GRIDLOCK_INLINE ~TsanBlind() {
    if (&__tsan_ignore_thread_begin == nullptr) return;
    AnnotateIgnoreSyncEnd(nullptr, 0);
    __tsan_ignore_thread_end();
  }
  TsanBlind(const TsanBlind&) = delete;
  TsanBlind& operator=(const TsanBlind&) = delete;
};

}  // namespace gridlock::internal
