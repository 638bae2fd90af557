// SPDX-License-Identifier: Apache-2.0
//
// A pool of two connections. `pool broken` gives one back twice; `pool fixed` gives each back once.
#include <gridlock/gridlock.h>

#include <cstring>

int main(int argc, char** argv) {
  const bool fixed = argc == 2 && std::strcmp(argv[1], "fixed") == 0;
  gridlock::BoundedSemaphore connections{2, "connections"};
  connections.acquire();
  connections.release();
  if (!fixed) connections.release();
  return 0;
}
