// SPDX-License-Identifier: Apache-2.0
//
// What code that has primitives of its own tells ThreadSanitizer (sanitizer/tsan_interface.h): that something was
// acquired and released, what it touches, and stretches in which nothing is to be seen. None of it is a point: whoever
// has such primitives says himself where another thread may go first (Gridlock's own: controlled/control.cc), or they
// are made of atomic objects, which are points.
#include "harness/tsan_abi/objects.h"
#include "harness/tsan_abi/shadow.h"

namespace gridlock::internal::controlled {
namespace {

constexpr unsigned kReadLock = 1u << 3;
constexpr unsigned kTryLockFailed = 1u << 5;

u32 g_blind = 0;             // stretches, one in the other: no other thread runs within one
u32 g_blind_generation = 0;  // of g_blind: a failure may have left one in the middle

SyncObject& annotated(const void* address) noexcept {
  return object_at(address, ObjectKind::kAnnotated);
}

void acquire(const void* address, bool alone) noexcept {
  const SyncObject& object = annotated(address);
  acquire_from(object.released);
  if (alone) acquire_from(object.read);
}

void release(const void* address, bool alone) noexcept {
  SyncObject& object = annotated(address);
  if (alone) {
    release_into(object.released);
  } else {
    release_into(object.read);
  }
}

void begin_blind() noexcept {
  Engine& engine = g_engine;
  if (g_blind_generation != engine.generation) g_blind = 0;
  g_blind_generation = engine.generation;
  if (g_blind == 0 && !engine.on) return;
  ++g_blind;
  engine.on = kOff;
}

void end_blind() noexcept {
  if (g_blind == 0 || g_blind_generation != g_engine.generation) return;
  if (--g_blind == 0) g_engine.on = g_engine.kind;
}

}  // namespace
}  // namespace gridlock::internal::controlled

// NOLINTNEXTLINE(google-build-using-namespace): ThreadSanitizer's names follow
using namespace gridlock::internal::controlled;
using gridlock::internal::uptr;

// NOLINTBEGIN(readability-identifier-naming,readability-inconsistent-declaration-parameter-name,bugprone-reserved-identifier,cert-dcl37-c): ThreadSanitizer's names
extern "C" {

void __tsan_mutex_create(void* object, unsigned /*flags*/) {
  if (g_engine.on) forget_object(object, ObjectKind::kAnnotated);
}
void __tsan_mutex_destroy(void* object, unsigned /*flags*/) {
  if (g_engine.on) forget_object(object, ObjectKind::kAnnotated);
}
void __tsan_mutex_pre_lock(void* /*object*/, unsigned /*flags*/) {}
void __tsan_mutex_post_lock(void* object, unsigned flags, int /*recursion*/) {
  if (g_engine.on && (flags & kTryLockFailed) == 0) acquire(object, (flags & kReadLock) == 0);
}
int __tsan_mutex_pre_unlock(void* object, unsigned flags) {
  if (g_engine.on) release(object, (flags & kReadLock) == 0);
  return 0;
}
void __tsan_mutex_post_unlock(void* /*object*/, unsigned /*flags*/) {}
void __tsan_mutex_pre_signal(void* /*object*/, unsigned /*flags*/) {}
void __tsan_mutex_post_signal(void* /*object*/, unsigned /*flags*/) {}
void __tsan_mutex_pre_divert(void* /*object*/, unsigned /*flags*/) {}
void __tsan_mutex_post_divert(void* /*object*/, unsigned /*flags*/) {}

void AnnotateRWLockAcquired(const char* /*file*/, int /*line*/, void* object,
                            unsigned long exclusive) {
  if (g_engine.on) acquire(object, exclusive != 0);
}
void AnnotateRWLockReleased(const char* /*file*/, int /*line*/, void* object,
                            unsigned long exclusive) {
  if (g_engine.on) release(object, exclusive != 0);
}

void __tsan_acquire(void* object) {
  if (g_engine.on) acquire(object, true);
}
void __tsan_release(void* object) {
  if (g_engine.on) release(object, true);
}

void AnnotateHappensBefore(const char* /*file*/, int /*line*/, void* object) {
  if (g_engine.on) release(object, true);
}
void AnnotateHappensAfter(const char* /*file*/, int /*line*/, void* object) {
  if (g_engine.on) acquire(object, true);
}
void AnnotateRWLockCreate(const char* /*file*/, int /*line*/, void* object) {
  if (g_engine.on) forget_object(object, ObjectKind::kAnnotated);
}
void AnnotateRWLockCreateStatic(const char* /*file*/, int /*line*/, void* /*object*/) {}
void AnnotateRWLockDestroy(const char* /*file*/, int /*line*/, void* object) {
  if (g_engine.on) forget_object(object, ObjectKind::kAnnotated);
}

void AnnotateIgnoreSyncBegin(const char* /*file*/, int /*line*/) { begin_blind(); }
void AnnotateIgnoreSyncEnd(const char* /*file*/, int /*line*/) { end_blind(); }

void __tsan_read4_pc(void* memory, void* place) {
  if (!g_engine.on) return;
  note_range(reinterpret_cast<uptr>(memory), 4, kRead, reinterpret_cast<uptr>(place) + 1);
}
void __tsan_write4_pc(void* memory, void* place) {
  if (!g_engine.on) return;
  note_range(reinterpret_cast<uptr>(memory), 4, kWrite, reinterpret_cast<uptr>(place) + 1);
}

}  // extern "C"
// NOLINTEND(readability-identifier-naming,readability-inconsistent-declaration-parameter-name,bugprone-reserved-identifier,cert-dcl37-c)
