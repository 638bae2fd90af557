// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/spawn.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstring>
#include <system_error>

namespace gridlock::internal {
namespace {

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> result;
  result.reserve(strings.size() + 1);
  for (const std::string& string : strings) result.push_back(const_cast<char*>(string.c_str()));
  result.push_back(nullptr);
  return result;
}

[[noreturn]] void fail_in_child(const char* what) {
  const char* const parts[] = {"gridlock: ", what, ": ", strerrordesc_np(errno), "\n"};
  for (const char* part : parts) {
    if (part != nullptr && write(STDERR_FILENO, part, std::strlen(part)) < 0) break;
  }
  _exit(127);
}

void default_signals() {
  for (int signal = 1; signal < NSIG; ++signal) {
    if (signal != SIGKILL && signal != SIGSTOP) std::signal(signal, SIG_DFL);
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

// Of an entry "NAME=" with room behind it, which is written by hand, because nothing else is allowed there.
constexpr std::size_t kPidRoom = 10;
void write_pid(char* entry) {
  auto number = static_cast<unsigned>(getpid());
  for (std::size_t i = kPidRoom; i > 0; --i, number /= 10)
    entry[i - 1] = static_cast<char>('0' + number % 10);
}

void lower_limit(__rlimit_resource_t what, unsigned long long most) {
  rlimit limit{};
  if (most == 0 || getrlimit(what, &limit) != 0 || limit.rlim_max < most) return;
  limit.rlim_cur = most;
  limit.rlim_max = most;
  setrlimit(what, &limit);
}

// What happens between fork and exec; only calls that are allowed there.
[[noreturn]] void become(const SpawnSpec& spec, const char* program, char* const* argv,
                         char* const* environment, char* own_pid, pid_t parent) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);  // it died before the line above
  default_signals();
  const int null = open("/dev/null", O_RDWR);
  dup2(spec.stdin_fd >= 0 ? spec.stdin_fd : null, STDIN_FILENO);
  dup2(spec.output_fd >= 0 ? spec.output_fd : null, STDOUT_FILENO);
  dup2(spec.output_fd >= 0 && spec.merge_stderr ? spec.output_fd : null, STDERR_FILENO);
  if (null > STDERR_FILENO) close(null);
  // A crash is reported by the runtime's dump; writing a core of a ThreadSanitizer process takes
  // longer than most scenarios. `child NAME` by hand gives one.
  rlimit core{};
  if (getrlimit(RLIMIT_CORE, &core) == 0) {
    core.rlim_cur = 0;
    setrlimit(RLIMIT_CORE, &core);
  }
  lower_limit(RLIMIT_DATA, spec.most_memory);
  lower_limit(RLIMIT_FSIZE, spec.most_written);
  if (spec.fixed_addresses) {
    const int now = personality(0xffffffff);
    if (now >= 0) personality(static_cast<unsigned long>(now) | ADDR_NO_RANDOMIZE);
  }
  if (own_pid != nullptr) write_pid(own_pid);
  execve(program, argv, environment);
  fail_in_child(program);
}

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

void write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    if (written <= 0) fail("write");
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  if (lseek(fd, 0, SEEK_SET) != 0) fail("lseek");
}

std::string read_all(int fd) {
  std::string text;
  std::array<char, 65536> buffer;
  off_t at = 0;
  for (ssize_t got = 0; (got = pread(fd, buffer.data(), buffer.size(), at)) > 0; at += got) {
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return text;
}

}  // namespace

// By number: glibc 2.36 declares pidfd_open without C linkage.
Fd open_pidfd(pid_t pid) { return Fd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0))); }

void Fd::reset() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

SpawnedProcess spawn(const SpawnSpec& spec) {
  const std::vector<char*> argv = pointers(spec.argv);
  std::vector<char*> environment = pointers(spec.environment);
  std::string own_pid = spec.own_pid + "=" + std::string(kPidRoom, '0');
  if (!spec.own_pid.empty()) environment.insert(environment.begin(), own_pid.data());
  const char* const program = spec.program.empty() ? argv[0] : spec.program.c_str();
  const pid_t parent = getpid();

  SpawnedProcess process;
  process.pid = fork();
  if (process.pid < 0) fail("fork");
  if (process.pid == 0)
    become(spec, program, argv.data(), environment.data(),
           spec.own_pid.empty() ? nullptr : own_pid.data() + spec.own_pid.size() + 1, parent);
  setpgid(
      process.pid,
      process.pid);  // both sides, so that neither can be too late; fails after the exec, harmless
  process.pidfd = open_pidfd(process.pid);
  if (!process.pidfd.valid()) {
    const int error = errno;
    finish(process);
    throw std::system_error(error, std::generic_category(), "pidfd_open");
  }
  return process;
}

ProcessEnd finish(const SpawnedProcess& process) {
  // The group first: as long as its leader is not reaped, nobody else can get its number.
  if (process.pid <= 1) return {};  // -1 would be everybody
  kill(-process.pid, SIGKILL);
  kill(process.pid, SIGKILL);
  ProcessEnd end;
  int status = 0;
  while (waitpid(process.pid, &status, 0) < 0) {
    if (errno != EINTR) return end;
  }
  if (WIFEXITED(status)) end.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) end.signal = WTERMSIG(status);
  return end;
}

ProcessEnd wait_bounded(const SpawnedProcess& process, std::chrono::milliseconds at_most) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point deadline = Clock::now() + at_most;
  pollfd ended{.fd = process.pidfd.get(), .events = POLLIN, .revents = 0};
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    const int ready = poll(&ended, 1, left > 0 ? static_cast<int>(left) + 1 : 0);
    if (ready < 0 && errno == EINTR) continue;
    ProcessEnd end = finish(process);
    end.timed_out = ready <= 0;
    return end;
  }
}

Answer ask(SpawnSpec spec, std::string_view question, std::chrono::milliseconds at_most) {
  const Fd input(memfd_create("gridlock-question", MFD_CLOEXEC));
  const Fd output(memfd_create("gridlock-answer", MFD_CLOEXEC));
  if (!input.valid() || !output.valid()) fail("memfd_create");
  write_all(input.get(), question);
  spec.stdin_fd = input.get();
  spec.output_fd = output.get();
  spec.merge_stderr = false;
  const ProcessEnd end = wait_bounded(spawn(spec), at_most);
  return {read_all(output.get()), end};
}

bool ends_whole_jobs(int signal) noexcept {
  return signal == SIGTERM || signal == SIGINT || signal == SIGHUP;
}

}  // namespace gridlock::internal
