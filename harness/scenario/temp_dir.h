// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/scenario/spawn.h"

#include <stdexcept>
#include <string>

namespace gridlock::internal {

/// One line: which directory cannot be used, and why.
class TempDirError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A directory of our own below TMPDIR (or /tmp), removed with everything in it by the destructor.
/// It is locked (flock) as long as its owner lives, so an owner that was killed leaves one without
/// a lock: the next TempDir in the same place removes those first (abandoned_runs.h). Throws
/// TempDirError.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::string& path() const { return path_; }
  /// One line if it is not where the user wanted it; else empty.
  const std::string& note() const { return note_; }

 private:
  bool make_in(const std::string& base);

  std::string path_;
  std::string note_;
  Fd lock_;
};

/// TMPDIR as an absolute path (processes may change their directory), or /tmp.
std::string temp_base();

}  // namespace gridlock::internal
