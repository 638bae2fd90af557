// SPDX-License-Identifier: Apache-2.0
//
// Which files a report may show lines of. A log names files, and its writer must not thereby get to
// read them: a page is sent around. So sources are read only below folders that the user works in
// or names.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace gridlock::internal {

class SourceRoots {
 public:
  /// Every folder: for the scenarios of this very program, which could read any file by themselves.
  static SourceRoots everything();
  /// The current folder and its project (add_project()), and the named folders. Throws
  /// std::runtime_error with one line if one of these is no folder.
  static SourceRoots of_current_folder(const std::vector<std::string>& named = {});

  /// The project of a folder: the nearest folder above it with version control (.git and its like),
  /// and the source folder that CMake recorded (CMakeCache.txt there or above). Neither the root
  /// folder nor the home of the user is one.
  void add_project(const std::string& folder);

  /// The text of a source file of at most kLargestSource bytes, if it lies below one of the folders
  /// once all links are followed, and is a regular file. Below a folder that the user did not name,
  /// nothing whose name begins with a dot: keys lie there, and passwords. `path` as a log has it.
  std::optional<std::string> read(const std::string& path);

  /// One line that names what was not read because it lies elsewhere, if there was any such.
  std::vector<std::string> notes() const;

 private:
  struct Root {
    std::string folder;  // absolute, without links; "" is "/"
    bool is_named = false;
  };
  void add(const std::string& folder, bool is_named);
  bool allows(const std::string& real_path) const;

  bool everything_ = false;
  std::vector<Root> roots_;
  std::vector<std::string> refused_;
  std::size_t bytes_ = 0;
};

/// The folder of the project that a folder is in, without links: as add_project() finds it, version control before
/// CMake. Empty if it is in none.
std::string project_of(const std::string& folder);

}  // namespace gridlock::internal
