// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/process.h"

#include "harness/scenario/source_text.h"
#include "harness/scenario/wire.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <fstream>
#include <system_error>

namespace gridlock::internal {
namespace {

constexpr std::size_t kOutputKept = 64U * 1024;
constexpr std::chrono::seconds kDumpPatience{2};
constexpr std::chrono::seconds kOrphanPatience{10};

}  // namespace

ChildPool::~ChildPool() { kill_all(); }

void ChildPool::kill_all() {
  for (const Child& child : children_) finish(child.process);
  children_.clear();
}

void ChildPool::start(std::size_t tag, const ChildSpec& spec) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    throw std::system_error(errno, std::generic_category(), "pipe");
  }
  Child child;
  child.output = Fd(ends[0]);
  const Fd writing(ends[1]);
  fcntl(child.output.get(), F_SETFL, O_NONBLOCK);
  SpawnSpec spawn_spec = spec.spawn;
  spawn_spec.output_fd = writing.get();
  child.tag = tag;
  child.log_path = spec.log_path;
  child.process = spawn(spawn_spec);
  child.started = Clock::now();
  child.deadline = child.started + spec.deadline;
  children_.push_back(std::move(child));
}

std::optional<ChildEnd> ChildPool::wait(std::chrono::milliseconds at_most, int extra_fd) {
  const Clock::time_point limit = Clock::now() + at_most;
  for (;;) {
    Clock::time_point next = limit;
    std::vector<pollfd> watched{{.fd = extra_fd, .events = POLLIN, .revents = 0}};
    for (const Child& child : children_) {
      next = std::min(next, child.deadline);
      for (const int fd : {child.process.pidfd.get(), child.output.get(), child.log_watch.get()}) {
        watched.push_back({.fd = fd, .events = POLLIN, .revents = 0});  // -1 is skipped by poll
      }
    }
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(next - Clock::now()).count();
    const int patience = static_cast<int>(std::clamp<long>(left + 1, 0, INT_MAX));
    if (poll(watched.data(), watched.size(), patience) < 0 && errno != EINTR) {
      throw std::system_error(errno, std::generic_category(), "poll");
    }
    std::size_t at = 1;
    for (auto child = children_.begin(); child != children_.end(); ++child, at += 3) {
      // One round, so that a process that never stops printing cannot keep the others waiting.
      if (watched[at + 1].revents != 0) read_output(*child, 1);
      if (watched[at].revents != 0) return take(child);
      const bool due = Clock::now() >= child->deadline;
      if (child->timed_out && (due || dump_written(*child))) return take(child);
      if (due) ask_for_dump(*child);
    }
    if (watched[0].revents != 0 || Clock::now() >= limit) return std::nullopt;
  }
}

void ChildPool::read_output(Child& child, int rounds) {
  std::array<char, kOutputKept> buffer;
  for (; rounds > 0; --rounds) {
    const ssize_t got = read(child.output.get(), buffer.data(), buffer.size());
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) {
      child.output.reset();  // nobody can write any more; poll would return at once forever
      return;
    }
    child.tail.append(buffer.data(), static_cast<std::size_t>(got));
    if (child.tail.size() > kOutputKept) child.tail.erase(0, child.tail.size() - kOutputKept);
  }
}

void ChildPool::ask_for_dump(Child& child) {
  child.timed_out = true;
  child.deadline = Clock::now() + kDumpPatience;
  child.log_watch = Fd(inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  inotify_add_watch(child.log_watch.get(), child.log_path.c_str(), IN_MODIFY);
  kill(child.process.pid, SIGQUIT);
}

bool ChildPool::dump_written(Child& child) {
  std::array<char, 4096> events;
  bool changed = false;
  while (read(child.log_watch.get(), events.data(), events.size()) > 0) changed = true;
  if (!changed) return false;
  return read_wire(read_file(child.log_path).value_or(""), child.log_path).dump.has_value();
}

ChildEnd ChildPool::take(std::list<Child>::iterator child) {
  const ProcessEnd status = finish(child->process);
  ChildEnd end;
  end.seconds = std::chrono::duration<double>(Clock::now() - child->started).count();
  // Reads what is in the pipe now, and no more: twice its capacity at most.
  read_output(*child, 2);
  end.tag = child->tag;
  end.exit_code = status.exit_code;
  end.signal = status.signal;
  end.timed_out = child->timed_out;
  end.output = std::move(child->tail);
  children_.erase(child);
  return end;
}

void adopt_orphans() { prctl(PR_SET_CHILD_SUBREAPER, 1); }

std::vector<pid_t> child_processes() {
  std::ifstream list("/proc/thread-self/children");  // absent in some kernels: nothing to be done
  std::vector<pid_t> children;
  for (pid_t child = 0; list >> child;) children.push_back(child);
  return children;
}

void kill_orphans(const std::vector<pid_t>& spared) {
  // A killed orphan leaves its own children to us, so look again until there are none: the tree may
  // be many generations deep, and may go on forking while it is killed.
  const auto limit = std::chrono::steady_clock::now() + kOrphanPatience;
  for (bool any = true; any && std::chrono::steady_clock::now() < limit;) {
    any = false;
    for (const pid_t orphan : child_processes()) {
      if (std::find(spared.begin(), spared.end(), orphan) != spared.end()) continue;
      any = true;
      kill(orphan, SIGKILL);
      waitpid(orphan, nullptr, 0);
    }
  }
}

}  // namespace gridlock::internal
