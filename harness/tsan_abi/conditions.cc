// SPDX-License-Identifier: Apache-2.0
//
// pthread_cond_t. Which of several waiters a signal wakes is a decision; where the options ask for it, so is
// whether a wait ends without a signal.
#include <errno.h>
#include <pthread.h>

#include "harness/platform/c11_threads.h"
#include "harness/tsan_abi/mutexes.h"
#include "harness/tsan_abi/real.h"
#include "harness/tsan_abi/shadow.h"
#include "harness/tsan_abi/virtual_time.h"

namespace gridlock::internal::controlled {
namespace {

constexpr char kVersion[] = "GLIBC_2.3.2";
constexpr u32 kOneIn = 8;

clockid_t clock_of(const pthread_cond_t* condition) noexcept {
  return (condition->__data.__wrefs & 2) != 0 ? CLOCK_MONOTONIC : CLOCK_REALTIME;
}

int wait(pthread_cond_t* condition, pthread_mutex_t* mutex, u64 deadline, uptr site) noexcept {
  SyncObject& object = object_at(condition, ObjectKind::kCondition);
  SyncObject& guard = object_at(mutex, ObjectKind::kMutex);
  Fiber& self = *g_engine.current;
  release_point(object, site, true, guard.address);
  note_use(condition, site);
  if (guard.owner != g_engine.current->number) {
    Text text = failing();
    text.text("  ").thread(g_engine.current->number).text(" waits for ");
    describe_object(text, object);
    text.text(" without holding ");
    describe_object(text, guard);
    text.text(", at ").site(site).text("\n");
    fail(Failure::kMisuse);
  }
  // Where all choices are taken twice each is enough, or there would be no end.
  bool spurious = false;
  if (g_engine.spurious && !g_engine.precise) spurious = choose(kOneIn) == kOneIn - 1;
  if (g_engine.spurious && g_engine.precise && self.spurious_count < 2) spurious = choose(2) == 1;
  self.spurious_count += spurious ? 1u : 0u;
  const u32 levels = leave_mutex(guard);
  self.needs = Wait::kMutex;
  self.needed = &guard;
  bool in_time = true;
  if (spurious) {
    yield_point(0x30000000);
  } else {
    in_time = block(Wait::kCondition, &object, deadline, site);
  }
  take_mutex_again(guard, levels, site);
  return in_time ? 0 : ETIMEDOUT;
}

void notify(pthread_cond_t* condition, bool all, uptr site) noexcept {
  SyncObject& object = object_at(condition, ObjectKind::kCondition);
  object_point(object);
  note_use(condition, site);
  if (!wake_one(object, Wait::kCondition)) {
    ++object.lost;
    return;
  }
  if (all) wake_all(object);
}

}  // namespace
}  // namespace gridlock::internal::controlled

using gridlock::internal::c11_word;
using gridlock::internal::inside;
// NOLINTNEXTLINE(google-build-using-namespace): libc's names follow
using namespace gridlock::internal::controlled;

// NOLINTBEGIN(readability-identifier-naming,readability-inconsistent-declaration-parameter-name): libc's names
extern "C" {

int pthread_cond_init(pthread_cond_t* condition, const pthread_condattr_t* attributes) noexcept {
  if (g_engine.on) forget_object(condition, ObjectKind::kCondition);
  return GRIDLOCK_REAL_VERSION(pthread_cond_init, kVersion)(condition, attributes);
}

int pthread_cond_destroy(pthread_cond_t* condition) noexcept {
  if (!g_engine.on) return GRIDLOCK_REAL_VERSION(pthread_cond_destroy, kVersion)(condition);
  note_destroyed(condition, GRIDLOCK_SITE);
  forget_object(condition, ObjectKind::kCondition);
  return 0;
}

int pthread_cond_wait(pthread_cond_t* condition, pthread_mutex_t* mutex) {
  if (!g_engine.on) return GRIDLOCK_REAL_VERSION(pthread_cond_wait, kVersion)(condition, mutex);
  return wait(condition, mutex, kNever, GRIDLOCK_SITE);
}

int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex,
                           const timespec* time) {
  if (!g_engine.on) {
    return GRIDLOCK_REAL_VERSION(pthread_cond_timedwait, kVersion)(condition, mutex, time);
  }
  if (!is_valid(*time)) return EINVAL;
  return wait(condition, mutex, moment_of(*time, clock_of(condition)), GRIDLOCK_SITE);
}

int pthread_cond_clockwait(pthread_cond_t* condition, pthread_mutex_t* mutex, clockid_t clock,
                           const timespec* time) {
  if (!g_engine.on) {
    return GRIDLOCK_REAL_FUNCTION(pthread_cond_clockwait)(condition, mutex, clock, time);
  }
  if (!is_valid(*time)) return EINVAL;
  return wait(condition, mutex, moment_of(*time, clock), GRIDLOCK_SITE);
}

int pthread_cond_signal(pthread_cond_t* condition) noexcept {
  if (!g_engine.on) return GRIDLOCK_REAL_VERSION(pthread_cond_signal, kVersion)(condition);
  notify(condition, false, GRIDLOCK_SITE);
  return 0;
}

int pthread_cond_broadcast(pthread_cond_t* condition) noexcept {
  if (!g_engine.on) return GRIDLOCK_REAL_VERSION(pthread_cond_broadcast, kVersion)(condition);
  notify(condition, true, GRIDLOCK_SITE);
  return 0;
}

int cnd_init(cnd_t* condition) { return c11_word(pthread_cond_init(inside(condition), nullptr)); }

void cnd_destroy(cnd_t* condition) { pthread_cond_destroy(inside(condition)); }

int cnd_wait(cnd_t* condition, mtx_t* mutex) {
  if (!g_engine.on) return GRIDLOCK_REAL_FUNCTION(cnd_wait)(condition, mutex);
  return c11_word(wait(inside(condition), inside(mutex), kNever, GRIDLOCK_SITE));
}

int cnd_timedwait(cnd_t* __restrict condition, mtx_t* __restrict mutex,
                  const timespec* __restrict time) {
  if (!g_engine.on) return GRIDLOCK_REAL_FUNCTION(cnd_timedwait)(condition, mutex, time);
  if (!is_valid(*time)) return thrd_error;
  return c11_word(
      wait(inside(condition), inside(mutex), moment_of(*time, CLOCK_REALTIME), GRIDLOCK_SITE));
}

int cnd_signal(cnd_t* condition) { return c11_word(pthread_cond_signal(inside(condition))); }

int cnd_broadcast(cnd_t* condition) { return c11_word(pthread_cond_broadcast(inside(condition))); }

}  // extern "C"
// NOLINTEND(readability-identifier-naming,readability-inconsistent-declaration-parameter-name)
