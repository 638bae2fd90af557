// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/findings/module_records.h"

#include <atomic>

#include "harness/platform/modules.h"
#include "harness/platform/raw_io.h"
#include "harness/platform/stacks.h"
#include "harness/runtime/core/json_writer.h"
#include "harness/runtime/core/run_id.h"
#include "harness/runtime/registry/known_modules.h"

namespace gridlock::internal {
namespace {

constexpr u32 kMax = 128;  // frames in more modules than that are written all the same

std::atomic<uptr> g_starts[kMax];  // of those noted, in that order; 0 behind the last
u32 g_written = 0;                 // how many of them have a record
char g_line[16 * 1024];            // of the one thread that writes to the log

void write_hex(const ModuleBuild& build, char* out) noexcept {
  constexpr char kDigits[] = "0123456789abcdef";
  for (u32 i = 0; i < build.id_size; ++i) {
    *out++ = kDigits[build.id[i] >> 4];
    *out++ = kDigits[build.id[i] & 15];
  }
  *out = 0;
}

}  // namespace

void note_module(uptr address) noexcept {
  uptr start = module_start(address);
  if (start == 0) {
    start = start_of_unloaded(address);
    if (start == 0) return;
  }
  for (std::atomic<uptr>& slot : g_starts) {
    uptr known = slot.load(std::memory_order_acquire);
    if (known == 0 && slot.compare_exchange_strong(known, start)) return;
    if (known == start) return;
  }
}

void write_module_records(void (*append)(const char* line, u64 size)) noexcept {
  for (; g_written < kMax; ++g_written) {
    const uptr start = g_starts[g_written].load(std::memory_order_acquire);
    if (start == 0) return;
    char path[1024];
    u64 offset = 0;
    ModuleBuild build;
    if (!find_module_even_unloaded(start, &path[0], sizeof path, &offset)) continue;
    if (module_start(start) == start) {
      if (!read_module_build(start, &path[0], &build)) continue;
    } else {
      build = *build_of_unloaded(start);
    }
    JsonWriter json;
    json.begin(&g_line[0], sizeof g_line);
    open_record(json, "module", process_id());
    json.text("path", &path[0]);
    if (build.id_size != 0) {
      char digits[2 * ModuleBuild::kMaxBytes + 1];
      write_hex(build, &digits[0]);
      json.text("build_id", &digits[0]);
    } else {
      json.number("size", build.file_size);
      json.number("changed_ns", build.file_changed_ns);
    }
    json.close_object();
    if (const u64 size = json.end_line(); size != 0) append(&g_line[0], size);
  }
}

void forget_module_records() noexcept { g_written = 0; }

}  // namespace gridlock::internal
