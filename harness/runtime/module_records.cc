// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/module_records.h"

#include <atomic>

#include "harness/platform/modules.h"
#include "harness/platform/raw_io.h"
#include "harness/platform/stacks.h"
#include "harness/runtime/json_writer.h"
#include "harness/runtime/run_id.h"

namespace gridlock::internal {
namespace {

constexpr u32 kMost = 128;  // frames in more modules than that are written all the same
constexpr u32 kLongestPath = 1024;

std::atomic<uptr> g_starts[kMost];  // of those noted, in that order; 0 behind the last
u32 g_written = 0;                  // how many of them have a record
char g_line[16 * 1024];             // of the one thread that writes to the log

// A module that may be unloaded, with what tells of it then.
struct Unloadable {
  std::atomic<u32> is_there{0};
  uptr start = 0;
  uptr end = 0;
  uptr base = 0;
  ModuleBuild build{};
  char path[kLongestPath] = {};
};
constinit Unloadable g_unloadable[kMost];
std::atomic<u32> g_unloadable_count{0};

bool is_same(const Unloadable& known, const Module& module) noexcept {
  return known.start == module.start && known.end == module.end &&
         same_text(&known.path[0], module.path, length_of(module.path, kLongestPath - 1) + 1);
}

// The one that was loaded last, if several were at one place.
const Unloadable* find_remembered(uptr address) noexcept {
  for (u32 i = g_unloadable_count.load(std::memory_order_acquire); i > 0; --i) {
    const Unloadable& known = g_unloadable[i - 1];
    if (known.is_there.load(std::memory_order_acquire) != 0 && address >= known.start &&
        address < known.end)
      return &known;
  }
  return nullptr;
}

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
    const Unloadable* const known = find_remembered(address);
    if (known == nullptr) return;
    start = known->start;
  }
  for (std::atomic<uptr>& slot : g_starts) {
    uptr known = slot.load(std::memory_order_acquire);
    if (known == 0 && slot.compare_exchange_strong(known, start)) return;
    if (known == start) return;
  }
}

void remember_module(uptr address) noexcept {
  Module module;
  if (!find_unloadable_module(address, &module)) return;
  const Unloadable* const known = find_remembered(address);
  if (known != nullptr && is_same(*known, module)) return;
  const u32 index = g_unloadable_count.load(std::memory_order_relaxed);
  if (index >= kMost) return;
  Unloadable& slot = g_unloadable[index];
  slot.start = module.start;
  slot.end = module.end;
  slot.base = module.base;
  u32 size = 0;
  for (; size + 1 < kLongestPath && module.path[size] != 0; ++size)
    slot.path[size] = module.path[size];
  slot.path[size] = 0;
  if (!read_module_build(module.start, &slot.path[0], &slot.build)) slot.build = {};
  slot.is_there.store(1, std::memory_order_release);
  g_unloadable_count.store(index + 1, std::memory_order_release);
}

bool find_module_even_unloaded(uptr address, char* path, u32 path_size, u64* offset) noexcept {
  if (find_module(address, path, path_size, offset)) return true;
  const Unloadable* const known = find_remembered(address);
  if (known == nullptr) return false;
  u32 size = 0;
  for (; size + 1 < path_size && known->path[size] != 0; ++size) path[size] = known->path[size];
  path[size] = 0;
  *offset = address - known->base;
  return true;
}

void write_module_records(void (*append)(const char* line, u64 size)) noexcept {
  for (; g_written < kMost; ++g_written) {
    const uptr start = g_starts[g_written].load(std::memory_order_acquire);
    if (start == 0) return;
    char path[1024];
    u64 offset = 0;
    ModuleBuild build;
    if (!find_module_even_unloaded(start, &path[0], sizeof path, &offset)) continue;
    if (module_start(start) == start) {
      if (!read_module_build(start, &path[0], &build)) continue;
    } else {
      build = find_remembered(start)->build;
    }
    JsonWriter json;
    json.begin(&g_line[0], sizeof g_line);
    open_record(json, "module", process_id());
    json.text("path", &path[0]);
    if (build.id_size != 0) {
      char digits[2 * ModuleBuild::kMostBytes + 1];
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
