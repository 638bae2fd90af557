// SPDX-License-Identifier: Apache-2.0
//
// GRIDLOCK_FAULT="FILE N WHAT": the N-th system call of the observer fails with the errno WHAT, or, for
// WHAT 0, reads or writes half of what it was asked for. N 0: none does. FILE is what the test reads
// afterwards, whatever became of the process: how many calls there were, and which one failed. The
// count goes on through fork and exec.
#include "tests/faults/redirect.h"

#undef raw_syscall

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <sys/mman.h>

#include <atomic>

extern "C" char** environ;  // NOLINT: POSIX leaves it to the program

namespace gridlock::internal {
namespace {

// In the file.
struct Tally {
  std::atomic<u64> calls;
  std::atomic<u64> failed;  // the number of the system call, plus one
};

struct Wish {
  char file[512];
  u64 at;
  i64 error;
};

std::atomic<Tally*> g_tally{nullptr};
std::atomic<int> g_asked{0};  // 1: being looked for, 2: known
Wish g_wish;

const char* after(const char* text, const char* start) {
  while (*start != 0) {
    if (*text++ != *start++) return nullptr;
  }
  return text;
}

u64 number(const char** text) {
  u64 value = 0;
  while (**text == ' ') ++*text;
  for (; **text >= '0' && **text <= '9'; ++*text)
    value = value * 10 + static_cast<u64>(**text - '0');
  return value;
}

bool read_wish() {
  if (environ == nullptr) return false;
  for (char** one = environ; *one != nullptr; ++one) {
    const char* text = after(*one, "GRIDLOCK_FAULT=");
    if (text == nullptr) continue;
    u64 size = 0;
    while (*text != 0 && *text != ' ' && size + 1 < sizeof g_wish.file) {
      g_wish.file[size++] = *text++;
    }
    g_wish.file[size] = 0;
    g_wish.at = number(&text);
    g_wish.error = static_cast<i64>(number(&text));
    return true;
  }
  return false;
}

Tally* map_tally() {
  const i64 fd =
      raw_syscall(SYS_openat, AT_FDCWD, as_argument(&g_wish.file[0]), O_RDWR | O_CLOEXEC);
  if (fd < 0) return nullptr;
  const i64 memory = raw_syscall(SYS_mmap, 0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  raw_syscall(SYS_close, fd);
  return memory < 0 ? nullptr : reinterpret_cast<Tally*>(memory);
}

Tally* tally() {
  int unknown = 0;
  if (g_asked.load() != 2 && g_asked.compare_exchange_strong(unknown, 1)) {
    if (read_wish()) g_tally.store(map_tally());
    g_asked.store(2);
  }
  return g_tally.load();
}

// These have no error that could be handed out.
bool cannot_fail(i64 call) {
  return call == SYS_exit || call == SYS_exit_group || call == SYS_getpid || call == SYS_gettid ||
         call == SYS_getppid || call == SYS_clock_gettime;
}

// A futex is woken for no reason, or finds its word changed, and no more can happen to it.
bool fits(i64 call, i64 operation, i64 error, i64 size) {
  if (call == SYS_futex) {
    const i64 command = operation & FUTEX_CMD_MASK;
    const bool waits = command == FUTEX_WAIT || command == FUTEX_WAIT_BITSET;
    return waits && (error == EINTR || error == EAGAIN);
  }
  if (error == 0) return (call == SYS_read || call == SYS_write) && size > 1;
  return true;
}

}  // namespace

i64 faulty_syscall(i64 call, i64 a, i64 b, i64 c, i64 d, i64 e, i64 f) noexcept {
  Tally* const counted = cannot_fail(call) ? nullptr : tally();
  if (counted == nullptr) return raw_syscall(call, a, b, c, d, e, f);
  const u64 now = counted->calls.fetch_add(1) + 1;
  if (now != g_wish.at || !fits(call, b, g_wish.error, c)) {
    return raw_syscall(call, a, b, c, d, e, f);
  }
  counted->failed.store(static_cast<u64>(call) + 1);
  if (g_wish.error == 0) return raw_syscall(call, a, b, c / 2, d, e, f);
  if (call == SYS_close) raw_syscall(call, a, b, c, d, e, f);  // closed it is, whatever it says
  return -g_wish.error;
}

}  // namespace gridlock::internal
