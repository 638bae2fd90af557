// SPDX-License-Identifier: Apache-2.0
//
// C11's threads: glibc has them as those of POSIX under other names, which call each other directly.
#pragma once

#include <errno.h>
#include <pthread.h>
#include <threads.h>

#include "harness/platform/base.h"

namespace gridlock::internal {

GRIDLOCK_INLINE pthread_mutex_t* inside(mtx_t* mutex) noexcept {
  return reinterpret_cast<pthread_mutex_t*>(mutex);
}
GRIDLOCK_INLINE pthread_cond_t* inside(cnd_t* condition) noexcept {
  return reinterpret_cast<pthread_cond_t*>(condition);
}

/// thrd_success and its like, of an error number.
GRIDLOCK_INLINE int c11_word(int error) noexcept {
  switch (error) {
    case 0:
      return thrd_success;
    case ENOMEM:
      return thrd_nomem;
    case ETIMEDOUT:
      return thrd_timedout;
    case EBUSY:
      return thrd_busy;
    default:
      return thrd_error;
  }
}

}  // namespace gridlock::internal
