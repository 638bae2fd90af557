// SPDX-License-Identifier: Apache-2.0
#include "harness/tsan_abi/code_sites.h"

#include <link.h>

#include <initializer_list>

namespace gridlock::internal::controlled {
namespace {

struct Module {
  uptr begin;
  uptr end;
};

Module g_modules[256];
u32 g_module_count = 0;
Module g_own[8];  // of the language
u32 g_own_count = 0;

bool is_own(const char* path) noexcept {
  for (const char* const name :
       {"libstdc++.so", "libgcc_s.so", "libc++.so", "libc++abi.so", "libunwind.so", "libc.so"}) {
    if (is_file_called(path, name)) return true;
  }
  return false;
}

int note_module(dl_phdr_info* info, size_t /*size*/, void* /*unused*/) {
  if (g_module_count == 256) return 1;
  Module module{~uptr{0}, 0};
  for (u32 i = 0; i < info->dlpi_phnum; ++i) {
    const auto& header = info->dlpi_phdr[i];
    if (header.p_type != PT_LOAD) continue;
    const uptr begin = info->dlpi_addr + header.p_vaddr;
    if (begin < module.begin) module.begin = begin;
    if (begin + header.p_memsz > module.end) module.end = begin + header.p_memsz;
  }
  if (module.begin < module.end) {
    g_modules[g_module_count++] = module;
    if (g_own_count < 8 && is_own(info->dlpi_name)) g_own[g_own_count++] = module;
  }
  return 0;
}

}  // namespace

uptr g_program_begin = 0;
uptr g_program_size = 0;

bool is_file_called(const char* path, const char* begin) noexcept {
  const char* name = path;
  for (const char* c = path; *c != 0; ++c) {
    if (*c == '/') name = c + 1;
  }
  return same_text(name, begin, length_of(begin));
}

bool is_of_the_language(uptr address) noexcept {
  for (u32 i = 0; i < g_own_count; ++i) {
    if (address - g_own[i].begin < g_own[i].end - g_own[i].begin) return true;
  }
  return false;
}

void find_modules() noexcept {
  g_module_count = g_own_count = 0;
  dl_iterate_phdr(note_module, nullptr);
  if (g_module_count == 0) return;
  g_program_begin = g_modules[0].begin;  // the program comes first
  g_program_size = g_modules[0].end - g_modules[0].begin;
}

// The order of libraries is that of their loading, which the program decides and not the system.
u32 library_offset(uptr address) noexcept {
  for (u32 i = 1; i < g_module_count; ++i) {
    const Module& module = g_modules[i];
    if (address - module.begin < module.end - module.begin) {
      return static_cast<u32>(address - module.begin) + i * 0x01010101u;
    }
  }
  return 0;
}

uptr whole_address(u32 low) noexcept {
  for (u32 i = 0; i < g_module_count; ++i) {
    const Module& module = g_modules[i];
    const u32 offset = low - static_cast<u32>(module.begin);
    if (offset < module.end - module.begin) return module.begin + offset;
  }
  return 0;
}

void use_points(const Schedule& schedule) noexcept {
  u8* const points = g_engine.points;
  static bool has_all = false;
  if (has_all && schedule.points == PointKind::kAll) return;
  has_all = schedule.points == PointKind::kAll;
  __builtin_memset(points, schedule.points == PointKind::kAll ? 0xff : 0, sizeof g_engine.points);
  if (schedule.points != PointKind::kLearned) return;
  for (u32 i = 0; i < schedule.site_count; ++i) {
    const u32 site = schedule.sites[i];
    points[site >> 3] = static_cast<u8>(points[site >> 3] | 1u << (site & 7));
  }
}

void learn(uptr place) noexcept {
  Learned& learned = g_engine.shared->learned;
  const u32 site = site_of(place);
  if (is_set(learned.sites, site)) return;
  learned.sites[site >> 3] = static_cast<u8>(learned.sites[site >> 3] | 1u << (site & 7));
  ++learned.count;
}

bool learned_sites(const Learned& learned, Schedule& schedule) noexcept {
  schedule.site_count = 0;
  if (learned.count > kMaxSites) return false;
  for (u32 byte = 0; byte < sizeof learned.sites; ++byte) {
    if (learned.sites[byte] == 0) continue;
    for (u32 bit = 0; bit < 8; ++bit) {
      if (!is_set(learned.sites, byte * 8 + bit)) continue;
      if (schedule.site_count < kMaxSites) {
        schedule.sites[schedule.site_count++] = static_cast<u16>(byte * 8 + bit);
      }
    }
  }
  return true;
}

}  // namespace gridlock::internal::controlled
