// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/output_files.h"

#include "harness/cli/actions.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace gridlock::internal {
namespace {

namespace fs = std::filesystem;

std::string folder_of(const std::string& file) {
  const std::string folder = fs::path(file).parent_path().string();
  return folder.empty() ? "." : folder;
}

std::string quoted(std::string_view what, const std::string& path) {
  return std::string(what) + ": '" + path + "'";
}

mode_t file_mode() {  // what open(2) would have given; mkstemp gives 0600
  const mode_t mask = umask(0);
  umask(mask);
  return static_cast<mode_t>(0666U & ~mask);
}

}  // namespace

void require_writable_directory(const std::string& folder, std::string_view option) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (!fs::is_directory(folder)) {
    throw UsageError(quoted(option, folder) + " cannot be made: " +
                     (error ? error.message() : "it exists and is no directory"));
  }
  // Trying is the only test that is right for read-only mounts, full quotas and root.
  std::string probe = folder + "/.gridlock-XXXXXX";
  const int fd = mkstemp(probe.data());
  if (fd < 0) {
    throw UsageError(quoted(option, folder) + " cannot be written: " + std::strerror(errno));
  }
  close(fd);
  unlink(probe.c_str());
}

void require_writable_file(const std::string& file, std::string_view option) {
  std::error_code ignored;
  if (fs::is_directory(file, ignored)) throw UsageError(quoted(option, file) + " is a directory");
  require_writable_directory(folder_of(file), option);
}

void write_file(const std::string& file, std::string_view text) {
  std::string temporary = folder_of(file) + "/.gridlock-XXXXXX";
  const int fd = mkstemp(temporary.data());
  bool good = fd >= 0;
  while (good && !text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    good = written > 0;
    if (good) text.remove_prefix(static_cast<std::size_t>(written));
  }
  good = good && fchmod(fd, file_mode()) == 0;
  int error = errno;
  if (fd >= 0 && close(fd) != 0 && good) {
    good = false;
    error = errno;
  }
  if (good && std::rename(temporary.c_str(), file.c_str()) != 0) {
    good = false;
    error = errno;
  }
  if (good) return;
  if (fd >= 0) unlink(temporary.c_str());
  throw UsageError(quoted("cannot write", file) + ": " + std::strerror(error));
}

}  // namespace gridlock::internal
