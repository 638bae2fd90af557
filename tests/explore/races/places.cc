// SPDX-License-Identifier: Apache-2.0
#include "tests/explore/races/interpret.h"

namespace gridlock::races {
namespace {

constexpr int kIds = kMaxThreads * kStepsPerThread;
const char* g_code[kIds] = {};

}  // namespace

void prepare_step_at() {
  for (int id = 0; id < kIds; ++id) g_code[id] = static_cast<const char*>(code_of(id));
}

StepId step_at(const void* address) {
  const char* const inside = static_cast<const char*>(address) - 1;
  StepId best = -1;
  for (int id = 0; id < kIds; ++id) {
    if (g_code[id] <= inside && (best < 0 || g_code[id] > g_code[best])) best = id;
  }
  return best;
}

}  // namespace gridlock::races
