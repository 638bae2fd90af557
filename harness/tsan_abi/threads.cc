// SPDX-License-Identifier: Apache-2.0
//
// The life of threads: pthread_create, which std::thread, std::jthread and std::async come to, join, detach,
// exit, and the destructors that run when a thread ends.
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdint.h>
#include <unwind.h>

#include "harness/platform/c11_threads.h"
#include "harness/tsan_abi/code_sites.h"
#include "harness/tsan_abi/objects.h"
#include "harness/tsan_abi/real.h"
#include "harness/tsan_abi/virtual_time.h"

// NOLINTBEGIN(readability-identifier-naming,bugprone-reserved-identifier): glibc's names
extern "C" void* __libc_malloc(unsigned long size);
extern "C" void __libc_free(void* memory);
// NOLINTEND(readability-identifier-naming,bugprone-reserved-identifier)

namespace gridlock::internal::controlled {
namespace {

constexpr u32 kCreate = 0x40010000;
constexpr u32 kJoin = 0x40020000;
constexpr u32 kDetach = 0x40030000;
constexpr u32 kKeys = 1024;  // PTHREAD_KEYS_MAX

void (*g_destructors[kKeys])(void*) = {};
u32 g_key_limit = 0;  // keys with destructors lie below it

Fiber* find(pthread_t thread) noexcept {
  for (u32 i = 0; i < g_engine.fiber_count; ++i) {
    if (g_fibers[i].self == thread) return &g_fibers[i];
  }
  return nullptr;
}

Step step_on(const Fiber& fiber) noexcept { return {reinterpret_cast<uptr>(&fiber), true}; }

int create(pthread_t* thread, const pthread_attr_t* attributes, void* (*start)(void*),
           void* argument, uptr site) noexcept {
  // The order in which threads are made is that of their numbers.
  point({reinterpret_cast<uptr>(&g_engine.fiber_count), true}, kCreate);
  Fiber* const fiber = add_fiber(start, argument);
  if (fiber == nullptr) {
    failing()
        .text("an execution makes more than ")
        .number(kMaxThreads)
        .text(" threads, or the system has no more, at ")
        .site(site)
        .text("\n");
    fail(Failure::kUncontrolled);
  }
  fiber->made_at = site;
  if (g_engine.limits.forked && site - g_program_begin >= g_program_size) {
    // std::thread's own function calls here, which is not what people look for. A microsecond is little
    // beside a fork.
    uptr callers[8];
    g_engine.on = kOff;
    const u32 count = find_callers(callers, 8);
    g_engine.on = g_engine.kind;
    for (u32 i = 0, seen = 0; i < count; ++i) {
      if (callers[i] == site) seen = 1;
      if (seen == 0 || callers[i] - g_program_begin >= g_program_size) continue;
      fiber->made_at = callers[i];
      break;
    }
  }
  int state = PTHREAD_CREATE_JOINABLE;
  if (attributes != nullptr) pthread_attr_getdetachstate(attributes, &state);
  fiber->is_detached = state == PTHREAD_CREATE_DETACHED;
  Fiber& self = *g_engine.current;
  ++self.clock.entries[self.number];
  *thread = fiber->self;
  return 0;
}

int join(pthread_t thread, void** result, u64 deadline, bool only_try, uptr site) noexcept {
  Fiber* const other = find(thread);
  if (other == nullptr) return ESRCH;
  if (other == g_engine.current) return EDEADLK;
  if (other->is_detached || other->is_joined) return EINVAL;
  if (!g_engine.precise) point(step_on(*other), kJoin | other->number);
  Fiber& self = *g_engine.current;
  while (!other->has_ended) {
    if (only_try) return EBUSY;
    self.joins = other->number;
    if (!block(Wait::kJoin, nullptr, deadline, site) && !other->has_ended) return ETIMEDOUT;
  }
  other->is_joined = true;
  self.clock.join(other->clock);
  if (g_engine.exhaustive != nullptr) g_engine.exhaustive->follows(other->number, self.number);
  if (result != nullptr) *result = other->result;
  return 0;
}

// pthread_exit: destructors of the frames run, as in glibc; at the last frame the thread ends.
_Unwind_Reason_Code at_frame(int /*version*/, _Unwind_Action actions,
                             _Unwind_Exception_Class /*type*/, _Unwind_Exception* /*exception*/,
                             _Unwind_Context* /*context*/, void* result) {
  if ((actions & _UA_END_OF_STACK) != 0) end_fiber(result);
  return _URC_NO_REASON;
}

[[noreturn]] void not_controlled(const char* name, uptr site) noexcept {
  failing()
      .text("  ")
      .thread(g_engine.current->number)
      .text(" calls ")
      .text(name)
      .text(", which is not controlled, at ")
      .site(site)
      .text("\n");
  fail(Failure::kUncontrolled);
}

}  // namespace

void destroy_thread_locals(Fiber& fiber) noexcept {
  while (fiber.locals != nullptr) {
    ThreadLocal* const last = fiber.locals;
    fiber.locals = last->next;
    last->destroy(last->object);
    __libc_free(last);
  }
}

void run_thread_local_destructors(Fiber& fiber) noexcept {
  destroy_thread_locals(fiber);
  bool again = true;
  for (u32 round = 0; again && round < PTHREAD_DESTRUCTOR_ITERATIONS; ++round) {
    again = false;
    for (u32 key = 0; key < g_key_limit; ++key) {
      void (*const destroy)(void*) = g_destructors[key];
      if (destroy == nullptr) continue;
      void* const value = pthread_getspecific(key);
      if (value == nullptr) continue;
      pthread_setspecific(key, nullptr);
      destroy(value);
      again = true;
    }
  }
}

}  // namespace gridlock::internal::controlled

