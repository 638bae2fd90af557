// SPDX-License-Identifier: Apache-2.0
//
// Objects that threads synchronise by, destroyed or freed while another thread may still use them: the calls are accesses, too.
#include <pthread.h>
#include <semaphore.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "tests/explore/expect.h"

namespace gridlock {
namespace {

// A letter box that is freed by the thread that waits for it, and used by the one that fills it: the call behind the lock may come too late.
struct Box {
  std::mutex mutex;
  std::condition_variable filled;
  bool full = false;
};
template <typename Fill>
void free_what_was_waited_for(Fill fill) {
  auto box = std::make_unique<Box>();
  std::thread other([&fill, at = box.get()] { fill(*at); });
  {
    std::unique_lock lock(box->mutex);
    box->filled.wait(lock, [&] { return box->full; });
  }
  box.reset();
  other.join();
}

TEST(FreedMeanwhile, AConditionThatIsNotifiedBehindTheLockIsARace) {
  const ExploreResult found = expect_found("data-race", [] {
    free_what_was_waited_for([](Box& box) {
      {
        const std::scoped_lock lock(box.mutex);
        box.full = true;
      }
      box.filled.notify_one();
    });
  });
  EXPECT_TRUE(says(found, "uses a synchronisation object at"));
}
TEST(FreedMeanwhile, AConditionThatIsNotifiedUnderTheLockIsNone) {
  expect_clean([] {
    free_what_was_waited_for([](Box& box) {
      const std::scoped_lock lock(box.mutex);
      box.full = true;
      box.filled.notify_one();
    });
  });
}
TEST(FreedMeanwhile, AMutexThatIsTakenAgainIsARace) {
  expect_found("data-race", [] {
    free_what_was_waited_for([](Box& box) {
      {
        const std::scoped_lock lock(box.mutex);
        box.full = true;
        box.filled.notify_one();
      }
      const std::scoped_lock again(box.mutex);
    });
  });
}

// One thread uses the object, the other one has done with it: joins that thread before, or behind.
template <typename Object, typename Use, typename Destroy>
void use_and_destroy(bool joined, Object& object, Use use, Destroy destroy) {
  std::thread user([&] { use(object); });
  if (joined) user.join();
  destroy(object);
  if (!joined) user.join();
}

void expect_race_unless_joined(void (*body)(bool joined)) {
  const ExploreResult found = expect_found("data-race", [body] { body(false); });
  EXPECT_TRUE(says(found, "destroys a synchronisation object at")) << found.message;
  expect_clean([body] { body(true); });
}

TEST(DestroyedMeanwhile, AMutexIsARaceWithItsUser) {
  expect_race_unless_joined([](bool joined) {
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    use_and_destroy(
        joined, mutex,
        [](auto& it) { pthread_mutex_trylock(&it) == 0 && pthread_mutex_unlock(&it); },
        [](auto& it) { pthread_mutex_destroy(&it); });
  });
}
TEST(DestroyedMeanwhile, AConditionIsARaceWithItsUser) {
  expect_race_unless_joined([](bool joined) {
    pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
    use_and_destroy(
        joined, condition, [](auto& it) { pthread_cond_signal(&it); },
        [](auto& it) { pthread_cond_destroy(&it); });
  });
}
TEST(DestroyedMeanwhile, AReadWriteLockIsARaceWithItsReader) {
  expect_race_unless_joined([](bool joined) {
    pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
    use_and_destroy(
        joined, lock,
        [](auto& it) {
          pthread_rwlock_rdlock(&it);
          pthread_rwlock_unlock(&it);
        },
        [](auto& it) { pthread_rwlock_destroy(&it); });
  });
}
TEST(DestroyedMeanwhile, AReadWriteLockIsARaceWithItsWriter) {
  expect_race_unless_joined([](bool joined) {
    pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
    use_and_destroy(
        joined, lock,
        [](auto& it) {
          pthread_rwlock_wrlock(&it);
          pthread_rwlock_unlock(&it);
        },
        [](auto& it) { pthread_rwlock_destroy(&it); });
  });
}
TEST(DestroyedMeanwhile, ASemaphoreIsARaceWithAPost) {
  expect_race_unless_joined([](bool joined) {
    sem_t semaphore;
    sem_init(&semaphore, 0, 0);
    use_and_destroy(
        joined, semaphore, [](auto& it) { sem_post(&it); }, [](auto& it) { sem_destroy(&it); });
  });
}
TEST(DestroyedMeanwhile, ASemaphoreIsARaceWithAWait) {
  expect_race_unless_joined([](bool joined) {
    sem_t semaphore;
    sem_init(&semaphore, 0, 1);
    use_and_destroy(
        joined, semaphore, [](auto& it) { sem_wait(&it); }, [](auto& it) { sem_destroy(&it); });
  });
}
TEST(DestroyedMeanwhile, ABarrierIsARaceWithAnArrival) {
  expect_race_unless_joined([](bool joined) {
    pthread_barrier_t barrier;
    pthread_barrier_init(&barrier, nullptr, 1);
    use_and_destroy(
        joined, barrier, [](auto& it) { pthread_barrier_wait(&it); },
        [](auto& it) { pthread_barrier_destroy(&it); });
  });
}

// The last user may destroy it: what the others did with it came before their permits, or their arrivals.
TEST(DestroyedMeanwhile, ASemaphoreByItsWaiterIsNone) {
  expect_clean([] {
    sem_t semaphore;
    sem_init(&semaphore, 0, 0);
    std::thread poster([&] { sem_post(&semaphore); });
    sem_wait(&semaphore);
    sem_destroy(&semaphore);
    poster.join();
  });
}
TEST(DestroyedMeanwhile, ABarrierByTheThreadThatIsToldToIsNone) {
  expect_clean([] {
    pthread_barrier_t barrier;
    pthread_barrier_init(&barrier, nullptr, 2);
    const auto arrive = [&] {
      const int told = pthread_barrier_wait(&barrier);
      if (told == PTHREAD_BARRIER_SERIAL_THREAD) pthread_barrier_destroy(&barrier);
    };
    std::thread other(arrive);
    arrive();
    other.join();
  });
}
TEST(DestroyedMeanwhile, AMutexByItsLastHolderIsNone) {
  expect_clean([] {
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    int users = 2;
    const auto leave = [&] {
      pthread_mutex_lock(&mutex);
      const bool last = --users == 0;
      pthread_mutex_unlock(&mutex);
      if (last) pthread_mutex_destroy(&mutex);
    };
    std::thread other(leave);
    leave();
    other.join();
  });
}

}  // namespace
}  // namespace gridlock
