// SPDX-License-Identifier: Apache-2.0
//
// Something that ThreadSanitizer sees and that is no race.
#include <gridlock/scenario.h>

#include <pthread.h>

GRIDLOCK_SCENARIO(
    tsan_destroy_locked,
    {.name = "tsan-report/destroy-locked",
     .summary = "A mutex that is not Gridlock's is destroyed while it is locked",
     .story =
         "This program uses a mutex of the system (pthread_mutex_t), as a C library would. "
         "Gridlock "
         "does not watch it, but ThreadSanitizer does: it notices that the mutex is destroyed "
         "while it is still locked, and says so.\n\n"
         "Whatever ThreadSanitizer reports becomes a finding. When it is not a data race it is "
         "shown under this heading, with ThreadSanitizer's own name for it as the detail and its "
         "own text below, word for word. In a build without ThreadSanitizer nobody can see it, "
         "and the verdict is \"not checked\".",
     .expect = gridlock::finds(gridlock::FindingKind::kTsanReport),
     .twin = "tsan-report/destroy-unlocked"}) {
  pthread_mutex_t mutex;
  pthread_mutex_init(&mutex, nullptr);
  pthread_mutex_lock(&mutex);
  pthread_mutex_destroy(&mutex);  // wrong: it is locked
}

GRIDLOCK_SCENARIO(
    tsan_destroy_unlocked,
    {.name = "tsan-report/destroy-unlocked",
     .summary = "The same mutex is unlocked first",
     .story =
         "Lock, unlock, destroy: in this order ThreadSanitizer has nothing to say. It watches the "
         "mutexes of the system next to Gridlock's own, so the two can be used in one program.",
     .expect = gridlock::clean(),
     .twin = "tsan-report/destroy-locked"}) {
  pthread_mutex_t mutex;
  pthread_mutex_init(&mutex, nullptr);
  pthread_mutex_lock(&mutex);
  pthread_mutex_unlock(&mutex);
  pthread_mutex_destroy(&mutex);
}
