// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/own_environment.h"

extern char** environ;  // NOLINT(readability-redundant-declaration): POSIX leaves it to the program

namespace gridlock::internal {

std::vector<std::string> own_environment(
    const std::function<bool(std::string_view name)>& is_left_out) {
  std::vector<std::string> variables;
  for (char** each = environ; each != nullptr && *each != nullptr; ++each) {
    const std::string_view text = *each;
    if (!is_left_out || !is_left_out(text.substr(0, text.find('=')))) variables.emplace_back(text);
  }
  return variables;
}

}  // namespace gridlock::internal
