// SPDX-License-Identifier: Apache-2.0
//
// For frameworks whose tests run in one process, one after the other, as long as none of them ends it.
#include <gridlock/testing/log.h>
#include <gridlock/testing/successor.h>
#include <unistd.h>

#include <cstddef>
#include <iostream>

namespace gridlock::testing::internal {

namespace {

std::size_t g_known = 0;  // findings of this process

std::string findings_since(pid_t process, std::size_t known, const std::string& test) {
  const std::vector<Finding> all = findings_of(process);
  if (known >= all.size()) return "";
  begin_own_work();
  std::string text =
      text_of(process, {all.begin() + static_cast<std::ptrdiff_t>(known), all.end()}, test);
  end_own_work();
  return text;
}

}  // namespace

std::string new_findings(const std::string& test) {
  const std::string text = findings_since(getpid(), g_known, test);
  g_known = findings_of(getpid()).size();
  return text;
}

std::string findings_at_end_of(int process, const std::string& test) {
  std::string text = findings_since(process, g_known, test);
  if (text.empty() && has_dump(process)) text = text_of(process, {}, test);
  g_known = 0;  // this is another process
  return text;
}

void say_if_unwatched() {
  if (is_watched()) return;
  std::cerr << "gridlock: nothing is watched: link gridlock::watch or gridlock::gridlock, too, or "
               "start the tests by "
               "`gridlock exec --`\n";
}

// A hang ends the process; where no other goes on, what was found has to be said at once.
const char* options_of_tests() { return "exit_code=0"; }

}  // namespace gridlock::testing::internal
