// SPDX-License-Identifier: Apache-2.0
//
// The threads of an execution. Each is a fiber: its registers and stack are ours to switch, and its
// thread-local storage is that of a real thread that was made for it and sleeps forever, on whose stack it
// runs. So errno, exceptions, thread_local, pthread_self() and iostreams are what they are in a thread.
#pragma once

#include <poll.h>

#include "harness/schedule/strategy.h"
#include "harness/tsan_abi/vector_clock.h"

namespace gridlock::internal::controlled {

struct SyncObject;

inline constexpr u32 kFrames = 24;

/// What a thread waits for.
enum class Wait : u8 {
  kNothing,
  kMutex,
  kReadLock,
  kWriteLock,
  kCondition,
  kSemaphore,
  kBarrier,
  kOnce,
  kFutex,
  kJoin,
  kSleep,
  kHeldBack,    ///< at an edge of a cycle that is to happen (steering.h)
  kPrimitive,   ///< at the word of one of Gridlock's own
  kDescriptor,  ///< one of `files` to be ready (descriptors.h)
  kProcessEnd,  ///< the process is over but for what others do meanwhile
};

/// A destructor of a thread_local object.
struct ThreadLocal {
  void (*destroy)(void*);
  void* object;
  ThreadLocal* next;
};

struct Fiber {
  // Made once.
  uptr fs;         ///< 0: there is no thread behind it yet
  uptr stack_top;  ///< of what the parked thread leaves
  uptr stack_low;
  u64 self;  ///< its pthread_t
  u32 ready;
  bool used;  ///< its thread-local storage is not as new

  // Of one execution.
  ThreadNumber number;
  void* context;  ///< while it does not run
  void* (*start)(void*);
  void* argument;
  void* result;
  bool is_runnable;
  bool has_ended;
  bool is_detached;
  bool is_joined;
  bool has_begun;
  bool timed_out;  ///< how its last wait ended
  Wait wait;
  SyncObject* object;   ///< that it waits for; kJoin: nullptr
  ThreadNumber joins;   ///< kJoin
  u64 deadline;         ///< of virtual time; kNever: none
  const pollfd* files;  ///< kDescriptor
  u32 file_count;
  u32 futex_bits;  ///< kFutex: of FUTEX_WAIT_BITSET
  uptr wait_site;  ///< where it called what it waits in
  Wait needs;      ///< its next step waits for this of `needed`; kFutex: that it changes
  SyncObject* needed;
  u32 spurious_count;  ///< of its waits
  u32 seen_version;    ///< of `needed`, kFutex
  u32 past;            ///< its steps and decisions until it last stopped
  u32 spins;           ///< looks at one atomic object in a row that changed nothing
  uptr spins_at;
  u32 refusals;  ///< tries that were refused, each because of another object than the one before
  u32 tries;     ///< of our own primitives, since it slept
  const char* operation;  ///< TakenStep::operation of the point that it is at
  bool is_lock;           ///< TakenStep::is_lock
  u32 clock_reads;        ///< in a row
  u32 yields;             ///< since another thread ran last
  u64 yields_since;       ///< Engine::since at the last one
  VectorClock clock;      ///< what it knows
  VectorClock acquired;   ///< what relaxed loads have seen, for an acquire fence
  VectorClock released;   ///< what a release fence published, for relaxed stores
  bool has_released;      ///< a release fence was made
  bool has_acquired;
  uptr made_at;  ///< the call that made it
  ThreadLocal* locals;
  u32 frame_count;  ///< once it was asked where it waits
  uptr frames[kFrames];
};

/// Fiber `number`, ready to begin start(argument). nullptr: the system has no more threads.
Fiber* prepare_fiber(ThreadNumber number, void* (*start)(void*), void* argument) noexcept;
/// Makes the threads behind the first `count` fibers, which a fork would have to make anew otherwise.
void make_fibers(u32 count) noexcept;
/// The first fiber is the thread that calls this, on its own stack from `stack_top` down. Before any other is made.
void adopt_this_thread(uptr stack_top, uptr stack_low) noexcept;
/// How many there are threads for.
u32 made_fibers() noexcept;
/// After an execution that was left in the middle: what those fibers have in their storage is not touched
/// again.
void abandon_fibers() noexcept;
/// What a thread does when it ends: destructors of thread_local objects and of keys.
void run_thread_local_destructors(Fiber& fiber) noexcept;
/// Those of thread_local objects alone, as exit() does.
void destroy_thread_locals(Fiber& fiber) noexcept;

extern Fiber g_fibers[kMaxThreads];

}  // namespace gridlock::internal::controlled
