// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace gridlock::internal {

/// A directory of our own below TMPDIR (or /tmp), removed with everything in it by the destructor.
/// Throws std::system_error if there can be none.
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
  std::string path_;
  std::string note_;
};

}  // namespace gridlock::internal
