// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/fresh_run.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <system_error>
#include <utility>

namespace gridlock::internal {
namespace {

constexpr std::size_t kMaxOutput = std::size_t{16} << 10U;

// False: nothing comes any more.
bool take_output(int pipe, std::string& output) {
  std::array<char, 4096> bytes;
  for (;;) {
    const ssize_t size = read(pipe, bytes.data(), bytes.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return size < 0 && errno == EAGAIN;
    output.append(bytes.data(), static_cast<std::size_t>(size));
    if (output.size() > 2 * kMaxOutput) output.erase(0, output.size() - kMaxOutput);
  }
}

}  // namespace

FreshEnd run_aside(SpawnSpec spec, std::chrono::milliseconds at_most, Interrupts& interrupts) {
  using Clock = std::chrono::steady_clock;
  std::array<int, 2> ends{-1, -1};
  if (pipe2(ends.data(), O_CLOEXEC) != 0)
    throw std::system_error(errno, std::generic_category(), "pipe");
  const Fd output(ends[0]);
  Fd write_end(ends[1]);
  fcntl(output.get(), F_SETFL, O_NONBLOCK);
  spec.output_fd = write_end.get();
  const SpawnedProcess process = spawn(spec);
  write_end.reset();

  FreshEnd result;
  bool open = true;
  const Clock::time_point deadline = Clock::now() + at_most;
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    std::array<pollfd, 3> watched{pollfd{process.pidfd.get(), POLLIN, 0},
                                  pollfd{interrupts.fd(), POLLIN, 0},
                                  pollfd{open ? output.get() : -1, POLLIN, 0}};
    const int ready =
        poll(watched.data(), watched.size(), left > 0 ? static_cast<int>(left) + 1 : 0);
    if (ready < 0 && errno == EINTR) continue;
    if (watched[2].revents != 0) open = take_output(output.get(), result.output);
    result.interrupted = interrupts.signal() != 0;
    const bool ended = watched[0].revents != 0;
    if (!ended && !result.interrupted && left > 0) continue;
    result.end = finish(process);
    result.end.timed_out = !ended && !result.interrupted;
    if (open) take_output(output.get(), result.output);
    if (result.output.size() > kMaxOutput)
      result.output.erase(0, result.output.size() - kMaxOutput);
    return result;
  }
}

Fd reopened_input(long offset) {
  if (offset < 0) return {};
  Fd file(open("/proc/self/fd/0", O_RDONLY | O_CLOEXEC));
  if (file.valid() && lseek(file.get(), offset, SEEK_SET) < 0) return {};
  return file;
}

}  // namespace gridlock::internal
