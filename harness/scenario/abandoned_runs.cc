// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/abandoned_runs.h"

#include "harness/scenario/spawn.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <charconv>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string_view>
#include <system_error>
#include <vector>

namespace gridlock::internal {
namespace {

namespace fs = std::filesystem;

// Locked by us now, if nobody else has it. No link, nobody else's, and empty or with our mark.
Fd lock_abandoned(const fs::path& folder) {
  Fd fd(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat status{};
  if (!fd.valid() || fstat(fd.get(), &status) != 0 || status.st_uid != geteuid()) return Fd();
  if (flock(fd.get(), LOCK_EX | LOCK_NB) != 0) return Fd();
  return fd;
}

bool has_mark(const Fd& folder) {
  struct stat status{};
  return fstat(folder.get(), &status) == 0 && (status.st_mode & 07777U) == kRunMode;
}

// Whether the process got its options from the run that had this directory. Only this user's
// processes can be read; a kernel thread and a zombie have no environment.
bool belongs_to(const std::string& process, const std::string& folder) {
  std::ifstream file("/proc/" + process + "/environ", std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view variable = text.c_str() + at;
    if (variable.starts_with("GRIDLOCK_OPTIONS=") &&
        variable.find("log_path=" + folder + "/") != std::string_view::npos) {
      return true;
    }
    at += variable.size() + 1;
  }
  return false;
}

// Through a descriptor of it, so that no other process with the same number is hit.
bool kill_if_left(const std::string& process, const std::string& folder) {
  pid_t pid = 0;
  const char* const end = process.data() + process.size();
  const auto parsed = std::from_chars(process.data(), end, pid);
  if (parsed.ec != std::errc() || parsed.ptr != end || pid == getpid()) return false;
  if (!belongs_to(process, folder)) return false;
  const Fd fd = open_pidfd(pid);
  if (!fd.valid() || !belongs_to(process, folder)) return false;
  return syscall(SYS_pidfd_send_signal, fd.get(), SIGKILL, nullptr, 0) == 0;
}

void kill_left(const std::string& folder) {
  // Processes may fork during the search: it is repeated until it finds none.
  constexpr int kRounds = 50;
  for (int round = 0; round < kRounds; ++round) {
    bool any = false;
    std::error_code error;
    for (fs::directory_iterator it("/proc", error), last; !error && it != last;
         it.increment(error)) {
      any = kill_if_left(it->path().filename().string(), folder) || any;
    }
    if (!any) return;
  }
}

// Not by std::filesystem, which makes three paths of each entry: a folder for temporary files may have thousands.
std::vector<std::string> names_of_runs(const std::string& base) {
  std::vector<std::string> names;
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir(base.c_str()), &closedir);
  while (folder != nullptr) {
    const dirent* const entry = readdir(folder.get());
    if (entry == nullptr) break;
    if (std::string_view(&entry->d_name[0]).starts_with(kRunPrefix))
      names.emplace_back(&entry->d_name[0]);
  }
  return names;
}

}  // namespace

void remove_abandoned_runs(const std::string& base) {
  for (const std::string& name : names_of_runs(base)) {
    const fs::path folder = fs::path(base) / name;
    const Fd lock = lock_abandoned(folder);
    if (!lock.valid()) continue;
    std::error_code ignored;
    if (has_mark(lock)) {
      kill_left(folder.string());
      fs::remove_all(folder, ignored);
    } else {
      rmdir(folder.c_str());  // its owner died before the mark; anybody else's is not empty
    }
  }
}

}  // namespace gridlock::internal
