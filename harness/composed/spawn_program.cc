// SPDX-License-Identifier: Apache-2.0
//
// Compiled like user code. posix_spawn stops this thread until the program runs or could not be
// executed, so an error is known here; no handler of pthread_atfork runs, and no descriptor is
// without close-on-exec at any moment, so that programs started by other threads at the same time
// inherit none of ours.
#include "harness/composed/spawn_program.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <map>
#include <system_error>
#include <utility>

#include "harness/runtime/programs/program_waits.h"
#include "harness/runtime/programs/reaper.h"

extern char** environ;  // NOLINT(readability-redundant-declaration): POSIX wants it declared

namespace gridlock::internal {
namespace {

[[noreturn]] void fail(int error, const std::string& what) {
  throw std::system_error(error, std::generic_category(), "gridlock::Subprocess: " + what);
}

// A descriptor that is closed on exec, and that is none of the three which a program starts with.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {
    if (fd < 0 || fd > STDERR_FILENO) return;
    fd_ = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    close(fd);
  }
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_ = -1;
};

struct Pipe {
  Descriptor read;
  Descriptor write;
};

Pipe make_pipe() {
  int ends[2];
  if (pipe2(&ends[0], O_CLOEXEC) != 0) fail(errno, "pipe");
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

class Actions {
 public:
  Actions() { check(posix_spawn_file_actions_init(&actions_)); }
  ~Actions() { posix_spawn_file_actions_destroy(&actions_); }
  Actions(const Actions&) = delete;
  Actions& operator=(const Actions&) = delete;

  void duplicate(int from, int to) { check(posix_spawn_file_actions_adddup2(&actions_, from, to)); }
  void open_null(int to) {
    check(posix_spawn_file_actions_addopen(&actions_, to, "/dev/null", O_RDWR, 0));
  }
  void change_directory(const std::string& to) {
    check(posix_spawn_file_actions_addchdir_np(&actions_, to.c_str()));
  }
  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  static void check(int error) {
    if (error != 0) fail(error, "posix_spawn");
  }
  posix_spawn_file_actions_t actions_;
};

// A process group of its own, no signal blocked, and SIGPIPE ends it, whatever this process does.
class Attributes {
 public:
  Attributes() {
    if (const int error = posix_spawnattr_init(&attributes_); error != 0)
      fail(error, "posix_spawn");
    sigset_t none;
    sigset_t pipe;
    sigemptyset(&none);
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &pipe);
    posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~Attributes() { posix_spawnattr_destroy(&attributes_); }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_;
};

std::string name_of_variable(const std::string& setting) {
  return setting.substr(0, setting.find('='));
}

std::vector<std::string> environment_of(const SubprocessOptions& options) {
  std::map<std::string, std::string> settings;  // a later one of the same name counts
  if (!options.clear_environment) {
    for (char** each = environ; each != nullptr && *each != nullptr; ++each)
      settings.insert_or_assign(name_of_variable(*each), *each);
  }
  for (const std::string& each : options.environment)
    settings.insert_or_assign(name_of_variable(each), each);
  std::vector<std::string> result;
  for (auto& [name, setting] : settings) result.push_back(std::move(setting));
  return result;
}

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> result;
  for (const std::string& each : strings) result.push_back(const_cast<char*>(each.c_str()));
  result.push_back(nullptr);
  return result;
}

void do_not_block(int fd) {
  const int flags = fcntl(fd, F_GETFL);
  if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0) fail(errno, "fcntl");
}

// Nobody but us can reap it, so its number is its own until then.
void kill_and_reap(int pid) {
  if (pid <= 1) return;  // -1 would be everybody
  kill(-pid, SIGKILL);
  while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace

Spawned spawn_program(const std::vector<std::string>& argv, const SubprocessOptions& options) {
  if (argv.empty()) fail(EINVAL, "no program given");
  reaper_starts();  // before there are pipes: it would have their ends, too, until it has closed them
  pipes_begin();
  const Stream streams[] = {options.input, options.output, options.errors};
  Descriptor ours[3];
  Descriptor theirs[3];
  Actions actions;
  for (int i = 0; i < 3; ++i) {
    if (streams[i] == Stream::kNull) actions.open_null(i);
    if (streams[i] == Stream::kMerge) {
      if (i != STDERR_FILENO) fail(EINVAL, "only errors can be merged");
      actions.duplicate(STDOUT_FILENO, i);
    }
    if (streams[i] != Stream::kPipe) continue;
    Pipe pipe = make_pipe();
    ours[i] = std::move(i == STDIN_FILENO ? pipe.write : pipe.read);
    theirs[i] = std::move(i == STDIN_FILENO ? pipe.read : pipe.write);
    do_not_block(ours[i].get());
    actions.duplicate(theirs[i].get(), i);
  }
  if (!options.directory.empty()) actions.change_directory(options.directory);

  const std::vector<std::string> settings = environment_of(options);
  const Attributes attributes;
  Spawned spawned;
  const int error = posix_spawnp(&spawned.pid, argv[0].c_str(), actions.get(), attributes.get(),
                                 pointers(argv).data(), pointers(settings).data());
  if (error != 0) {
    const std::string& folder = options.directory;
    if (!folder.empty() && access(folder.c_str(), X_OK) != 0) fail(error, folder);
    fail(error, argv[0]);
  }
  reaper_watches(spawned.pid);
  // By number: glibc 2.36 declares pidfd_open without C linkage.
  spawned.end = Descriptor(static_cast<int>(syscall(SYS_pidfd_open, spawned.pid, 0))).release();
  if (spawned.end < 0) {
    const int failed = errno;
    kill_and_reap(spawned.pid);
    reaper_forgets(spawned.pid);
    fail(failed, "pidfd_open");
  }
  for (int i = 0; i < 3; ++i) spawned.streams[i] = ours[i].release();
  return spawned;
}

}  // namespace gridlock::internal
