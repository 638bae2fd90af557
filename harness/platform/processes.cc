// SPDX-License-Identifier: Apache-2.0
#include "harness/platform/processes.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#include "harness/platform/futex.h"
#include "harness/platform/proc.h"
#include "harness/platform/raw_io.h"
#include "harness/platform/syscall.h"

namespace gridlock::internal {
namespace {

constexpr i64 kInterrupted = -4;    // -EINTR
constexpr i64 kNoSuchChild = -10;   // -ECHILD
constexpr int kNoSuchProcess = -3;  // -ESRCH

// A process whose main thread has ended looks like a zombie while its other threads run.
bool has_ended(const ProcStatus& seen) noexcept {
  return seen.state == 'X' || seen.state == 'x' || (seen.state == 'Z' && seen.threads <= 1);
}

int poll_until(int fd, u64 deadline_ns) noexcept {
  pollfd ended{fd, POLLIN, 0};
  for (;;) {
    const u64 now = now_ns();
    const u64 left = deadline_ns > now ? deadline_ns - now : 0;
    timespec wait{static_cast<time_t>(left / 1'000'000'000u),
                  static_cast<long>(left % 1'000'000'000u)};
    const i64 ready = raw_syscall(SYS_ppoll, as_argument(&ended), 1, as_argument(&wait), 0, 0);
    if (ready != kInterrupted) return static_cast<int>(ready);
  }
}

// Until the process ends, or a moment where no descriptor of it can be had: then one has to look again.
void pause_for_end(int pid, u64 deadline_ns) noexcept {
  const i64 fd = deadline_ns == kNoTimeout ? -1 : raw_syscall(SYS_pidfd_open, pid, 0);
  if (fd >= 0) {
    const int ready = poll_until(static_cast<int>(fd), deadline_ns);
    close_fd(static_cast<int>(fd));
    if (ready >= 0) return;
  }
  const timespec moment{0, 5'000'000};
  raw_syscall(SYS_nanosleep, as_argument(&moment), 0);
}

}  // namespace

int parent_process_id() noexcept { return static_cast<int>(raw_syscall(SYS_getppid)); }

u64 process_start_time(int pid) noexcept {
  const ProcStatus seen = proc_status(pid);
  return has_ended(seen) ? 0 : seen.start_time;
}

bool process_runs(int pid, u64 start_time) noexcept {
  const ProcStatus seen = proc_status(pid);
  if (seen.state != 0)
    return !has_ended(seen) && (start_time == 0 || seen.start_time == start_time);
  // Not even its file: it has ended, or /proc is not there, or hides it (hidepid). The kernel says
  // which, unless it answers no such question at all.
  const int answer = signal_process(pid, 0);
  if (answer == 0 || answer == kNoSuchProcess) return answer == 0;
  const bool refuses_all = signal_process(process_id(), 0) != 0;
  return seen.unreadable || !refuses_all || proc_status(process_id()).state == 0;
}

bool thread_exists(int pid, int tid) noexcept {
  constexpr i64 kRefused = -1;  // -EPERM: it is another user's
  const i64 answer = raw_syscall(SYS_tgkill, pid, tid, 0);
  return answer == 0 || answer == kRefused;
}

u32 process_threads(int pid) noexcept { return proc_status(pid).threads; }

// For the kernel 0 is the caller's group, and -1 is everybody: neither is ever meant. A call that was
// refused, and whose answer was taken for a number, must not reach them.
int signal_process(int pid, int signal) noexcept {
  if (pid <= 0) return kNoSuchProcess;
  constexpr int kAttempts = 3;  // a child that gets no SIGTERM would be waited for forever
  i64 result = 0;
  for (int i = 0; i < kAttempts; ++i) {
    result = raw_syscall(SYS_kill, pid, signal);
    if (result == 0 || result == kNoSuchProcess) break;
  }
  return static_cast<int>(result);
}

void become_subreaper() noexcept { raw_syscall(SYS_prctl, PR_SET_CHILD_SUBREAPER, 1); }

Reaped reap_child(int pid, u64 deadline_ns) noexcept {
  const int flags = deadline_ns == kNoTimeout ? 0 : WNOHANG;
  for (;;) {
    int status = 0;
    const i64 result = raw_syscall(SYS_wait4, pid, as_argument(&status), flags, 0);
    if (result == kInterrupted) continue;
    if (result == pid) return {status, true};
    if (result == kNoSuchChild) return {kStatusUnknown, true};
    if (deadline_ns == 0) return {0, false};
    if (result < 0) {  // waiting is not allowed here; its file says when it has ended
      const ProcStatus seen = proc_status(pid);
      if (has_ended(seen)) return {seen.wait_status, true};
      if (seen.state == 0 && !seen.unreadable) return {kStatusUnknown, true};
    }
    if (now_ns() >= deadline_ns) return {0, false};
    pause_for_end(pid, deadline_ns);
  }
}

void* reserve_shared_pages(u64 bytes) noexcept {
  const i64 result = raw_syscall(SYS_mmap, 0, static_cast<i64>(bytes), PROT_READ | PROT_WRITE,
                                 MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (result < 0 && result > -4096) return nullptr;
  return reinterpret_cast<void*>(static_cast<uptr>(result));
}

bool make_life_line(LifeLine& line) noexcept {
  int ends[2];
  if (raw_syscall(SYS_pipe2, as_argument(&ends[0]), O_CLOEXEC) < 0) return false;
  line.reading = move_up(ends[0]);
  line.writing = move_up(ends[1]);
  return true;
}

void drop_life_line(LifeLine& line) noexcept {
  if (line.writing >= 0) close_fd(line.writing);
  if (line.reading >= 0) close_fd(line.reading);
  line = {};
}

bool tie_to_parent(LifeLine& line) noexcept {
  if (line.writing >= 0) close_fd(line.writing);
  line.writing = -1;
  // The receiver of the signal belongs to the open file, which all children inherit: so each child
  // opens one of its own.
  ProcPath path("/proc/self/fd/");
  path.number(line.reading);
  const i64 opened = raw_syscall(SYS_openat, AT_FDCWD, as_argument(path.path()),
                                 O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  close_fd(line.reading);
  line.reading = -1;
  if (opened < 0) return false;
  const int fd = move_up(static_cast<int>(opened));
  const bool watched = raw_syscall(SYS_fcntl, fd, F_SETOWN, process_id()) == 0 &&
                       raw_syscall(SYS_fcntl, fd, F_SETSIG, SIGKILL) == 0 &&
                       raw_syscall(SYS_fcntl, fd, F_SETFL, O_ASYNC | O_NONBLOCK) == 0;
  WaitFd parent{fd, 0, 0};  // POLLHUP is always asked for
  poll_fds(&parent, 1, 0);
  if ((parent.ready & POLLHUP) != 0) signal_process(process_id(), SIGKILL);
  return watched;
}

}  // namespace gridlock::internal
