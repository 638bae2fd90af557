// SPDX-License-Identifier: Apache-2.0
//
// Read-write locks: who reads is nowhere in the lock, so it has to be known from what the threads hold. And nestings that a
// lock keeps as known.
#include <pthread.h>

#include <cstdio>
#include <mutex>
#include <shared_mutex>
#include <thread>
#include <vector>

#include "tests/interpose/programs/situation.h"

namespace {

pthread_rwlock_t table = PTHREAD_RWLOCK_INITIALIZER;
std::shared_mutex names;
std::mutex journal;
std::mutex index;
Turns turns;
Turns warmed;  // threads that have nothing new before them

// So that the next one goes the way of those that are nothing new.
template <typename Lock>
void warm_up() {
  for (int i = 0; i < 5; ++i) {
    Lock read(names);
    read.unlock();
    const std::lock_guard hold(journal);
  }
}
void read_first() {
  warm_up<std::shared_lock<std::shared_mutex>>();
  warmed.next();
}

void meet(int threads) {
  turns.next();
  turns.wait_for(threads);
}

void write_under_journal(int threads) {
  warmed.wait_for(threads - 1);
  const std::lock_guard hold(journal);
  meet(threads);
  const std::unique_lock write(names);
}

void writer_behind_reader() {
  std::thread reader([] {
    read_first();
    const std::shared_lock read(names);
    meet(2);
    const std::lock_guard hold(journal);
  });
  std::thread writer([] { write_under_journal(2); });
  reader.join();
  writer.join();
}
void reader_leaves() {
  std::thread reader([] {
    read_first();
    {
      const std::shared_lock read(names);
      meet(2);
    }
    const std::lock_guard hold(journal);
  });
  std::thread writer([] { write_under_journal(2); });
  reader.join();
  writer.join();
}
// Another reader leaves meanwhile: that ends nothing.
void writer_behind_two_readers() {
  std::thread passing([] {
    read_first();
    const std::shared_lock read(names);
    meet(3);
  });
  std::thread reader([] {
    read_first();
    const std::shared_lock read(names);
    meet(3);
    const std::lock_guard hold(journal);
  });
  std::thread writer([] { write_under_journal(3); });
  passing.join();
  reader.join();
  writer.join();
}
void reader_behind_writer() {
  std::thread reader([] {
    read_first();
    const std::lock_guard hold(journal);
    meet(2);
    const std::shared_lock read(names);
  });
  std::thread writer([] {
    warmed.wait_for(1);
    const std::unique_lock write(names);
    meet(2);
    const std::lock_guard hold(journal);
  });
  reader.join();
  writer.join();
}

void come_and_go() {
  constexpr int kRounds = 20'000;
  static long sum = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([i] {
      long seen = 0;
      for (int round = 0; round < kRounds; ++round) {
        if (round % 8 == i) {
          pthread_rwlock_wrlock(&table);
          ++sum;
        } else {
          pthread_rwlock_rdlock(&table);
          seen += sum;
        }
        pthread_rwlock_unlock(&table);
      }
      if (seen < 0) std::puts("overflow");
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::printf("%ld %d\n", sum, pthread_rwlock_trywrlock(&table));
}

void read_twice() {
  for (int i = 0; i < 3; ++i) {
    pthread_rwlock_rdlock(&table);
    pthread_rwlock_rdlock(&table);
    pthread_rwlock_unlock(&table);
    const int refused = pthread_rwlock_trywrlock(&table);
    pthread_rwlock_unlock(&table);
    const int given = pthread_rwlock_trywrlock(&table);
    pthread_rwlock_unlock(&table);
    std::printf("%d %d\n", refused != 0, given);
  }
}

void destroyed_read() {
  pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
  pthread_rwlock_rdlock(&lock);
  pthread_rwlock_destroy(&lock);
}
void destroyed_free() {
  pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
  pthread_rwlock_rdlock(&lock);
  pthread_rwlock_unlock(&lock);
  pthread_rwlock_destroy(&lock);
}
void unlock_of_nobody() {
  pthread_rwlock_rdlock(&table);
  pthread_rwlock_unlock(&table);
  pthread_rwlock_unlock(&table);
}
void unlock_of_reader() {
  pthread_rwlock_rdlock(&table);
  std::thread([] { pthread_rwlock_unlock(&table); }).join();
}
void exit_reading() {
  std::thread([] { pthread_rwlock_rdlock(&table); }).join();
}

// Asked for alone it is known; under another lock it is not.
void index_alone() {
  for (int i = 0; i < 5; ++i) const std::lock_guard hold(index);
}
void index_under_journal() {
  index_alone();
  const std::lock_guard hold(journal);
  const std::lock_guard nested(index);
}
void known_then_nested() {
  run_both(turns, index_under_journal, [] {
    const std::lock_guard hold(index);
    const std::lock_guard nested(journal);
  });
}
void known_then_one_order() { run_both(turns, index_under_journal, index_under_journal); }

void read_under_journal() {
  read_first();
  const std::lock_guard hold(journal);
  const std::shared_lock read(names);
}
void known_read_then_nested() {
  run_both(turns, read_under_journal, [] {
    const std::unique_lock write(names);
    const std::lock_guard hold(journal);
  });
}
// Known for reading, and then asked for to write in the same nesting.
void known_read_then_written() {
  run_both(
      turns,
      [] {
        for (int i = 0; i < 5; ++i) {
          const std::lock_guard hold(journal);
          const std::shared_lock read(names);
        }
        const std::lock_guard hold(journal);
        const std::unique_lock write(names);
      },
      [] {
        const std::shared_lock read(names);
        const std::lock_guard hold(journal);
      });
}
void known_read_then_one_order() { run_both(turns, read_under_journal, read_under_journal); }

// One of two is given back.
void read_twice_and_once_back() {
  for (int i = 0; i < 5; ++i) {
    pthread_rwlock_rdlock(&table);
    pthread_rwlock_unlock(&table);
  }
  pthread_rwlock_rdlock(&table);
  pthread_rwlock_rdlock(&table);
  pthread_rwlock_unlock(&table);
}
void write_under_journal() {
  const std::lock_guard hold(journal);
  pthread_rwlock_wrlock(&table);
  pthread_rwlock_unlock(&table);
}
void read_once_more_then_nested() {
  run_both(
      turns,
      [] {
        read_twice_and_once_back();
        journal.lock();
        journal.unlock();
        pthread_rwlock_unlock(&table);
      },
      write_under_journal);
}
void read_once_more_then_behind() {
  run_both(
      turns,
      [] {
        read_twice_and_once_back();
        pthread_rwlock_unlock(&table);
        const std::lock_guard hold(journal);
      },
      write_under_journal);
}

constexpr Situation kAll[] = {{"writer-behind-reader", writer_behind_reader},
                              {"reader-leaves", reader_leaves},
                              {"writer-behind-two-readers", writer_behind_two_readers},
                              {"reader-behind-writer", reader_behind_writer},
                              {"come-and-go", come_and_go},
                              {"read-twice", read_twice},
                              {"destroyed-read", destroyed_read},
                              {"destroyed-free", destroyed_free},
                              {"unlock-of-nobody", unlock_of_nobody},
                              {"unlock-of-reader", unlock_of_reader},
                              {"exit-reading", exit_reading},
                              {"known-then-nested", known_then_nested},
                              {"known-then-one-order", known_then_one_order},
                              {"known-read-then-nested", known_read_then_nested},
                              {"known-read-then-written", known_read_then_written},
                              {"known-read-then-one-order", known_read_then_one_order},
                              {"read-once-more-then-nested", read_once_more_then_nested},
                              {"read-once-more-then-behind", read_once_more_then_behind}};

}  // namespace

int main(int argc, char** argv) { return run_one(kAll, argc, argv); }
