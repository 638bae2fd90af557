// SPDX-License-Identifier: Apache-2.0
//
// What <gridlock/name.h> finds.
#include <gridlock/name.h>

#include "harness/interpose/addresses.h"
#include "harness/interpose/mutex.h"
#include "harness/interpose/named.h"
#include "harness/interpose/robust.h"
#include "harness/interpose/shared_locks.h"
#include "harness/interpose/shared_mutex.h"
#include "harness/interpose/watch.h"

namespace gridlock::internal {

ObjectId number_of(pthread_mutex_t* mutex) noexcept {
  MutexParts& parts = parts_of(mutex);
  if (is_robust(parts)) return number_of_robust(mutex);
  if (is_shared(parts)) return id_of_shared(parts.mark);
  return is_watchable(parts) ? id_of(parts.mark, mutex, type_of(parts)) : 0;
}

namespace {

template <typename Object>
void give(void* object, std::string_view name) noexcept {
  name_object(number_of(static_cast<Object*>(object)), name);
}

// A word: nobody knows what for.
void give_value(const void* address, std::string_view name) noexcept {
  if (const ObjectId lock = number_of_spin_lock(address)) return name_object(lock, name);
  name_object(number_of_once(address), name);
  name_object(object_at(address, true), name);
}

}  // namespace
}  // namespace gridlock::internal

// NOLINTNEXTLINE(google-build-using-namespace): outside the wall
using namespace gridlock::internal;

// NOLINTNEXTLINE(readability-identifier-naming): a name of C
extern "C" GRIDLOCK_EXPORT void gridlock_name_object(void* object, int kind, const char* text) {
  if (watched_thread() == nullptr || object == nullptr || text == nullptr || text[0] == 0) return;
  const std::string_view name{text, length_of(text)};
  switch (kind) {
    case GRIDLOCK_NAMED_MUTEX:
      return give<pthread_mutex_t>(object, name);
    case GRIDLOCK_NAMED_RWLOCK:
      return give<pthread_rwlock_t>(object, name);
    case GRIDLOCK_NAMED_CONDITION:
      return give<pthread_cond_t>(object, name);
    case GRIDLOCK_NAMED_SEMAPHORE:
      return give<sem_t>(object, name);
    case GRIDLOCK_NAMED_BARRIER:
      return give<pthread_barrier_t>(object, name);
    case GRIDLOCK_NAMED_VALUE:
      return give_value(object, name);
    default:
      return;
  }
}
