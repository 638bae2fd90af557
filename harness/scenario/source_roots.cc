// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/source_roots.h"

#include "harness/scenario/limits.h"
#include "harness/scenario/regular_file.h"
#include "harness/scenario/text.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <system_error>

namespace gridlock::internal {
namespace {

namespace fs = std::filesystem;

constexpr std::array<const char*, 5> kVersionControl = {".git", ".hg", ".svn", ".jj", "_darcs"};
constexpr std::size_t kLargestCache = 4U << 20U;

// Absolute and without links; empty if there is no such file.
std::string real(const std::string& path) {
  if (path.empty() || path.find('\0') != std::string::npos) return {};
  const std::unique_ptr<char, void (*)(void*)> found(realpath(path.c_str(), nullptr), &std::free);
  return found ? std::string(found.get()) : std::string();
}

bool exists(const std::string& path) {
  std::error_code error;
  return fs::exists(path, error);
}

// The folder that this one lies in; empty above the root.
std::string above(const std::string& folder) {
  if (folder.size() <= 1) return {};
  return folder.substr(0, std::max<std::size_t>(1, folder.rfind('/')));
}

// What CMake was run on: CMAKE_HOME_DIRECTORY:INTERNAL=/home/me/project
std::string recorded_by_cmake(const std::string& folder) {
  constexpr std::string_view kEntry = "\nCMAKE_HOME_DIRECTORY:INTERNAL=";
  const auto cache = read_whole(open_regular(folder + "/CMakeCache.txt", kLargestCache));
  if (!cache) return {};
  const std::size_t at = cache->find(kEntry);
  if (at == std::string::npos) return {};
  const std::size_t start = at + kEntry.size();
  std::string source = real(cache->substr(start, cache->find('\n', start) - start));
  return exists(source + "/CMakeLists.txt") ? source : std::string();
}

// Everything that a user has lies below these.
bool is_too_wide(const std::string& folder) {
  const char* const home = std::getenv("HOME");
  if (folder.empty() || folder == "/" || folder == "/home") return true;
  if (home == nullptr) return false;
  const std::string real_home = real(home);
  return folder == real_home || real_home.starts_with(folder + "/");
}

// Where an open file is now, without links.
std::string place_of(const Fd& file) {
  std::array<char, PATH_MAX> path;
  const std::string link = "/proc/self/fd/" + std::to_string(file.get());
  const ssize_t length = readlink(link.c_str(), path.data(), path.size());
  return length > 0 ? std::string(path.data(), static_cast<std::size_t>(length)) : std::string();
}

}  // namespace

SourceRoots SourceRoots::everything() {
  SourceRoots roots;
  roots.everything_ = true;
  return roots;
}

SourceRoots SourceRoots::of_current_folder(const std::vector<std::string>& named) {
  SourceRoots roots;
  for (const std::string& folder : named) {
    std::error_code error;
    if (!fs::is_directory(folder, error))
      throw std::runtime_error("--source-root: '" + folder + "' is no folder");
    roots.add(folder, true);
  }
  const std::string here = real(".");
  if (!is_too_wide(here)) roots.add(here, false);
  roots.add_project(here);
  return roots;
}

void SourceRoots::add(const std::string& folder, bool is_named) {
  std::string path = real(folder);
  if (path.empty()) return;
  if (path == "/") path.clear();
  const auto known = std::ranges::find(roots_, path, &Root::folder);
  if (known == roots_.end()) roots_.push_back({std::move(path), is_named});
}

void SourceRoots::add_project(const std::string& folder) {
  bool has_version_control = false;
  bool has_cache = false;
  for (std::string each = real(folder); !each.empty(); each = above(each)) {
    const auto is_there = [&](const char* name) { return exists(each + "/" + name); };
    if (!has_version_control && std::ranges::any_of(kVersionControl, is_there)) {
      has_version_control = true;
      if (!is_too_wide(each)) add(each, false);
    }
    if (!has_cache && exists(each + "/CMakeCache.txt")) {
      has_cache = true;
      const std::string source = recorded_by_cmake(each);
      if (!is_too_wide(source)) add(source, false);
    }
  }
}

std::string project_of(const std::string& folder) {
  std::string of_cmake;
  for (std::string each = real(folder); !each.empty(); each = above(each)) {
    const auto is_there = [&](const char* name) { return exists(each + "/" + name); };
    if (std::ranges::any_of(kVersionControl, is_there)) return is_too_wide(each) ? "" : each;
    if (of_cmake.empty() && exists(each + "/CMakeCache.txt")) {
      of_cmake = real(recorded_by_cmake(each));
      if (is_too_wide(of_cmake)) of_cmake.clear();
    }
  }
  return of_cmake;
}

bool SourceRoots::allows(const std::string& real_path) const {
  return std::ranges::any_of(roots_, [&](const Root& root) {
    if (!real_path.starts_with(root.folder + "/")) return false;
    return root.is_named || real_path.find("/.", root.folder.size()) == std::string::npos;
  });
}

std::optional<std::string> SourceRoots::read(const std::string& path) {
  const std::string file = real(original_bytes(path));
  if (file.empty() || bytes_ > kMaxSources) return std::nullopt;
  if (!everything_ && !allows(file)) {
    std::error_code error;
    if (fs::is_regular_file(file, error) && std::ranges::find(refused_, path) == refused_.end())
      refused_.push_back(path);
    return std::nullopt;
  }
  const Fd fd = open_regular(file, kLargestSource);
  if (!fd.valid() || (!everything_ && !allows(place_of(fd)))) return std::nullopt;
  std::optional<std::string> text = read_whole(fd);
  if (text) bytes_ += text->size();
  return text;
}

std::vector<std::string> SourceRoots::notes() const {
  if (refused_.empty()) return {};
  std::string note = "lines of " + refused_.front();
  if (refused_.size() > 1) note += " and " + std::to_string(refused_.size() - 1) + " more files";
  return {note +
          " are not shown: outside of this folder and its project (--source-root DIR shows them)"};
}

}  // namespace gridlock::internal
