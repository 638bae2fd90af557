// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/regular_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

namespace gridlock::internal {
namespace {

bool is_good(const struct stat& file, std::uint64_t at_most) {
  return S_ISREG(file.st_mode) && static_cast<std::uint64_t>(file.st_size) <= at_most;
}

}  // namespace

// Looked at before, because opening alone can do something; and after, because the path may lead
// elsewhere by then.
Fd open_regular(const std::string& path, std::uint64_t at_most) {
  struct stat file{};
  if (path.find('\0') != std::string::npos || stat(path.c_str(), &file) != 0 ||
      !is_good(file, at_most)) {
    return {};
  }
  Fd fd(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!fd.valid() || fstat(fd.get(), &file) != 0 || !is_good(file, at_most)) return {};
  return fd;
}

std::optional<std::string> read_whole(const Fd& file) {
  struct stat now{};
  if (!file.valid() || fstat(file.get(), &now) != 0 || now.st_size < 0) return std::nullopt;
  std::string text(static_cast<std::size_t>(now.st_size), '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t got =
        pread(file.get(), &text[size], text.size() - size, static_cast<off_t>(size));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::nullopt;
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  text.resize(size);
  return text;
}

}  // namespace gridlock::internal
