// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/input_files.h"

#include "harness/cli/words.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace gridlock::internal {
namespace {

std::string reason(const std::string& file) {
  if (file.empty()) return "the name is empty";
  struct stat status{};
  if (stat(file.c_str(), &status) != 0) return std::strerror(errno);
  if (S_ISDIR(status.st_mode)) return "it is a directory";
  if (!S_ISREG(status.st_mode)) return "it is no regular file";
  if (access(file.c_str(), R_OK) != 0) return std::strerror(errno);
  return "it is too large, or the disk gave an error";
}

}  // namespace

std::string cannot_read(const std::string& file) {
  return "cannot read " + shown(file) + ": " + reason(file);
}

}  // namespace gridlock::internal
