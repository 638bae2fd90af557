// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/interrupts.h"

#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <system_error>

namespace gridlock::internal {

Interrupts::Interrupts() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int one : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction now{};
    // What the caller had ignored (nohup, a job in the background) stays ignored.
    if (sigaction(one, nullptr, &now) != 0 || now.sa_handler != SIG_IGN) sigaddset(&signals, one);
  }
  if (sigprocmask(SIG_BLOCK, &signals, nullptr) != 0) {
    throw std::system_error(errno, std::generic_category(), "sigprocmask");
  }
  fd_ = Fd(signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd_.valid()) throw std::system_error(errno, std::generic_category(), "signalfd");
  std::signal(SIGPIPE, SIG_IGN);
}

int Interrupts::signal() {
  signalfd_siginfo info{};
  if (signal_ == 0 && read(fd_.get(), &info, sizeof info) == sizeof info) {
    signal_ = static_cast<int>(info.ssi_signo);
  }
  return signal_;
}

}  // namespace gridlock::internal
