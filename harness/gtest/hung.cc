// SPDX-License-Identifier: Apache-2.0
#include <gridlock/testing/log.h>
#include <poll.h>
#include <signal.h>

#include <chrono>
#include <fstream>
#include <sstream>

namespace gridlock::testing::internal {

std::string work_of(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/stat");
  std::string text;
  std::getline(file, text);
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return "";
  std::istringstream words(text.substr(name_end + 1));
  std::string word;
  std::string work;
  for (int i = 3; i <= 17 && words >> word; ++i) {
    if (i >= 14) work += word + " ";
  }
  return work;
}

void kill_hung(pid_t process) {
  constexpr int kStepMs = 200;
  constexpr std::chrono::seconds kTimeForStacks{10};
  if (dump_signal() != 0 && is_watched()) {
    kill(process, dump_signal());
    const auto until = std::chrono::steady_clock::now() + kTimeForStacks;
    while (!has_dump(process) && std::chrono::steady_clock::now() < until)
      poll(nullptr, 0, kStepMs);
  }
  kill(process, SIGKILL);
}

}  // namespace gridlock::testing::internal
