// SPDX-License-Identifier: Apache-2.0
//
// A static object with a thread: it is there before main() begins.
#include <chrono>
#include <thread>

namespace {
struct Early {
  std::jthread thread{[](const std::stop_token& stop) {
    while (!stop.stop_requested()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }};
};
Early g_early;
}  // namespace

int main() { return 0; }
