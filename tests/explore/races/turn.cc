// SPDX-License-Identifier: Apache-2.0
#include "tests/explore/races/turn.h"

#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace gridlock::races {
namespace {

int g_turn = 0;

}  // namespace

void begin_turns() { __atomic_store_n(&g_turn, 0, __ATOMIC_SEQ_CST); }

void wait_for_turn(int number) {
  for (;;) {
    const int now = __atomic_load_n(&g_turn, __ATOMIC_SEQ_CST);
    if (now == number) return;
    syscall(SYS_futex, &g_turn, FUTEX_WAIT, now, nullptr, nullptr, 0);
  }
}

void end_turn() {
  __atomic_add_fetch(&g_turn, 1, __ATOMIC_SEQ_CST);
  syscall(SYS_futex, &g_turn, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

}  // namespace gridlock::races
