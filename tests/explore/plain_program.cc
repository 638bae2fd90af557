// SPDX-License-Identifier: Apache-2.0
//
// Was not built for schedules that are chosen.
#include <thread>

int main() {
  std::thread([] {}).join();
}
