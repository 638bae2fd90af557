// SPDX-License-Identifier: Apache-2.0
//
// `runtime_probe SITUATION [NUMBER]`: gets into the situation, and returns 0 if it comes out of it.
#include "tests/runtime/probe.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

int main(int argc, char** argv) {
  using namespace gridlock::probe;  // NOLINT(google-build-using-namespace): one function
  const int number = argc > 2 ? static_cast<int>(std::strtol(argv[2], nullptr, 10)) : 0;
  for (const auto& group :
       {deadlocks(),   ends(),          executors(),    forks(),       ipc_forks(),   full_tables(),
        generations(), interruptions(), ipcs(),         kept_orders(), lifetimes(),   logs(),
        misuses(),     orders(),        places(),       processes(),   programs(),    queues(),
        refusals(),    rules(),         shared_locks(), signals(),     standstills(), stuck_ends(),
        outsiders(),   syncs(),         ports(),        texts(),       threads(),     waits()}) {
    for (const Situation& situation : group) {
      if (argc < 2 || std::strcmp(argv[1], situation.name) != 0) continue;
      situation.run(number);
      return 0;
    }
  }
  std::fprintf(stderr, "runtime_probe: no such situation\n");
  return 64;
}
