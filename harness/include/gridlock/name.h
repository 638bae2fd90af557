// SPDX-License-Identifier: Apache-2.0
//
// GRIDLOCK_NAME(lock, "accounts"): what the reports call a lock, in a program that uses Gridlock's own as in one that does not.
//
//   std::mutex accounts;
//   pthread_rwlock_t book;
//   int main() {
//     GRIDLOCK_NAME(accounts, "accounts");   // "accounts (M1)" in place of "M1"
//     GRIDLOCK_NAME(book, "book");
//
// A statement, for an object that has been initialised; what is initialised again is another object and has no name. It is for what
// is watched: pthread_mutex_t, pthread_rwlock_t, pthread_cond_t, sem_t, pthread_barrier_t, pthread_spinlock_t, pthread_once_t, mtx_t,
// cnd_t, what the C++ library makes of them (std::mutex, recursive, timed, shared; condition_variable; once_flag), and what threads
// wait for by its address (std::atomic of 4 bytes, latch, counting_semaphore); and for all that has a member set_name(), which
// Gridlock's own objects have, so also for the names of std.h, whatever they are. The name is copied.
//
// Nothing has to be linked, and nothing but this header is needed; it is C11 as well as C++11. In a program that is not watched the
// statement is one load and one call of an empty function.
//
// Fairness: nothing waits here. Not for signal handlers: to name waits for a mutex of the runtime. Full tables: an object
// beyond max_objects gets no name.
//
// Misuse:
//   GRIDLOCK_NAME(book, "book");
//   pthread_rwlock_init(&book, NULL);             // another object from now on, without the name
#pragma once

#include <dlfcn.h>
#include <pthread.h>
#include <semaphore.h>
#if defined(__has_include)
#if __has_include(<threads.h>)
#include <threads.h>  // NOLINT(misc-include-cleaner): mtx_t and cnd_t
#endif
#if defined(__cplusplus) && __cplusplus >= 201402L && __has_include(<shared_mutex>)
#include <shared_mutex>
#endif
#endif

// NOLINTBEGIN(readability-identifier-naming,modernize-use-using,modernize-use-nullptr,cppcoreguidelines-macro-usage): it is C, too

/// What lies at the address.
typedef enum gridlock_named_kind {
  GRIDLOCK_NAMED_VALUE,  ///< a spin lock, a once flag, or what is waited for by its address
  GRIDLOCK_NAMED_MUTEX,
  GRIDLOCK_NAMED_RWLOCK,
  GRIDLOCK_NAMED_CONDITION,
  GRIDLOCK_NAMED_SEMAPHORE,
  GRIDLOCK_NAMED_BARRIER
} gridlock_named_kind;

/// @cond internal
typedef void (*gridlock_name_function)(const volatile void* object, int kind, const char* name);
/// @endcond

static inline void gridlock_name_nothing(const volatile void* object, int kind, const char* name) {
  (void)object;
  (void)kind;
  (void)name;
}

/// GRIDLOCK_NAME without a look at the type.
static inline void gridlock_name_at(const volatile void* object, gridlock_named_kind kind,
                                    const char* name) {
  static gridlock_name_function found;
  gridlock_name_function function = __atomic_load_n(&found, __ATOMIC_ACQUIRE);
  if (!function) {
    // The function of whatever stands in front of libc; nothing else has it.
#ifdef __cplusplus
    function = reinterpret_cast<gridlock_name_function>(dlsym(nullptr, "gridlock_name_object"));
#else
    *(void**)(&function) = dlsym((void*)0, "gridlock_name_object");
#endif
    if (!function) function = &gridlock_name_nothing;
    __atomic_store_n(&found, function, __ATOMIC_RELEASE);
  }
  function(object, kind, name);
}

#ifdef __cplusplus

