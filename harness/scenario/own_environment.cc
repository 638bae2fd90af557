// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/own_environment.h"

#include <cstdlib>

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

std::vector<std::string> program_folders() {
  std::vector<std::string> result;
  const char* const path = std::getenv("PATH");
  std::string_view rest = path != nullptr ? path : "/usr/bin:/bin";
  while (!rest.empty()) {
    const std::size_t end = rest.find(':');
    if (end != 0) result.emplace_back(rest.substr(0, end));
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  }
  return result;
}

}  // namespace gridlock::internal
