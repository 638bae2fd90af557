// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/temp_dir.h"

#include "harness/scenario/abandoned_runs.h"
#include "harness/scenario/child_env.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace gridlock::internal {
namespace {

constexpr const char* kDefaultFolder = "/tmp";
// The log's path is the value of an option, which has 1023 bytes: this and a file's name.
constexpr std::size_t kLongestBase = 900;

bool named_by_user() {
  const char* const wish = std::getenv("TMPDIR");
  return wish != nullptr && *wish != '\0';
}

// Locks a directory that was just made. Not ours any more if somebody took it for one that was
// left behind, in the moment before it had its lock.
Fd lock_new(const std::string& path) {
  Fd fd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  struct stat status{};
  if (!fd.valid() || flock(fd.get(), LOCK_EX | LOCK_NB) != 0) return Fd();
  if (fstat(fd.get(), &status) != 0 || status.st_nlink == 0) return Fd();
  return fchmod(fd.get(), kRunMode) == 0 ? std::move(fd) : Fd();
}

}  // namespace

std::string temp_base() {
  std::error_code error;
  const char* const wish = std::getenv("TMPDIR");
  return std::filesystem::absolute(named_by_user() ? wish : kDefaultFolder, error).string();
}

bool TempDir::make_in(const std::string& base) {
  constexpr int kTries = 100;
  for (int i = 0; i < kTries; ++i) {
    path_ = base + "/" + kRunPrefix + "XXXXXX";
    if (mkdtemp(path_.data()) == nullptr) return false;
    lock_ = lock_new(path_);
    if (lock_.valid()) return true;
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  errno = ENOLCK;
  return false;
}

TempDir::TempDir() {
  std::string base = temp_base();
  const bool fits = fits_into_an_option(base) && base.size() <= kLongestBase;
  struct stat status{};
  if (!fits && stat(base.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) {
    note_ = "TMPDIR: '" + base + "' cannot be the value of an option; using " + kDefaultFolder;
    base = kDefaultFolder;
  }
  remove_abandoned_runs(base);
  if (make_in(base)) return;
  const std::string why = std::strerror(errno);
  throw TempDirError((named_by_user() ? "TMPDIR: no directory can be made in '"
                                      : "no TMPDIR is set, and no directory can be made in '") +
                     base + "': " + why);
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace gridlock::internal