namespace gridlock {
namespace naming {

constexpr gridlock_named_kind kind_of_native(const volatile pthread_mutex_t*) {
  return GRIDLOCK_NAMED_MUTEX;
}
constexpr gridlock_named_kind kind_of_native(const volatile pthread_rwlock_t*) {
  return GRIDLOCK_NAMED_RWLOCK;
}
constexpr gridlock_named_kind kind_of_native(const volatile pthread_cond_t*) {
  return GRIDLOCK_NAMED_CONDITION;
}
constexpr gridlock_named_kind kind_of_native(const volatile sem_t*) {
  return GRIDLOCK_NAMED_SEMAPHORE;
}
constexpr gridlock_named_kind kind_of_native(const volatile pthread_barrier_t*) {
  return GRIDLOCK_NAMED_BARRIER;
}
#ifdef ONCE_FLAG_INIT
constexpr gridlock_named_kind kind_of_native(const volatile mtx_t*) { return GRIDLOCK_NAMED_MUTEX; }
constexpr gridlock_named_kind kind_of_native(const volatile cnd_t*) {
  return GRIDLOCK_NAMED_CONDITION;
}
#endif
#ifdef __cpp_lib_shared_mutex
constexpr gridlock_named_kind kind_of_native(const volatile std::shared_mutex*) {
  return GRIDLOCK_NAMED_RWLOCK;
}
#endif
#ifdef __cpp_lib_shared_timed_mutex
constexpr gridlock_named_kind kind_of_native(const volatile std::shared_timed_mutex*) {
  return GRIDLOCK_NAMED_RWLOCK;
}
#endif

// One of Gridlock's own objects.
template <typename Lock>
auto give_name(Lock& lock, const char* name, int, int)
    -> decltype(static_cast<void>(lock.set_name(name))) {
  lock.set_name(name);
}
// What the C++ library makes of them says itself where they lie.
template <typename Lock>
auto give_name(Lock& lock, const char* name, int, int)
    -> decltype(static_cast<void>(kind_of_native(lock.native_handle()))) {
  gridlock_name_at(lock.native_handle(), kind_of_native(lock.native_handle()), name);
}
template <typename Lock>
auto give_name(Lock& lock, const char* name, int, long)
    -> decltype(static_cast<void>(kind_of_native(&lock))) {
  gridlock_name_at(&lock, kind_of_native(&lock), name);
}
template <typename Lock>
void give_name(Lock& lock, const char* name, long, long) {
  gridlock_name_at(&reinterpret_cast<const volatile char&>(lock), GRIDLOCK_NAMED_VALUE, name);
}

}  // namespace naming
}  // namespace gridlock

/// Names `lock`, an object as listed above, `name` in the reports; the name is copied. A statement, for an object that has
/// been initialised. No memory ordering.
#define GRIDLOCK_NAME(lock, name) ::gridlock::naming::give_name((lock), (name), 0, 0)

#else

// What of POSIX a strict C11 hides.
#ifdef __USE_XOPEN2K
#define GRIDLOCK_NAMED_TYPES \
  pthread_rwlock_t:          \
  GRIDLOCK_NAMED_RWLOCK, pthread_barrier_t : GRIDLOCK_NAMED_BARRIER,
#else
#define GRIDLOCK_NAMED_TYPES
#endif
#define GRIDLOCK_NAME(lock, name)                                                  \
  gridlock_name_at(&(lock),                                                        \
                   _Generic((lock),                                                \
                       GRIDLOCK_NAMED_TYPES pthread_mutex_t: GRIDLOCK_NAMED_MUTEX, \
                       pthread_cond_t: GRIDLOCK_NAMED_CONDITION,                   \
                       sem_t: GRIDLOCK_NAMED_SEMAPHORE,                            \
                       mtx_t: GRIDLOCK_NAMED_MUTEX,                                \
                       cnd_t: GRIDLOCK_NAMED_CONDITION,                            \
                       default: GRIDLOCK_NAMED_VALUE),                             \
                   name)

#endif
// NOLINTEND(readability-identifier-naming,modernize-use-using,modernize-use-nullptr,cppcoreguidelines-macro-usage)
