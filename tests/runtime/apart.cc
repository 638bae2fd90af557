// SPDX-License-Identifier: Apache-2.0
//
// `runtime_apart`, one misuse in a program whose segments do not lie side by side.
#include <gridlock/gridlock.h>

int main() {
  gridlock::Lock lock{"given back twice"};
  lock.lock();
  lock.unlock();
  lock.unlock();
  return 0;
}
