// SPDX-License-Identifier: Apache-2.0
//
// A program that contains Gridlock. With a word its threads do not meet, by an order that nobody sees; without one they may.
#include <gridlock/gridlock.h>

#include <atomic>
#include <thread>

int main(int words, char**) {
  gridlock::Lock one("one");
  gridlock::Lock other("other");
  std::atomic<bool> may_begin{words == 1};
  gridlock::Thread first([&] {
    {
      const std::lock_guard hold(one);
      const std::lock_guard both(other);
    }
    may_begin.store(true);
  });
  gridlock::Thread second([&] {
    while (!may_begin.load()) std::this_thread::yield();
    const std::lock_guard hold(other);
    const std::lock_guard both(one);
  });
  first.join();
  second.join();
}
