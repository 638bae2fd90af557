// SPDX-License-Identifier: Apache-2.0
//
// The rows of docs/misbehaving.md about what a scenario does to its log, its descriptors and its
// surroundings. Nearly all have a finding then, because that is what could be lost.
#include "tests/cli/misbehaving.h"

#include <gridlock/gridlock.h>
#include <gridlock/scenario.h>

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <string>
#include <string_view>

namespace misbehaving {
namespace {

using gridlock::FindingKind;
using gridlock::finds;

// The path that the runner gave in GRIDLOCK_OPTIONS: the last one counts.
std::string log_path() {
  const char* const options = std::getenv("GRIDLOCK_OPTIONS");
  const std::string_view text = options != nullptr ? options : "";
  constexpr std::string_view kKey = "log_path=";
  const std::size_t at = text.rfind(kKey);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = text.substr(at + kKey.size());
  return std::string(rest.substr(0, rest.find(':')));
}

void limit(int which, rlim_t value) {
  const rlimit both{.rlim_cur = value, .rlim_max = value};
  if (setrlimit(static_cast<__rlimit_resource>(which), &both) != 0) std::abort();
}

void close_all() {
  for (int fd = 0; fd < 1024; ++fd) close(fd);
}

// No file can be opened any more, by whatever name.
void forbid_opening() {
  constexpr std::uint32_t kNumber = offsetof(seccomp_data, nr);
  sock_filter rules[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kNumber),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program{.len = std::size(rules), .filter = rules};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) std::abort();
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) std::abort();
}

// Until not one byte more goes in.
void fill_disk() {
  const std::string file = log_path() + ".fill";
  const int fd = open(file.c_str(), O_WRONLY | O_CREAT, 0600);
  for (std::size_t size = 1U << 16U; size > 0;) {
    const std::string block(size, 'x');
    if (write(fd, block.data(), size) < 0) size /= 2;
  }
}

}  // namespace

// Its log.

GRIDLOCK_SCENARIO(deletes, {.name = "log/deleted",
                            .summary = "Deletes its log before it has a finding",
                            .expect = finds(FindingKind::kLockOrderCycle)}) {
  use_a_lock();
  unlink(log_path().c_str());
  order_locks_both_ways();
}
GRIDLOCK_SCENARIO(empties, {.name = "log/emptied",
                            .summary = "Empties its log after a finding",
                            .expect = finds(FindingKind::kLockOrderCycle)}) {
  order_locks_both_ways();
  if (truncate(log_path().c_str(), 0) != 0) std::abort();
}
GRIDLOCK_SCENARIO(garbles, {.name = "log/garbled", .summary = "Writes into its log"}) {
  use_a_lock();
  const int fd = open(log_path().c_str(), O_WRONLY | O_APPEND);
  if (write(fd, "{\"record\":\n", 11) != 11) std::abort();
}
GRIDLOCK_SCENARIO(fifo, {.name = "log/fifo",
                         .summary = "A FIFO in place of its log",
                         .expect = finds(FindingKind::kLockOrderCycle)}) {
  use_a_lock();
  unlink(log_path().c_str());
  if (mkfifo(log_path().c_str(), 0600) != 0) std::abort();
  order_locks_both_ways();
}
GRIDLOCK_SCENARIO(link, {.name = "log/link",
                         .summary = "A symbolic link in place of its log",
                         .expect = finds(FindingKind::kLockOrderCycle)}) {
  use_a_lock();
  unlink(log_path().c_str());
  if (symlink("/dev/zero", log_path().c_str()) != 0) std::abort();
  order_locks_both_ways();
}
GRIDLOCK_SCENARIO(folder, {.name = "log/folder",
                           .summary = "A directory in place of its log",
                           .expect = finds(FindingKind::kLockOrderCycle)}) {
  use_a_lock();
  unlink(log_path().c_str());
  if (mkdir(log_path().c_str(), 0700) != 0) std::abort();
  order_locks_both_ways();
}
GRIDLOCK_SCENARIO(file_size, {.name = "log/file-size-limit",
                              .summary = "RLIMIT_FSIZE 0 before it has a finding",
                              .expect = finds(FindingKind::kLockOrderCycle)}) {
  limit(RLIMIT_FSIZE, 0);
  order_locks_both_ways();
}
GRIDLOCK_SCENARIO(full, {.name = "log/full-disk",
                         .summary = "The disk of its log is full before it has a finding",
                         .expect = finds(FindingKind::kLockOrderCycle)}) {
  use_a_lock();
  fill_disk();
  order_locks_both_ways();
}
GRIDLOCK_SCENARIO(full_clean,
                  {.name = "log/full-disk-clean",
                   .summary = "The disk of its log is full, and nothing is to be found"}) {
  use_a_lock();
  fill_disk();
}
GRIDLOCK_SCENARIO(endless, {.name = "log/endless",
                            .summary = "The same misuse ten thousand times",
                            .expect = finds(FindingKind::kMisuseUnlockFree)}) {
  gridlock::Lock lock("never taken");
  for (int i = 0; i < 10000; ++i) lock.unlock();
}
GRIDLOCK_SCENARIO(giant, {.name = "log/giant-names",
                          .summary = "Names of a hundred thousand characters",
                          .expect = finds(FindingKind::kSelfDeadlock)}) {
  const std::string name(100000, 'n');
  prctl(PR_SET_NAME, "\xff\xfe \"{");
  gridlock::Lock lock(name);
  lock.lock();
  lock.lock();
}

