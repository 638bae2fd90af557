// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/input_files.h"

#include "harness/cli/words.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

namespace gridlock::internal {
namespace {

std::string reason(const std::string& file, std::size_t at_most) {
  if (file.empty()) return "the name is empty";
  struct stat status{};
  if (stat(file.c_str(), &status) != 0) return std::strerror(errno);
  if (S_ISDIR(status.st_mode)) return "it is a directory";
  if (!S_ISREG(status.st_mode)) return "it is no regular file";
  if (access(file.c_str(), R_OK) != 0) return std::strerror(errno);
  if (static_cast<std::uint64_t>(status.st_size) > at_most)
    return "it is larger than " + std::to_string(at_most >> 20U) + " MiB";
  return "the disk gave an error";
}

}  // namespace

std::string cannot_read(const std::string& file, std::size_t at_most) {
  return "cannot read " + shown(file) + ": " + reason(file, at_most);
}

}  // namespace gridlock::internal
