// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/registry/known_modules.h"

#include <atomic>

#include "harness/platform/raw_io.h"
#include "harness/platform/stacks.h"

namespace gridlock::internal {
namespace {

constexpr u32 kMax = 128;
constexpr u32 kLongestPath = 1024;

// A module that may be unloaded, with what tells of it then.
struct Unloadable {
  std::atomic<u32> is_there{0};
  uptr start = 0;
  uptr end = 0;
  uptr base = 0;
  ModuleBuild build{};
  char path[kLongestPath] = {};
};
constinit Unloadable g_unloadable[kMax];
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

}  // namespace

void remember_module(uptr address) noexcept {
  Module module;
  if (!find_unloadable_module(address, &module)) return;
  const Unloadable* const known = find_remembered(address);
  if (known != nullptr && is_same(*known, module)) return;
  const u32 index = g_unloadable_count.load(std::memory_order_relaxed);
  if (index >= kMax) return;
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

uptr start_of_unloaded(uptr address) noexcept {
  const Unloadable* const known = find_remembered(address);
  return known != nullptr ? known->start : 0;
}

const ModuleBuild* build_of_unloaded(uptr address) noexcept {
  const Unloadable* const known = find_remembered(address);
  return known != nullptr ? &known->build : nullptr;
}

}  // namespace gridlock::internal
