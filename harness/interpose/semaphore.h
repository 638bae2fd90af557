// SPDX-License-Identifier: Apache-2.0
//
// A semaphore as glibc lays it out, and those that processes share (sem_init with `pshared`, sem_open).
#pragma once

#include <errno.h>
#include <semaphore.h>

#include "harness/interpose/mark.h"

namespace gridlock::internal {

struct SemaphoreParts {
  std::atomic<u32> permits;
  u32 sleepers;
  int shared;  // between processes
  int padding;
  Mark mark;
  u32 first_permits;
  u32 made_here;  // check_of(), by sem_init; not of a shared one
};
static_assert(sizeof(SemaphoreParts) == sizeof(sem_t),
              "the layout of glibc, 64 bits, little endian");

GRIDLOCK_INLINE SemaphoreParts& parts_of(sem_t* semaphore) noexcept {
  return *reinterpret_cast<SemaphoreParts*>(semaphore);
}
GRIDLOCK_INLINE bool is_shared(sem_t* semaphore) noexcept {
  return parts_of(semaphore).shared != 0;
}

/// The functions of libc for one that is shared. `nanoseconds` as of a request. 0, or -1 and errno.
int acquire_shared_permit(sem_t* semaphore, u64 nanoseconds, clockid_t clock, const timespec* until,
                          const void* own_frame);
int release_shared_permit(sem_t* semaphore, const void* caller) noexcept;
/// libc has initialised it, called from the function with this frame.
void note_new_shared_semaphore(sem_t* semaphore, const void* own_frame) noexcept;

/// What a function of libc for semaphores has returned, as an errno.
GRIDLOCK_INLINE int error_of(int result) noexcept { return result == 0 ? 0 : errno; }
/// By libc alone.
int acquire_unwatched(sem_t* semaphore, u64 nanoseconds, clockid_t clock, const timespec* until);
/// 0 or an errno; EBUSY: there is no permit.
int try_permit(sem_t* semaphore) noexcept;

}  // namespace gridlock::internal
