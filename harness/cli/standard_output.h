// SPDX-License-Identifier: Apache-2.0
//
// What the command prints is only printed when it has arrived: a full disk, a closed descriptor or
// a reader that went away is found here, in one place, for everything that goes through std::cout.
#pragma once

#include <array>
#include <streambuf>

namespace gridlock::internal {

/// Opens /dev/null in place of each standard descriptor that the caller closed, so that no file
/// gets its number; what is printed to a closed stdout still fails.
void occupy_standard_descriptors();

/// While it lives, std::cout writes through it to file descriptor 1 and the first error is kept.
class StandardOutput : public std::streambuf {
 public:
  StandardOutput();
  ~StandardOutput() override;
  StandardOutput(const StandardOutput&) = delete;
  StandardOutput& operator=(const StandardOutput&) = delete;

  /// Writes the rest. Returns `code` if all of the output has arrived. Otherwise says so on stderr
  /// and returns kExitUsage, unless `code` tells of something worse. A reader that went away ends
  /// the process by SIGPIPE, as it ends other tools, unless the caller had that signal ignored.
  int finish(int code);

 protected:
  int_type overflow(int_type one) override;
  int sync() override;

 private:
  bool write_out();

  std::array<char, 16384> buffer_;
  std::streambuf* before_;
  bool pipe_signal_ends_;  // SIGPIPE had its default action when the command started
  int error_ = 0;          // errno of the first write that failed
};

}  // namespace gridlock::internal
