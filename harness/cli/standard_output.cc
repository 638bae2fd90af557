// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/standard_output.h"

#include "harness/cli/command.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <iostream>

namespace gridlock::internal {
namespace {

bool has_default_action(int signal) {
  struct sigaction now{};
  return sigaction(signal, nullptr, &now) == 0 && now.sa_handler == SIG_DFL;
}

}  // namespace

void occupy_standard_descriptors() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF) continue;
    // The lowest free number is this one. Not for writing, if it is stdout: that is to fail.
    const int got = open("/dev/null", fd == STDERR_FILENO ? O_WRONLY : O_RDONLY);
    if (got >= 0 && got != fd) close(got);
  }
}

StandardOutput::StandardOutput()
    : before_(std::cout.rdbuf(this)), pipe_signal_ends_(has_default_action(SIGPIPE)) {
  setp(buffer_.data(), buffer_.data() + buffer_.size());
}

StandardOutput::~StandardOutput() {
  write_out();
  std::cout.rdbuf(before_);
}

bool StandardOutput::write_out() {
  const char* from = pbase();
  while (error_ == 0 && from < pptr()) {
    const ssize_t written = write(STDOUT_FILENO, from, static_cast<std::size_t>(pptr() - from));
    if (written >= 0) {
      from += written;
    } else if (errno == EAGAIN) {  // another process that shares the descriptor made it nonblocking
      pollfd room{.fd = STDOUT_FILENO, .events = POLLOUT, .revents = 0};
      poll(&room, 1, -1);
    } else if (errno != EINTR) {
      error_ = errno;
    }
  }
  setp(buffer_.data(), buffer_.data() + buffer_.size());
  return error_ == 0;
}

StandardOutput::int_type StandardOutput::overflow(int_type one) {
  if (!write_out()) return traits_type::eof();
  if (traits_type::eq_int_type(one, traits_type::eof())) return traits_type::not_eof(one);
  return sputc(traits_type::to_char_type(one));
}

int StandardOutput::sync() { return write_out() ? 0 : -1; }

int StandardOutput::finish(int code) {
  if (write_out()) return code;
  if (error_ == EPIPE && pipe_signal_ends_) {
    std::signal(SIGPIPE, SIG_DFL);
    raise(SIGPIPE);  // returns only if the signal is blocked
  }
  std::cerr << "gridlock: cannot write to stdout: " << std::strerror(error_) << '\n';
  return code >= kExitInternal && code != kExitNotChecked ? code : kExitUsage;
}

}  // namespace gridlock::internal
