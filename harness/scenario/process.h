// SPDX-License-Identifier: Apache-2.0
//
// Several processes under test at once, each with a deadline, watched by one thread that sleeps in
// poll(2).
#pragma once

#include "harness/scenario/spawn.h"

#include <chrono>
#include <cstddef>
#include <list>
#include <optional>
#include <string>
#include <vector>

namespace gridlock::internal {

/// One process to watch.
struct ChildSpec {
  SpawnSpec spawn;       ///< stdin and output are set by the pool
  std::string log_path;  ///< where the runtime writes its records, the dump among them
  std::chrono::milliseconds deadline{};
};

struct ChildEnd {
  std::size_t tag = 0;
  int exit_code = -1;
  int signal = 0;
  bool timed_out = false;
  double seconds = 0;
  std::string output;  ///< stdout and stderr as they came, at most the last 64 KiB
};

/// Not thread-safe; use it from the thread that starts the processes (they die with it). The
/// destructor kills.
class ChildPool {
 public:
  ChildPool() = default;
  ChildPool(const ChildPool&) = delete;
  ChildPool& operator=(const ChildPool&) = delete;
  ~ChildPool();

  /// Starts one; `tag` comes back in its ChildEnd. Throws std::system_error.
  void start(std::size_t tag, const ChildSpec& spec);
  std::size_t running() const { return children_.size(); }

  /// Waits until a process has ended (returned), until `extra_fd` is readable, or until `at_most`
  /// went by (nothing returned). extra_fd -1: none. A process past its deadline gets SIGQUIT, on
  /// which the runtime writes its dump, and when that is on disk, or two seconds later, SIGKILL
  /// goes to its whole group. Never waits for the end of the output of a process that has ended: a
  /// grandchild may hold the pipe.
  std::optional<ChildEnd> wait(std::chrono::milliseconds at_most, int extra_fd);

  /// Kills and reaps all of them.
  void kill_all();

 private:
  using Clock = std::chrono::steady_clock;

  struct Child {
    std::size_t tag = 0;
    SpawnedProcess process;
    std::string log_path;
    Clock::time_point started;
    Clock::time_point deadline;  // when something has to be done next: ask for the dump, then kill
    bool timed_out = false;
    Fd output;  // nonblocking; closed once nobody can write any more
    std::string tail;
    Fd log_watch;  // inotify, from the request for a dump on
  };

  void read_output(Child& child, int rounds);
  void ask_for_dump(Child& child);
  bool dump_written(Child& child);
  ChildEnd take(std::list<Child>::iterator child);

  std::list<Child> children_;
};

/// The processes whose parent this one is. Those that were there before a run may be the caller's: a
/// shell's job, before it became this program by exec.
std::vector<pid_t> child_processes();
/// Kills and reaps every child process but those: what processes under test left behind outside
/// their group. Works after adopt_orphans().
void kill_orphans(const std::vector<pid_t>& spared);
/// Makes this process the new parent of processes that lose theirs.
void adopt_orphans();

}  // namespace gridlock::internal
