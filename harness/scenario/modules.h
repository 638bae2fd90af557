// SPDX-License-Identifier: Apache-2.0
//
// Is the program that wrote a log still the file on disk? An offset into another build names some
// other line, so such places are taken out before anybody looks them up.
#pragma once

#include <gridlock/finding.h>

#include "harness/scenario/spawn.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gridlock::internal {

struct WireLog;

/// Open if it is a regular file that begins as an ELF file does; a path of any bytes.
Fd open_program(const std::string& path);

/// The build id of an ELF file in hex digits; empty if it has none or cannot be read.
std::string build_id_of_file(const std::string& path);

/// Ends the name of a module in a frame whose offset is one of another build.
inline constexpr std::string_view kOtherBuild = " (another build)";

/// For each module of the log that is no longer what its path leads to: its frames get a name that
/// no symbolizer finds, and the places that the program itself named lose their lines, because
/// the sources are not those of then.
struct CheckedModules {
  std::vector<std::string> notes;    ///< one line for each such module
  std::vector<std::string> folders;  ///< of the others that have the build id of the log
};
CheckedModules forget_other_builds(WireLog& log);

/// One line for each module that has places of the user and names no line of theirs: it was
/// compiled without debug information. `has_symbolizer`: llvm-symbolizer was asked.
class MissingLines {
 public:
  explicit MissingLines(bool has_symbolizer) : has_symbolizer_(has_symbolizer) {}
  void look_at(const Stack& stack);
  std::vector<std::string> notes() const;

 private:
  struct Count {
    std::string module;
    int with_line = 0;
    int without_line = 0;
  };
  bool has_symbolizer_;
  std::vector<Count> counts_;
};

}  // namespace gridlock::internal
