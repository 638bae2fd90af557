// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/output_files.h"

#include "harness/cli/actions.h"
#include "harness/cli/words.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <system_error>

namespace gridlock::internal {
namespace {

namespace fs = std::filesystem;

std::string folder_of(const std::string& file) {
  const std::string folder = fs::path(file).parent_path().string();
  return folder.empty() ? "." : folder;
}

std::string quoted(std::string_view what, const std::string& path) {
  return std::string(what) + ": " + shown(path);
}

// The standard stream that `file` is a name of (/dev/stdout, or the file it was redirected to);
// -1 if none. Writing there goes through the stream, behind what it has.
int stream_of(const struct stat& file) {
  for (const int fd : {STDOUT_FILENO, STDERR_FILENO}) {
    struct stat stream{};
    if (fstat(fd, &stream) == 0 && stream.st_dev == file.st_dev && stream.st_ino == file.st_ino) {
      return fd;
    }
  }
  return -1;
}

// Something that is no regular file (a terminal, a pipe, /dev/null) is written, never replaced.
bool to_be_written_in_place(const std::string& file) {
  struct stat status{};
  if (stat(file.c_str(), &status) != 0) return false;
  return !S_ISREG(status.st_mode) || stream_of(status) >= 0;
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

void write_in_place(const std::string& file, std::string_view text) {
  struct stat status{};
  const int stream = stat(file.c_str(), &status) == 0 ? stream_of(status) : -1;
  if (stream == STDOUT_FILENO) {
    std::cout << text << std::flush;  // whether it arrives is found out where all of stdout is
    return;
  }
  // O_NONBLOCK: a FIFO without a reader is an error, and not a wait forever.
  const int fd = stream >= 0 ? dup(stream) : open(file.c_str(), O_WRONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd >= 0 && stream < 0) fcntl(fd, F_SETFL, 0);
  const bool good = fd >= 0 && write_all(fd, text);
  const int error = errno;
  if (fd >= 0) close(fd);
  if (!good) throw UsageError(quoted("cannot write", file) + ": " + std::strerror(error));
}

// Where a chain of symbolic links ends, so that the file is replaced and not the link to it.
std::string link_target(const std::string& file) {
  std::error_code error;
  const fs::path target = fs::canonical(file, error);
  return error ? file : target.string();
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
  std::error_code unreadable;
  if (!fs::is_directory(folder, unreadable)) {
    if (!error) error = unreadable;
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
  struct stat status{};
  const bool exists = stat(file.c_str(), &status) == 0;
  if (!exists && errno != ENOENT && errno != ENOTDIR) {  // those two the directory answers for
    throw UsageError(quoted(option, file) + " cannot be written: " + std::strerror(errno));
  }
  if (exists && S_ISDIR(status.st_mode)) throw UsageError(quoted(option, file) + " is a directory");
  if (!exists && file.ends_with('/')) throw UsageError(quoted(option, file) + " names no file");
  if (exists && to_be_written_in_place(file)) {
    if (access(file.c_str(), W_OK) == 0) return;
    throw UsageError(quoted(option, file) + " cannot be written: " + std::strerror(errno));
  }
  require_writable_directory(folder_of(link_target(file)), option);
}

void write_file(const std::string& named, std::string_view text) {
  if (to_be_written_in_place(named)) return write_in_place(named, text);
  const std::string file = link_target(named);
  std::string temporary = folder_of(file) + "/.gridlock-XXXXXX";
  const int fd = mkstemp(temporary.data());
  bool good = fd >= 0 && write_all(fd, text) && fchmod(fd, file_mode()) == 0;
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
  throw UsageError(quoted("cannot write", named) + ": " + std::strerror(error));
}

}  // namespace gridlock::internal
