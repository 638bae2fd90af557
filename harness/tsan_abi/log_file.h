// SPDX-License-Identifier: Apache-2.0
//
// A log of docs/design/wire.md, to which records of one run are appended. Outside of executions only.
#pragma once

#include <map>
#include <string>

#include "harness/platform/base.h"

namespace gridlock::internal::controlled {

/// A text as JSON has it.
std::string json(const std::string& text);
/// ',"NAME":[LIST]'; nothing for an empty one.
std::string member(const char* name, const std::string& list);
/// This program's file, and its arguments as the members of a list.
std::string program_file();
std::string program_arguments();

class LogFile {
 public:
  explicit LogFile(const std::string& file);
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;
  ~LogFile();

  void record(const char* what, const std::string& members);
  /// A list's members: frames of these return addresses. Records of their modules are written at once.
  std::string frames(const uptr* addresses, u32 count);
  /// Records of the modules of frames that stand in these members are written.
  void name_modules(const std::string& members);

 private:
  void write_module(const std::string& file);

  int fd_;
  std::string run_;
  std::map<std::string, bool> modules_;
};

}  // namespace gridlock::internal::controlled