using gridlock::internal::c11_word;
// NOLINTNEXTLINE(google-build-using-namespace): libc's names follow
using namespace gridlock::internal::controlled;

// NOLINTBEGIN(readability-identifier-naming,readability-inconsistent-declaration-parameter-name,bugprone-reserved-identifier,cert-dcl37-c): libc's names
extern "C" {

int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*start)(void*),
                   void* argument) noexcept {
  if (!g_engine.on) {
    return GRIDLOCK_REAL_FUNCTION(pthread_create)(thread, attributes, start, argument);
  }
  return create(thread, attributes, start, argument, GRIDLOCK_SITE);
}

int pthread_join(pthread_t thread, void** result) {
  if (!g_engine.on) return GRIDLOCK_REAL_FUNCTION(pthread_join)(thread, result);
  return join(thread, result, kNever, false, GRIDLOCK_SITE);
}

int pthread_tryjoin_np(pthread_t thread, void** result) noexcept {
  if (!g_engine.on) return GRIDLOCK_REAL_FUNCTION(pthread_tryjoin_np)(thread, result);
  return join(thread, result, kNever, true, GRIDLOCK_SITE);
}

int pthread_timedjoin_np(pthread_t thread, void** result, const timespec* time) {
  if (!g_engine.on) return GRIDLOCK_REAL_FUNCTION(pthread_timedjoin_np)(thread, result, time);
  return join(thread, result, deadline_of(time, CLOCK_REALTIME), false, GRIDLOCK_SITE);
}

int pthread_clockjoin_np(pthread_t thread, void** result, clockid_t clock, const timespec* time) {
  if (!g_engine.on)
    return GRIDLOCK_REAL_FUNCTION(pthread_clockjoin_np)(thread, result, clock, time);
  return join(thread, result, deadline_of(time, clock), false, GRIDLOCK_SITE);
}

