// SPDX-License-Identifier: Apache-2.0
//
// Compiled like user code, because it owns strings and throws. Our ends of the pipes never block: an
// operation tries first, and what would wait goes through wait_for_program(), which is watched.
#include <gridlock/subprocess.h>
#include <gridlock/waiting.h>

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <mutex>
#include <utility>

#include "harness/composed/spawn_program.h"
#include "harness/primitives/throw.h"
#include "harness/runtime/process_tree/process_life.h"
#include "harness/runtime/programs/program_waits.h"
#include "harness/runtime/programs/reaper.h"

namespace gridlock {

using internal::kEndBit;
using internal::ProgramOp;
using internal::ProgramReady;

struct Subprocess::State {
  enum Index : std::uint8_t { kInput, kOutput, kErrors };

  internal::Program program{};
  std::string name;
  const pid_t starter = internal::this_process_id();
  std::mutex mutex;  // guards what follows, and that the number of the process is still its own
  bool reaped = false;
  int status = 0;

  void close_stream(Index which) {
    const int fd = std::exchange(program.streams[which], -1);
    if (fd >= 0) ::close(fd);
  }
  unsigned open_bit(Index which) const { return program.streams[which] >= 0 ? 1U << which : 0U; }
  /// The bytes that are there, -EAGAIN if none are.
  ssize_t read_some(Index which, char* to, std::size_t size) const;
  /// How much went in, -EAGAIN if there is no room.
  ssize_t write_some(std::string_view text) const;
  std::string read(Index which, ProgramOp op, std::size_t at_most);
  void exchange_all(std::string_view input, Completed& result,
                    std::optional<std::chrono::nanoseconds> timeout);
  /// Nothing is ready: waits. False: the time is over.
  bool wait_for(ProgramOp op, unsigned which, std::uint64_t nanoseconds, const char* function);
  bool reap(int flags);
  bool read_what_is_there(Completed& result);
  void send(int signal);
  void fill(Completed& result) const;
  int code() const { return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status); }
};

