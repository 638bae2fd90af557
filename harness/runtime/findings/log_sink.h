// SPDX-License-Identifier: Apache-2.0
//
// The file behind the log. A program may close all its descriptors (daemons do), so each write first
// looks whether the descriptor still leads to that file, and opens it again where it does not: a
// finding never lands in a file of the program's own.
#pragma once

#include "harness/platform/base.h"
#include "harness/platform/raw_io.h"

namespace gridlock::internal {

/// Not thread-safe: log.cc holds its mutex. Constant-initialised, without a destructor.
class LogSink {
 public:
  /// The path, unless it is set; %p in `pattern` becomes the process id.
  void set_path(const char* pattern) noexcept;
  /// As `pattern` has it, for people.
  const char* name() const noexcept { return &path_[folder_length_]; }

  /// Opens it, made if missing. False if it cannot be opened; says so in one line on stderr, once.
  /// A program with more rights than its caller (setuid) writes to a new file only: neither through a
  /// link that lies there nor into a file that somebody else made.
  bool open() noexcept;
  bool is_open() const noexcept { return fd_ >= 0; }

  enum class Written : u8 { kYes, kNo, kOverLimit };
  /// Appends one line with one write. kOverLimit: nothing was written, because the file has grown by
  /// the option log_limit since it was opened first; that concerns `limited` lines only.
  Written append(const char* line, u64 size, bool limited) noexcept;

  /// After a fork, in the child: the file is another one (its path has %p).
  void leave() noexcept;

 private:
  bool open_again() noexcept;

  int fd_ = -1;
  bool failed_ = false;
  bool path_set_ = false;
  u64 limited_bytes_ = 0;
  u64 size_before_ = 0;  // of the file when it was opened first
  FileIdentity identity_;
  u32 folder_length_ = 0;  // of the current folder when the path was set
  char path_[1100] = {};   // absolute where that fits
};

}  // namespace gridlock::internal