int pthread_detach(pthread_t thread) noexcept {
  if (!g_engine.on) return GRIDLOCK_REAL_FUNCTION(pthread_detach)(thread);
  Fiber* const other = find(thread);
  if (other == nullptr) return ESRCH;
  if (other->is_detached || other->is_joined) return EINVAL;
  point(step_on(*other), kDetach | other->number);
  other->is_detached = true;
  return 0;
}

int thrd_create(thrd_t* thread, thrd_start_t start, void* argument) {
  if (!g_engine.on) return GRIDLOCK_REAL_FUNCTION(thrd_create)(thread, start, argument);
  // The result is an int in the register of a pointer, as in glibc.
  const auto function = reinterpret_cast<void* (*)(void*)>(reinterpret_cast<void*>(start));
  return c11_word(create(thread, nullptr, function, argument, GRIDLOCK_SITE));
}

int thrd_join(thrd_t thread, int* result) {
  if (!g_engine.on) return GRIDLOCK_REAL_FUNCTION(thrd_join)(thread, result);
  void* value = nullptr;
  const int error = join(thread, &value, kNever, false, GRIDLOCK_SITE);
  if (error == 0 && result != nullptr)
    *result = static_cast<int>(reinterpret_cast<intptr_t>(value));
  return c11_word(error);
}

int thrd_detach(thrd_t thread) { return c11_word(pthread_detach(thread)); }

void thrd_exit(int result) { pthread_exit(reinterpret_cast<void*>(intptr_t{result})); }

int tss_create(tss_t* key, tss_dtor_t destructor) {
  return c11_word(pthread_key_create(key, destructor));
}

void tss_delete(tss_t key) { pthread_key_delete(key); }

void pthread_exit(void* result) {
  if (!g_engine.on) {
    GRIDLOCK_REAL_FUNCTION(pthread_exit)(result);
    __builtin_unreachable();
  }
  static _Unwind_Exception forced[kMaxThreads];
  _Unwind_Exception& exception = forced[g_engine.current->number];
  __builtin_memset(&exception, 0, sizeof exception);
  _Unwind_ForcedUnwind(&exception, at_frame, result);
  end_fiber(result);
}

int pthread_cancel(pthread_t thread) {
  if (!g_engine.on) return GRIDLOCK_REAL_FUNCTION(pthread_cancel)(thread);
  not_controlled("pthread_cancel", GRIDLOCK_SITE);
}

int pthread_key_create(pthread_key_t* key, void (*destructor)(void*)) noexcept {
  const int error = GRIDLOCK_REAL_FUNCTION(pthread_key_create)(key, destructor);
  if (error == 0 && *key < kKeys) {
    g_destructors[*key] = destructor;
    if (destructor != nullptr && *key >= g_key_limit) g_key_limit = *key + 1;
  }
  return error;
}

int pthread_key_delete(pthread_key_t key) noexcept {
  if (key < kKeys) g_destructors[key] = nullptr;
  return GRIDLOCK_REAL_FUNCTION(pthread_key_delete)(key);
}

int __cxa_thread_atexit_impl(void (*destroy)(void*), void* object, void* module) {
  if (!g_engine.on) {
    using Register = int (*)(void (*)(void*), void*, void*);
    static Register known = nullptr;
    if (known == nullptr)
      known = reinterpret_cast<Register>(dlsym(RTLD_NEXT, "__cxa_thread_atexit_impl"));
    return known(destroy, object, module);
  }
  auto* const local = static_cast<ThreadLocal*>(__libc_malloc(sizeof(ThreadLocal)));
  if (local == nullptr) return -1;
  Fiber& self = *g_engine.current;
  *local = {destroy, object, self.locals};
  self.locals = local;
  return 0;
}

int __cxa_thread_atexit(void (*destroy)(void*), void* object, void* module) noexcept {
  return __cxa_thread_atexit_impl(destroy, object, module);
}

}  // extern "C"
// NOLINTEND(readability-identifier-naming,readability-inconsistent-declaration-parameter-name,bugprone-reserved-identifier,cert-dcl37-c)