namespace {

constexpr std::size_t kPipeSize = 65536;

// A write to a pipe that nobody reads is answered by the error alone. SIGPIPE goes to the thread
// that writes, so it is enough to hold it back here, and to take it if it was not there before.
class NoSigpipe {
 public:
  NoSigpipe() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    sigset_t pending;
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~NoSigpipe() {
    const int error = errno;
    constexpr timespec kNow{};
    if (!was_pending_) {
      while (sigtimedwait(&pipe_, nullptr, &kNow) < 0 && errno == EINTR) {
      }
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    errno = error;
  }
  NoSigpipe(const NoSigpipe&) = delete;
  NoSigpipe& operator=(const NoSigpipe&) = delete;

 private:
  sigset_t pipe_;
  sigset_t before_;
  bool was_pending_ = false;
};

std::string file_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

ssize_t Subprocess::State::read_some(Index which, char* to, std::size_t size) const {
  ssize_t got = 0;
  do {
    got = ::read(program.streams[which], to, size);
  } while (got < 0 && errno == EINTR);
  internal::program_answered();
  return got < 0 ? -errno : got;
}

ssize_t Subprocess::State::write_some(std::string_view text) const {
  const NoSigpipe guard;
  ssize_t put = 0;
  do {
    put = ::write(program.streams[kInput], text.data(), std::min(text.size(), kPipeSize));
  } while (put < 0 && errno == EINTR);
  internal::program_answered();
  return put < 0 ? -errno : put;
}

bool Subprocess::State::wait_for(ProgramOp op, unsigned which, std::uint64_t nanoseconds,
                                 const char* function) {
  const ProgramReady ready = internal::wait_for_program(program, op, which, nanoseconds);
  internal::program_answered();
  if (ready == ProgramReady::kDeadlock) internal::throw_deadlock(function);
  return ready == ProgramReady::kReady;
}

std::string Subprocess::State::read(Index which, ProgramOp op, std::size_t at_most) {
  std::string text(std::min(at_most, kPipeSize), '\0');
  for (;;) {
    const ssize_t got = read_some(which, text.data(), text.size());
    if (got >= 0) {
      text.resize(static_cast<std::size_t>(got));
      return text;
    }
    if (got != -EAGAIN) internal::throw_error(static_cast<int>(-got), "gridlock::Subprocess::read");
    wait_for(op, open_bit(which), internal::kNoTimeout, "gridlock::Subprocess::read");
  }
}

// The mutex is not held while it waits: poll(2) has said that it has ended, or `flags` has WNOHANG.
bool Subprocess::State::reap(int flags) {
  const std::lock_guard guard(mutex);
  while (!reaped) {
    const pid_t who = waitpid(program.pid, &status, flags);
    if (who < 0 && errno == EINTR) continue;
    if (who == 0) return false;
    internal::program_answered();
    if (who < 0) status = 0;  // somebody else has reaped it; SIGCHLD is ignored
    reaped = true;
    internal::reaper_forgets(program.pid);
  }
  return true;
}

void Subprocess::State::send(int signal) {
  const std::lock_guard guard(mutex);
  if (reaped || program.pid <= 1) return;  // -1 would be everybody
  const bool group = ::kill(-program.pid, signal) == 0;
  // The program itself may have gone to another group.
  if (!group || signal == SIGKILL) ::kill(program.pid, signal);
}

void Subprocess::State::fill(Completed& result) const {
  if (WIFEXITED(status)) result.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) result.signal = WTERMSIG(status);
}

// One round over the outputs; true if something came, or came to its end.
bool Subprocess::State::read_what_is_there(Completed& result) {
  bool progress = false;
  char buffer[kPipeSize];
  for (const Index which : {kOutput, kErrors}) {
    if (open_bit(which) == 0) continue;
    const ssize_t got = read_some(which, &buffer[0], sizeof buffer);
    if (got == -EAGAIN) continue;
    progress = true;
    if (got <= 0) close_stream(which);
    std::string& to = which == kOutput ? result.out : result.err;
    if (got > 0) to.append(&buffer[0], static_cast<std::size_t>(got));
  }
  return progress;
}

// Each round does what can be done without waiting. A program may close its input early.
void Subprocess::State::exchange_all(std::string_view input, Completed& result,
                                     std::optional<std::chrono::nanoseconds> timeout) {
  const auto start = std::chrono::steady_clock::now();
  bool ended = false;
  while (!ended) {
    bool progress = false;
    if (open_bit(kInput) != 0) {
      const ssize_t put = input.empty() ? 0 : write_some(input);
      if (put > 0) input.remove_prefix(static_cast<std::size_t>(put));
      if (input.empty() || (put < 0 && put != -EAGAIN)) close_stream(kInput);
      progress = put != -EAGAIN;
    }
    progress = read_what_is_there(result) || progress;
    std::uint64_t left = internal::kNoTimeout;
    if (timeout)
      left = internal::nanoseconds(*timeout - (std::chrono::steady_clock::now() - start));
    if (progress && left != 0) continue;
    const unsigned streams = open_bit(kInput) | open_bit(kOutput) | open_bit(kErrors);
    if (streams == 0 && reap(WNOHANG)) return;
    // Progress up to here means that no time is left.
    if (progress || !wait_for(ProgramOp::kCommunicate, streams != 0 ? streams : kEndBit, left,
                              "gridlock::Subprocess::communicate")) {
      result.timed_out = true;
      return;
    }
    ended = streams == 0 && reap(0);
  }
}

SubprocessOptions SubprocessOptions::piped(std::string_view name) {
  SubprocessOptions options;
  options.name = name;
  options.input = Stream::kPipe;
  options.output = Stream::kPipe;
  return options;
}

Subprocess::Subprocess(const std::vector<std::string>& argv, const SubprocessOptions& options,
                       CallSite where)
    : state_(std::make_unique<State>()) {
  const internal::Spawned spawned = internal::spawn_program(argv, options);
  state_->name = options.name.empty() ? file_name(argv[0]) : options.name;
  state_->program.pid = spawned.pid;
  state_->program.end = spawned.end;
  for (int i = 0; i < internal::Program::kStreams; ++i)
    state_->program.streams[i] = spawned.streams[i];
  internal::name_program(state_->program, state_->name, where);
}

Subprocess::Subprocess(Subprocess&& other) noexcept = default;

Subprocess& Subprocess::operator=(Subprocess&& other) noexcept {
  Subprocess old(std::move(other));
  std::swap(state_, old.state_);
  return *this;
}

// It ends by SIGKILL, so this takes no longer than the kernel needs. A fork has a copy of the object,
// and the program is not its child.
Subprocess::~Subprocess() {
  if (state_ == nullptr) return;
  if (state_->starter == internal::this_process_id()) {
    state_->send(SIGKILL);
    state_->reap(0);
  }
  for (const auto stream : {State::kInput, State::kOutput, State::kErrors})
    state_->close_stream(stream);
  ::close(state_->program.end);
}

Completed Subprocess::run(const std::vector<std::string>& argv, const RunOptions& options,
                          CallSite where) {
  SubprocessOptions spawn;
  spawn.name = options.name;
  spawn.input = options.input.empty() ? Stream::kNull : Stream::kPipe;
  spawn.output = options.capture ? Stream::kPipe : Stream::kInherit;
  spawn.errors = options.merge_errors ? Stream::kMerge : spawn.output;
  spawn.directory = options.directory;
  spawn.environment = options.environment;
  spawn.clear_environment = options.clear_environment;
  Subprocess program(argv, spawn, where);
  return program.communicate(options.input, options.timeout);
}

void Subprocess::write(std::string_view text) {
  if (state_ == nullptr || state_->open_bit(State::kInput) == 0)
    internal::throw_error(EBADF, "gridlock::Subprocess::write");
  internal::program_op_begins(state_->program, ProgramOp::kWrite, __builtin_return_address(0));
  while (!text.empty()) {
    const ssize_t put = state_->write_some(text);
    if (put >= 0) {
      text.remove_prefix(static_cast<std::size_t>(put));
    } else if (put == -EAGAIN) {
      state_->wait_for(ProgramOp::kWrite, 1U << State::kInput, internal::kNoTimeout,
                       "gridlock::Subprocess::write");
    } else {
      internal::throw_error(static_cast<int>(-put), "gridlock::Subprocess::write");
    }
  }
  internal::program_op_ends(state_->program, ProgramOp::kWrite);
}

void Subprocess::close_input() noexcept {
  if (state_ != nullptr) state_->close_stream(State::kInput);
}

std::string Subprocess::read(std::size_t at_most) {
  if (state_ == nullptr || at_most == 0 || state_->open_bit(State::kOutput) == 0) return {};
  internal::program_op_begins(state_->program, ProgramOp::kRead, __builtin_return_address(0));
  std::string text = state_->read(State::kOutput, ProgramOp::kRead, at_most);
  internal::program_op_ends(state_->program, ProgramOp::kRead);
  return text;
}

std::string Subprocess::read_errors(std::size_t at_most) {
  if (state_ == nullptr || at_most == 0 || state_->open_bit(State::kErrors) == 0) return {};
  internal::program_op_begins(state_->program, ProgramOp::kReadErrors, __builtin_return_address(0));
  std::string text = state_->read(State::kErrors, ProgramOp::kReadErrors, at_most);
  internal::program_op_ends(state_->program, ProgramOp::kReadErrors);
  return text;
}

Completed Subprocess::communicate(std::string_view input,
                                  std::optional<std::chrono::nanoseconds> timeout) {
  Completed result;
  if (state_ == nullptr) return result;
  if (!input.empty() && state_->open_bit(State::kInput) == 0)
    internal::throw_error(EBADF, "gridlock::Subprocess::communicate");
  internal::program_op_begins(state_->program, ProgramOp::kCommunicate,
                              __builtin_return_address(0));
  state_->exchange_all(input, result, timeout);
  if (result.timed_out) {
    state_->send(SIGKILL);
    state_->reap(0);
    // Bounded: a process that has left the group may go on writing forever.
    for (int round = 0; round < 16 && state_->read_what_is_there(result);) ++round;
  }
  internal::program_op_ends(state_->program, ProgramOp::kCommunicate);
  state_->fill(result);
  return result;
}

int Subprocess::wait() {
  if (state_ == nullptr) internal::throw_error(ECHILD, "gridlock::Subprocess::wait");
  internal::program_op_begins(state_->program, ProgramOp::kWait, __builtin_return_address(0));
  while (!state_->reap(WNOHANG))
    state_->wait_for(ProgramOp::kWait, kEndBit, internal::kNoTimeout, "gridlock::Subprocess::wait");
  internal::program_op_ends(state_->program, ProgramOp::kWait);
  return state_->code();
}

std::optional<int> Subprocess::wait_for(std::chrono::nanoseconds timeout) {
  if (state_ == nullptr) internal::throw_error(ECHILD, "gridlock::Subprocess::wait_for");
  internal::program_op_begins(state_->program, ProgramOp::kWait, __builtin_return_address(0));
  if (!state_->reap(WNOHANG)) {
    if (!state_->wait_for(ProgramOp::kWait, kEndBit, internal::nanoseconds(timeout),
                          "gridlock::Subprocess::wait_for") ||
        !state_->reap(WNOHANG)) {
      return std::nullopt;
    }
  }
  internal::program_op_ends(state_->program, ProgramOp::kWait);
  return state_->code();
}

void Subprocess::send_signal(int signal) noexcept {
  if (state_ != nullptr) state_->send(signal);
}

int Subprocess::pid() const noexcept { return state_ != nullptr ? state_->program.pid : -1; }

const std::string& Subprocess::name() const noexcept {
  static const std::string none;
  return state_ != nullptr ? state_->name : none;
}

}  // namespace gridlock
