// SPDX-License-Identifier: Apache-2.0
//
// A copy of this process by clone(2), without libc: it runs nothing but the loop below, on memory of
// its own, and has closed every descriptor but one. Whatever ends this process closes the other end
// of that descriptor, and the kernel tells the reaper. It sits in a session of its own, out of the
// reach of a signal to our group, and has no exit signal, so that a wait(2) of the program does not
// meet it.
#include "harness/runtime/programs/reaper.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <atomic>

#include "harness/platform/futex.h"
#include "harness/platform/mappings.h"
#include "harness/platform/mutex_ranks.h"
#include "harness/platform/proc.h"
#include "harness/platform/raw_io.h"
#include "harness/platform/shadow.h"
#include "harness/platform/syscall.h"

namespace gridlock::internal {
namespace {

struct Message {
  int group;
  bool watch;
};

constexpr u32 kMaxGroups = 4096;
int g_groups[kMaxGroups];  // in the reaper only

constinit RawMutex& g_mutex = mutex_of(MutexRank::kReaper);
std::atomic<int> g_socket{-1};
int g_owner = 0;   // the process that the reaper watches; guarded by g_mutex
int g_reaper = 0;  // its number; guarded by g_mutex

void note(const Message& message) noexcept {
  for (int& group : g_groups) {
    if (group != (message.watch ? 0 : message.group)) continue;
    group = message.watch ? message.group : 0;
    return;
  }
}

// Memory shared with the parent is copied when either writes to it, so the reaper unmaps all large
// mappings. It keeps what the thread pointer points into, although it does not use it: the kernel
// writes there (restartable sequences), and a mapping of its own it is only if nothing large lies beside.
void let_go(const Mapping& mapping) noexcept {
  constexpr uptr kLarge = 1u << 20;
  const auto holds = [&](const void* what) {
    const auto at = reinterpret_cast<uptr>(what);
    return at >= mapping.first && at < mapping.last;
  };
  if (!mapping.writable || mapping.from_file || mapping.last - mapping.first < kLarge ||
      holds(__builtin_frame_address(0)) || holds(__builtin_thread_pointer()) ||
      holds(&g_groups[0])) {
    return;
  }
  raw_syscall(SYS_munmap, static_cast<i64>(mapping.first),
              static_cast<i64>(mapping.last - mapping.first));
}

void let_go_of_memory() noexcept {
  if (GRIDLOCK_HAS_SHADOW) return;  // AddressSanitizer checks this very code, in its shadow memory
  find_mapping<128>([](const Mapping& mapping, const char* /*line*/) {
    let_go(mapping);
    return false;
  });
}

[[noreturn]] void keep(int socket) noexcept {
  const u64 all = ~u64{0};
  raw_syscall(SYS_rt_sigprocmask, SIG_SETMASK, as_argument(&all), 0, sizeof all);
  raw_syscall(SYS_setsid);
  raw_syscall(SYS_prctl, PR_SET_NAME, as_argument("gridlock-reaper"));
  raw_syscall(SYS_chdir, as_argument("/"));
  if (socket > 0) raw_syscall(SYS_close_range, 0, socket - 1, 0);
  raw_syscall(SYS_close_range, socket + 1, 0x7fffffff, 0);
  let_go_of_memory();
  constexpr i64 kInterrupted = -4;  // -EINTR
  for (;;) {
    Message message;
    const i64 got = read_some(socket, &message, sizeof message);
    if (got == kInterrupted) continue;
    if (got <= 0) break;
    note(message);
  }
  for (const int group : g_groups) {
    if (group > 1) raw_syscall(SYS_kill, -group, SIGKILL);
  }
  exit_now(0);
}

void tell(const Message& message) noexcept {
  const int socket = g_socket.load();
  if (socket < 0) return;
  raw_syscall(SYS_sendto, socket, as_argument(&message), sizeof message, MSG_NOSIGNAL, 0, 0);
}

}  // namespace

void reaper_starts() noexcept {
  const RawGuard guard(g_mutex);
  if (g_owner == process_id()) return;
  g_owner = process_id();
  int ends[2];
  if (raw_syscall(SYS_socketpair, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
                  as_argument(&ends[0])) != 0) {
    return;
  }
  ends[0] = move_up(ends[0]);
  const i64 child = raw_syscall(SYS_clone);
  if (child == 0) keep(ends[1]);
  close_fd(ends[1]);
  if (child < 0) {
    close_fd(ends[0]);
  } else {
    g_socket.store(ends[0]);
    g_reaper = static_cast<int>(child);
  }
}

// Not close(): a fork may still have the other copy. __WALL, because it has no exit signal.
void reaper_ends() noexcept {
  const RawGuard guard(g_mutex);
  if (g_owner != process_id() || g_socket.load() < 0) return;
  raw_syscall(SYS_shutdown, g_socket.load(), SHUT_RDWR);
  close_fd(g_socket.load());
  g_socket.store(-1);
  raw_syscall(SYS_wait4, g_reaper, 0, __WALL, 0);
}

void reaper_forked() noexcept {
  if (g_socket.load() >= 0) close_fd(g_socket.load());
  g_socket.store(-1);
}

void reaper_watches(int group) noexcept { tell({group, true}); }
void reaper_forgets(int group) noexcept { tell({group, false}); }

}  // namespace gridlock::internal
