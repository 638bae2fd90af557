// SPDX-License-Identifier: Apache-2.0
//
// The last thing that a thread's function does is to unlock a lock that it does not hold.
#include <gridlock/gridlock.h>

int main() {
  gridlock::Lock lock{"lock"};
  lock.lock();
  gridlock::Thread thread{"thread", [&] {
                            lock.unlock(); /* here */
                          }};
  thread.join();
  lock.unlock();
}
