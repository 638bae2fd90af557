// SPDX-License-Identifier: Apache-2.0
//
// What the real ThreadSanitizer reports. Not instrumented.
#include "tests/explore/races/interpret.h"

// NOLINTBEGIN(readability-identifier-naming,bugprone-reserved-identifier): ThreadSanitizer's names
extern "C" {
int __tsan_get_report_mop(void* report, unsigned long idx, int* tid, void** addr, int* size,
                          int* write, int* atomic, void** trace, unsigned long trace_size);
void __tsan_on_report(void* report);
const char* __tsan_default_options();
}

namespace gridlock::races {
namespace {

constexpr int kMax = 4096;
StepId g_found[kMax][2];
int g_count = 0;

}  // namespace

Races run(const Program& program, const Race* only) {
  prepare_step_at();
  g_count = 0;
  interpret(program, only);
  Races races;
  for (int i = 0; i < g_count; ++i) races.insert(race_of(g_found[i][0], g_found[i][1]));
  return races;
}

}  // namespace gridlock::races

extern "C" void __tsan_on_report(void* report) {
  // NOLINTNEXTLINE(google-build-using-namespace): its name is the runtime's
  using namespace gridlock::races;
  StepId steps[2] = {-1, -1};
  for (unsigned long i = 0; i < 2; ++i) {
    int thread = 0;
    int size = 0;
    int write = 0;
    int atomic = 0;
    void* address = nullptr;
    void* trace[4] = {};
    __tsan_get_report_mop(report, i, &thread, &address, &size, &write, &atomic, trace, 4);
    steps[i] = step_at(static_cast<char*>(trace[0]) + 1);
  }
  if (g_count == kMax) return;
  g_found[g_count][0] = steps[0];
  g_found[g_count++][1] = steps[1];
}

extern "C" const char* __tsan_default_options() {
  return "symbolize=0:suppress_equal_stacks=0:suppress_equal_addresses=0:exitcode=0:"
         "report_thread_leaks=0:detect_deadlocks=0:report_mutex_bugs=0:history_size=4";
}
// NOLINTEND(readability-identifier-naming,bugprone-reserved-identifier)