// Its descriptors and its output.

GRIDLOCK_SCENARIO(closes, {.name = "output/closes-all",
                           .summary = "Closes all descriptors before it has a finding",
                           .expect = finds(FindingKind::kLockOrderCycle)}) {
  use_a_lock();
  close_all();
  order_locks_both_ways();
}
GRIDLOCK_SCENARIO(closes_clean, {.name = "output/closes-all-clean",
                                 .summary = "Closes all descriptors, and nothing is to be found"}) {
  use_a_lock();
  close_all();
}
GRIDLOCK_SCENARIO(closes_stderr, {.name = "output/closes-stderr",
                                  .summary = "Closes stderr before it waits for itself",
                                  .expect = finds(FindingKind::kSelfDeadlock)}) {
  close(STDERR_FILENO);
  deadlock_for_sure();
}
GRIDLOCK_SCENARIO(no_descriptor, {.name = "output/no-descriptor",
                                  .summary = "May open no file, and waits for itself",
                                  .expect = finds(FindingKind::kSelfDeadlock)}) {
  limit(RLIMIT_NOFILE, 0);
  deadlock_for_sure();
}
GRIDLOCK_SCENARIO(floods, {.name = "output/endless", .summary = "Prints without end"}) {
  const std::string line(4096, 'x');
  for (;;) say(line.c_str());
}
GRIDLOCK_SCENARIO(no_newline, {.name = "output/zero-bytes",
                               .summary = "Prints control characters, zeros and no newline"}) {
  const char bytes[] = "\0\x1b[31m\xff\xfe\r\b";
  if (write(STDOUT_FILENO, bytes, sizeof bytes) < 0) std::abort();
}
GRIDLOCK_SCENARIO(pipe_signal,
                  {.name = "output/sigpipe", .summary = "Writes to a pipe that nobody reads"}) {
  int ends[2];
  if (pipe(ends) != 0) std::abort();
  close(ends[0]);
  if (write(ends[1], "x", 1) == 1) std::abort();
}

// Its surroundings.

GRIDLOCK_SCENARIO(directory, {.name = "around/directory",
                              .summary = "Goes to a directory and removes it",
                              .expect = finds(FindingKind::kLockOrderCycle)}) {
  std::string folder = log_path() + ".gone-XXXXXX";
  if (mkdtemp(folder.data()) == nullptr || chdir(folder.c_str()) != 0) std::abort();
  rmdir(folder.c_str());
  order_locks_both_ways();
}
GRIDLOCK_SCENARIO(environment, {.name = "around/environment",
                                .summary = "Clears its environment and changes TMPDIR",
                                .expect = finds(FindingKind::kLockOrderCycle)}) {
  clearenv();
  setenv("TMPDIR", "/no/such", 1);
  setenv("GRIDLOCK_OPTIONS", "log_path=/dev/full", 1);
  order_locks_both_ways();
}
GRIDLOCK_SCENARIO(mask, {.name = "around/umask",
                         .summary = "umask 0777 before it has a finding",
                         .expect = finds(FindingKind::kLockOrderCycle)}) {
  umask(0777);
  order_locks_both_ways();
}
GRIDLOCK_SCENARIO(roots, {.name = "around/chroot",
                          .summary = "chroot into an empty directory",
                          .expect = finds(FindingKind::kLockOrderCycle)}) {
  use_a_lock();
  std::string folder = log_path() + ".root-XXXXXX";
  if (mkdtemp(folder.data()) == nullptr || chroot(folder.c_str()) != 0 || chdir("/") != 0)
    std::abort();
  order_locks_both_ways();
}
GRIDLOCK_SCENARIO(filter, {.name = "around/seccomp",
                           .summary = "May open no file, by a filter, and waits for itself",
                           .expect = finds(FindingKind::kSelfDeadlock)}) {
  use_a_lock();
  forbid_opening();
  deadlock_for_sure();
}
GRIDLOCK_SCENARIO(user, {.name = "around/setuid",
                         .summary = "Gives up its user before it has a finding",
                         .expect = finds(FindingKind::kLockOrderCycle)}) {
  use_a_lock();
  if (setgid(65534) != 0 || setuid(65534) != 0) std::abort();
  order_locks_both_ways();
}

}  // namespace misbehaving
