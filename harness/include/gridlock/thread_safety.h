// SPDX-License-Identifier: Apache-2.0
//
// Names for clang's thread-safety analysis (-Wthread-safety), which looks at the source: data that says
// which lock guards it is a warning wherever it is used without. Every lock and guard of ours is annotated
// with them, and a program may use them for its own data. Other compilers see nothing.
//
//   class Account {
//     void add(long amount) GRIDLOCK_REQUIRES(lock_) { balance_ += amount; }
//     gridlock::Lock lock_;
//     long balance_ GRIDLOCK_GUARDED_BY(lock_) = 0;
//   };
//
//   void wrong(Account& account) { account.add(1); }       // warning: requires holding 'account.lock_'
//
// What it cannot see: std::lock_guard and its like, which libstdc++ does not annotate (take Guard); whether
// TimedGuard holds; a wait for a Condition, which counts as holding throughout; an RLock that is taken
// twice in one function, which it takes for a mistake.
#pragma once

#include <gridlock/cxx20.h>

/// @cond internal
#if defined(__clang__)
#define GRIDLOCK_THREAD_SAFETY(attribute) __attribute__((attribute))
#else
#define GRIDLOCK_THREAD_SAFETY(attribute)
#endif
/// @endcond

/// @{
/// For a class: it is a lock, called `name` in warnings; or a guard, which holds one for a scope.
#define GRIDLOCK_CAPABILITY(name) GRIDLOCK_THREAD_SAFETY(capability(name))
#define GRIDLOCK_SCOPED_CAPABILITY GRIDLOCK_THREAD_SAFETY(scoped_lockable)
/// @}

/// @{
/// For data: the lock that guards it, or that guards what a pointer points to.
#define GRIDLOCK_GUARDED_BY(lock) GRIDLOCK_THREAD_SAFETY(guarded_by(lock))
#define GRIDLOCK_PT_GUARDED_BY(lock) GRIDLOCK_THREAD_SAFETY(pt_guarded_by(lock))
/// @}

/// @{
/// For functions: the locks that the caller must hold, in the second form for reading at least, or must not hold.
#define GRIDLOCK_REQUIRES(...) GRIDLOCK_THREAD_SAFETY(requires_capability(__VA_ARGS__))
#define GRIDLOCK_REQUIRES_SHARED(...) \
  GRIDLOCK_THREAD_SAFETY(requires_shared_capability(__VA_ARGS__))
#define GRIDLOCK_EXCLUDES(...) GRIDLOCK_THREAD_SAFETY(locks_excluded(__VA_ARGS__))
/// @}

/// @{
/// For functions: the locks that they acquire and release; without an argument the object itself. A generic release is of
/// either kind of hold.
#define GRIDLOCK_ACQUIRE(...) GRIDLOCK_THREAD_SAFETY(acquire_capability(__VA_ARGS__))
#define GRIDLOCK_ACQUIRE_SHARED(...) GRIDLOCK_THREAD_SAFETY(acquire_shared_capability(__VA_ARGS__))
#define GRIDLOCK_RELEASE(...) GRIDLOCK_THREAD_SAFETY(release_capability(__VA_ARGS__))
#define GRIDLOCK_RELEASE_SHARED(...) GRIDLOCK_THREAD_SAFETY(release_shared_capability(__VA_ARGS__))
#define GRIDLOCK_RELEASE_GENERIC(...) \
  GRIDLOCK_THREAD_SAFETY(release_generic_capability(__VA_ARGS__))
/// @}
/// @{
/// For functions that try to acquire: the first argument is what the function returns when it has the lock.
#define GRIDLOCK_TRY_ACQUIRE(...) GRIDLOCK_THREAD_SAFETY(try_acquire_capability(__VA_ARGS__))
#define GRIDLOCK_TRY_ACQUIRE_SHARED(...) \
  GRIDLOCK_THREAD_SAFETY(try_acquire_shared_capability(__VA_ARGS__))
/// @}

/// For functions that the analysis cannot follow.
#define GRIDLOCK_NO_THREAD_SAFETY_ANALYSIS GRIDLOCK_THREAD_SAFETY(no_thread_safety_analysis)
