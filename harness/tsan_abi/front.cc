// SPDX-License-Identifier: Apache-2.0
#include "harness/tsan_abi/front.h"

#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

// NOLINTNEXTLINE(readability-identifier-naming,bugprone-reserved-identifier): ThreadSanitizer's name
extern "C" void __tsan_acquire(void* object);  // code refers to it weakly, if at all

namespace gridlock::internal::controlled {

const void* const* front_of_libc() noexcept {
  static const void* const functions[] = {
      reinterpret_cast<const void*>(&pthread_cond_wait),
      reinterpret_cast<const void*>(&pthread_rwlock_rdlock),
      reinterpret_cast<const void*>(&pthread_mutex_lock),
      reinterpret_cast<const void*>(&pthread_create),
      reinterpret_cast<const void*>(&pthread_once),
      reinterpret_cast<const void*>(&sem_wait),
      reinterpret_cast<const void*>(static_cast<ssize_t (*)(int, void*, size_t)>(&read)),
      reinterpret_cast<const void*>(&poll),
      reinterpret_cast<const void*>(&syscall),
      reinterpret_cast<const void*>(static_cast<int (*)(clockid_t, timespec*)>(&clock_gettime)),
      reinterpret_cast<const void*>(&malloc),
      reinterpret_cast<const void*>(&__tsan_acquire),
  };
  return functions;
}

}  // namespace gridlock::internal::controlled
