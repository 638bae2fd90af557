// SPDX-License-Identifier: Apache-2.0
//
// Bodies of Gridlock's own primitives whose failing executions are told step by step: own_steps_program NAME, for
// own_steps_test.py.
#include <gridlock/explore.h>
#include <gridlock/gridlock.h>

#include <cstdio>
#include <cstring>

namespace {

void deadlock() {
  gridlock::Lock first("first");
  gridlock::Lock second("second");
  gridlock::Thread other([&] {
    const gridlock::Guard outer(second);
    const gridlock::Guard inner(first);
  });
  {
    const gridlock::Guard outer(first);
    const gridlock::Guard inner(second);
  }
  other.join();
}

// Which of the two comes first decides what is wrong.
template <typename Body>
void fails_if_tried_in_vain(Body hold) {
  gridlock::SharedLock lock("ledger");
  gridlock::Event seen("seen");
  bool got = true;
  gridlock::Thread other([&] {
    got = lock.try_lock();
    if (got) lock.unlock();
    seen.set();
  });
  hold(lock, seen);
  other.join();
  gridlock::require(got, "it could be taken");
}

void tried_in_vain() {
  fails_if_tried_in_vain([](gridlock::SharedLock& lock, gridlock::Event& seen) {
    lock.lock_shared();
    seen.wait();
    lock.unlock_shared();
  });
}

void tried_after() {
  fails_if_tried_in_vain([](gridlock::SharedLock& lock, gridlock::Event& seen) {
    seen.wait();
    lock.lock_shared();
    lock.unlock_shared();
  });
}

}  // namespace

int main(int count, char** words) {
  const char* const name = count == 2 ? words[1] : "";
  void (*body)() = nullptr;
  if (std::strcmp(name, "deadlock") == 0) body = deadlock;
  if (std::strcmp(name, "tried-in-vain") == 0) body = tried_in_vain;
  if (std::strcmp(name, "tried-after") == 0) body = tried_after;
  if (body == nullptr) {
    std::fprintf(stderr, "own_steps_program: no body '%s'\n", name);
    return 2;
  }
  return gridlock::explore({.executions = 500}, body) ? 1 : 0;
}
