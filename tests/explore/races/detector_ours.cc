// SPDX-License-Identifier: Apache-2.0
//
// What our runtime reports: all of it, because it goes on behind a race. Not instrumented.
#include <gridlock/explore.h>

#include <cstdio>
#include <cstdlib>

#include "harness/tsan_abi/shadow.h"
#include "tests/explore/races/interpret.h"

namespace gridlock::races {
namespace {

// The collector allocates nothing while an execution runs.
constexpr int kMax = 4096;
std::pair<const void*, const void*> g_found[kMax];
int g_count = 0;

void note(internal::uptr place, internal::uptr other) noexcept {
  if (g_count == kMax) return;
  g_found[g_count++] = {reinterpret_cast<const void*>(place), reinterpret_cast<const void*>(other)};
}

}  // namespace

Races run(const Program& program, const Race* only) {
  internal::controlled::g_on_race = &note;
  prepare_step_at();
  g_count = 0;
  ExploreOptions options{.executions = 1, .quiet = true};
  options.repeat = ExploreRepeat::kInProcess;
  options.points = ExplorePoints::kSynchronization;
  const ExploreResult result = explore(options, [&] { interpret(program, only); });
  if (result) {
    std::fprintf(stderr, "%s", result.message.c_str());
    std::exit(1);
  }
  Races races;
  for (int i = 0; i < g_count; ++i)
    races.insert(race_of(step_at(g_found[i].first), step_at(g_found[i].second)));
  return races;
}

}  // namespace gridlock::races
