// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/findings/what_is_off.h"

#include "harness/platform/futex.h"
#include "harness/platform/raw_io.h"
#include "harness/runtime/core/options.h"

namespace gridlock::internal {
namespace {

struct Means {
  const char* what;
  bool (*works)() noexcept;
};

bool next(int, void*) noexcept { return true; }

constexpr Means kMeans[] = {
    {"starvation, because the threads of the process cannot be listed (/proc/self/task)",
     []() noexcept { return thread_os_id() > 0 && visit_os_threads(&next, nullptr); }},
    {"waits over several processes, because no process can be asked for (getpid, kill)",
     []() noexcept { return process_id() > 0; }},
    {"what takes time, because no clock can be read (clock_gettime)",
     []() noexcept { return now_ns() != 0; }},
};
constexpr u32 kMeansCount = sizeof kMeans / sizeof kMeans[0];

u32 g_off = 0;  // by bit; written once, while the program starts

}  // namespace

void look_what_is_off() noexcept {
  for (u32 i = 0; i < kMeansCount; ++i) {
    if (kMeans[i].works()) continue;
    g_off |= 1u << i;
    if (options().quiet) continue;
    say("gridlock: not looked for: ");
    say(kMeans[i].what);
    say("\n");
  }
}

void write_what_is_off(JsonWriter& json) noexcept {
  if (g_off == 0) return;
  json.open_array("off");
  for (u32 i = 0; i < kMeansCount; ++i) {
    if ((g_off & 1u << i) != 0) json.text(nullptr, kMeans[i].what);
  }
  json.close_array();
}

}  // namespace gridlock::internal
