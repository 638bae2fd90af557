// SPDX-License-Identifier: Apache-2.0
//
// A program that contains Gridlock.
#include <gridlock/gridlock.h>

int main() {
  gridlock::Lock one("one");
  gridlock::Lock other("other");
  gridlock::Event half;
  gridlock::Thread first([&] {
    {
      const std::lock_guard hold(one);
      const std::lock_guard both(other);
    }
    half.set();
  });
  gridlock::Thread second([&] {
    const std::lock_guard hold(other);
    const std::lock_guard both(one);
  });
  first.join();
  second.join();
}
