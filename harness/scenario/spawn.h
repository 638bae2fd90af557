// SPDX-License-Identifier: Apache-2.0
//
// Starting one process, and owning file descriptors.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gridlock::internal {

/// Owns a file descriptor.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() { reset(); }

  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  void reset();

 private:
  int fd_ = -1;
};

/// Refers to the process, readable when it has ended; not valid() and errno where there is none.
Fd open_pidfd(pid_t pid);

struct SpawnSpec {
  std::vector<std::string> argv;  ///< of the new process
  std::string program;            ///< what is executed; empty: argv[0], without a search in PATH
  std::vector<std::string> environment;  ///< "NAME=value"
  int stdin_fd = -1;                     ///< -1: /dev/null
  int output_fd = -1;                    ///< stdout and, if merge_stderr, stderr
  bool merge_stderr = true;              ///< otherwise stderr goes to /dev/null
  unsigned long long most_memory = 0;    ///< bytes of its own (RLIMIT_DATA); 0: as many as here
  unsigned long long most_written = 0;   ///< bytes of a file (RLIMIT_FSIZE); 0: as many as here
  std::string own_pid;           ///< a variable that has its own process number; empty: none
  bool fixed_addresses = false;  ///< personality ADDR_NO_RANDOMIZE, as `setarch -R`
};

struct SpawnedProcess {
  pid_t pid = -1;
  Fd pidfd;  ///< readable when it has ended
};

/// Starts the process in a group of its own, with default signal handling, killed by the kernel
/// when the calling thread ends. Throws std::system_error if there is no process; if the program
/// cannot be executed the new process says so on its stderr and exits with 127.
SpawnedProcess spawn(const SpawnSpec& spec);

/// Waits for the end of a process, kills what is left of its group and reaps it. `timed_out`: it
/// was killed because `at_most` went by first.
struct ProcessEnd {
  int exit_code = -1;  ///< -1 if it did not exit by itself
  int signal = 0;      ///< that ended it, 0 if none
  bool timed_out = false;
};
ProcessEnd wait_bounded(const SpawnedProcess& process, std::chrono::milliseconds at_most);

/// What a program wrote, and how it ended.
struct Answer {
  std::string text;
  ProcessEnd end;
};
/// Runs a program with `question` as its stdin until it ends, or `at_most` went by. Question and answer go through memory
/// files instead of pipes: neither side can block on the other. Throws std::system_error if there is no process or no
/// memory for them; bound the answer by `most_written`.
Answer ask(SpawnSpec spec, std::string_view question, std::chrono::milliseconds at_most);

/// Kills the whole group and reaps the process, which has ended or is about to.
ProcessEnd finish(const SpawnedProcess& process);

/// A terminal, or Slurm at the end of a job's time, sends this signal to all processes of a job: who has seen one of them end by it
/// gets its own within kOurSignalComesMs milliseconds, perhaps as the last.
bool ends_whole_jobs(int signal) noexcept;
inline constexpr int kOurSignalComesMs = 2000;

}  // namespace gridlock::internal
