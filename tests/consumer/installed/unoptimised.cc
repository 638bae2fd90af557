// SPDX-License-Identifier: Apache-2.0
//
// What containers, guards and pools do between Gridlock and the line that the user wrote: a release
// that is one too many, after a trail of records, and a result that is waited for under a lock that
// its task needs.
#include <gridlock/gridlock.h>

#include <memory>
#include <mutex>
#include <vector>

int main() {
  const auto one = std::make_unique<gridlock::Lock>("one"); /* one is made here */
  gridlock::Lock two{"two"};
  std::vector<gridlock::Thread> threads;
  threads.emplace_back("worker",
                       [&] {                                    /* the worker is made here */
                             const std::lock_guard first{*one}; /* std::lock_guard is here */
                             const gridlock::Guard second{two}; /* gridlock::Guard is here */
                       });
  threads.clear();
  gridlock::Turns turns;
  gridlock::Executor pool{1, "pool"}; /* the pool is made here */
  const auto task = [&] {
    const std::scoped_lock both{*one, two};
    one->unlock(); /* the first release is here */
    one->unlock(); /* one release too many is here */
    one->lock();
    turns.done();
  };
  gridlock::Future<void> future = pool.submit(task); /* the future is made here */
  turns.wait_for(1);
  const gridlock::Guard holds_what_the_task_needs{*one}; /* the get under a lock is here */
  future.get();
}
