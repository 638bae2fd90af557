// SPDX-License-Identifier: Apache-2.0
//
// What is done once: pthread_once, which std::call_once is, and static objects of functions. That it is done
// is also written into the program's own flag, as libc and libstdc++ do, for code that runs outside of an
// execution. This file is compiled with exceptions: a body that throws leaves its flag as it was.
//
// What the C++ library does once for itself (its locale, its unwinder's tables) is no step: whether it has been done depends
// on all that the process did before, and a replay has another process.
#include <pthread.h>
#include <threads.h>

#include "harness/platform/syscall.h"
#include "harness/tsan_abi/objects.h"
#include "harness/tsan_abi/real.h"

namespace gridlock::internal::controlled {
namespace {

constexpr int kOnceDone = 2;  // glibc's __PTHREAD_ONCE_DONE
constexpr char kGuardDone = 1;

/// True: the caller is to do it. Else it is done, and what was done is known.
bool begin_once(SyncObject& object, bool is_done, uptr site) noexcept {
  const bool is_step = !is_of_the_language(object.address);
  if (!object.is_known) {
    object.is_known = true;
    object.value = is_done ? 1 : 0;
  }
  if (is_step) acquire_point(object, Wait::kOnce, site, object.value == 0);
  while (object.value == 0 && object.owner != kNobody) {
    block(Wait::kOnce, &object, kNever, site);
  }
  // Whether it is done or another thread's try was left by an exception: what that did is known.
  acquire_from(object.released);
  if (object.value != 0) return false;
  object.owner = g_engine.current->number;
  object.site = site;
  return true;
}

void end_point(SyncObject& object) noexcept {
  if (!is_of_the_language(object.address)) release_point(object, 0);
}

void end_once(SyncObject& object, bool done) noexcept {
  object.owner = kNobody;
  object.value = done ? 1 : 0;
  release_into(object.released);
  wake_all(object);
}

class OnceBody {
 public:
  explicit OnceBody(SyncObject& object) noexcept : object_(object) {}
  OnceBody(const OnceBody&) = delete;
  OnceBody& operator=(const OnceBody&) = delete;
  void done() noexcept { done_ = true; }
  ~OnceBody() {
    end_point(object_);
    end_once(object_, done_);
  }

 private:
  SyncObject& object_;
  bool done_ = false;
};

// The first byte of a guard says that it is done (Itanium C++ ABI, 3.3.3); generated code looks at it first.
// The second is ours outside of executions: somebody is at it.
bool begin_guard_outside(char* guard) noexcept {
  for (;;) {
    if (__atomic_load_n(guard, __ATOMIC_ACQUIRE) == kGuardDone) return false;
    char free = 0;
    if (__atomic_compare_exchange_n(guard + 1, &free, 1, false, __ATOMIC_ACQUIRE,
                                    __ATOMIC_RELAXED)) {
      if (__atomic_load_n(guard, __ATOMIC_ACQUIRE) != kGuardDone) return true;
      __atomic_store_n(guard + 1, 0, __ATOMIC_RELEASE);
      return false;
    }
    raw_syscall(SYS_sched_yield);
  }
}

}  // namespace
}  // namespace gridlock::internal::controlled

// NOLINTNEXTLINE(google-build-using-namespace): libc's names follow
using namespace gridlock::internal::controlled;

// NOLINTBEGIN(readability-identifier-naming,readability-inconsistent-declaration-parameter-name,bugprone-reserved-identifier,cert-dcl37-c): names of the C++ ABI
extern "C" {

int pthread_once(pthread_once_t* flag, void (*body)()) {
  if (!g_engine.on) return GRIDLOCK_REAL_FUNCTION(pthread_once)(flag, body);
  SyncObject& object = object_at(flag, ObjectKind::kOnce);
  if (!begin_once(object, __atomic_load_n(flag, __ATOMIC_RELAXED) == kOnceDone, GRIDLOCK_SITE)) {
    return 0;
  }
  {
    OnceBody scope(object);
    body();
    scope.done();
  }
  __atomic_store_n(flag, kOnceDone, __ATOMIC_RELAXED);
  return 0;
}

void call_once(once_flag* flag, void (*body)()) {
  pthread_once(reinterpret_cast<pthread_once_t*>(flag), body);
}

int __cxa_guard_acquire(char* guard) {
  if (!g_engine.on) return begin_guard_outside(guard) ? 1 : 0;
  SyncObject& object = object_at(guard, ObjectKind::kOnce);
  const bool is_done = __atomic_load_n(guard, __ATOMIC_RELAXED) == kGuardDone;
  return begin_once(object, is_done, GRIDLOCK_SITE) ? 1 : 0;
}

void __cxa_guard_release(char* guard) noexcept {
  if (!g_engine.on) {
    __atomic_store_n(guard, kGuardDone, __ATOMIC_RELEASE);
    __atomic_store_n(guard + 1, 0, __ATOMIC_RELEASE);
    return;
  }
  end_point(object_at(guard, ObjectKind::kOnce));
  // Code that finds it done by its own acquire load knows what was done, too.
  release_into(object_at(guard, ObjectKind::kAtomic).released);
  __atomic_store_n(guard, kGuardDone, __ATOMIC_RELAXED);
  end_once(object_at(guard, ObjectKind::kOnce), true);
}

void __cxa_guard_abort(char* guard) noexcept {
  if (!g_engine.on) {
    __atomic_store_n(guard + 1, 0, __ATOMIC_RELEASE);
    return;
  }
  end_point(object_at(guard, ObjectKind::kOnce));
  end_once(object_at(guard, ObjectKind::kOnce), false);
}

}  // extern "C"
// NOLINTEND(readability-identifier-naming,readability-inconsistent-declaration-parameter-name,bugprone-reserved-identifier,cert-dcl37-c)
