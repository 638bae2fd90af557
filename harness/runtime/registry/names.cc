// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/registry/names.h"

#include "harness/platform/pages.h"
#include "harness/platform/utf8.h"
#include "harness/runtime/registry/objects.h"

namespace gridlock::internal {
namespace {

// A name takes as many units as it needs; its number is that of the first.
constexpr u32 kUnit = 16;
constexpr u32 kUnits = 1u << 22;
constexpr u32 kLongest = 255;
constexpr u32 kHeadBytes = 8;
constexpr u32 kMaxUnits = (kHeadBytes + kLongest + 1 + kUnit - 1) / kUnit;

struct alignas(kUnit) Unit {
  u32 users;  // of the first: how many objects have it; of a free one, the next free one
  u16 size;
  char text[10];  // goes on in the next unit
};
static_assert(sizeof(Unit) == kUnit && offsetof(Unit, text) < kHeadBytes);

Table<Unit> g_units;
u32 g_free[kMaxUnits + 1];  // by size in units
KeyMap g_index;             // hash of the text -> number

char* text_of(u32 name) noexcept {
  return reinterpret_cast<char*>(&g_units[name]) + offsetof(Unit, text);
}

u32 units_for(u32 length) noexcept {
  return (static_cast<u32>(offsetof(Unit, text)) + length + 1 + kUnit - 1) / kUnit;
}

u64 hash_of(const char* text, u32 length) noexcept {
  u64 hash = length + 1;
  for (u32 i = 0; i < length; ++i) hash = mix(hash ^ static_cast<u8>(text[i]));
  return hash | 1;
}

u32 take(u32 units) noexcept {
  if (const u32 name = g_free[units]) {
    g_free[units] = g_units[name].users;
    return name;
  }
  if (g_units.size() == 0 && !g_units.full()) g_units.add();  // 0 is "no name"
  if (g_units.full(units)) return 0;
  const u32 name = g_units.size();
  return g_units.resize(name + units) ? name : 0;
}

}  // namespace

bool init_names() noexcept { return g_units.reserve(kUnits) && g_index.prepare(); }

u32 keep_name(std::string_view name, bool* lost) noexcept {
  const char* const letters = name.empty() ? "" : &name[0];
  u32 length = 0;
  while (length < kLongest && length < name.size() && letters[length] != 0) ++length;
  if (length < name.size()) length = static_cast<u32>(without_cut_character(letters, length));
  if (length == 0) return 0;
  const u64 key = hash_of(letters, length);
  const u32* const known = g_index.find(key);
  if (known != nullptr && g_units[*known].size == length &&
      same_text(text_of(*known), letters, length)) {
    return share_name(*known);
  }
  const u32 kept = take(units_for(length));
  if (kept == 0) {
    *lost = true;
    return 0;
  }
  g_units[kept].users = 1;
  g_units[kept].size = static_cast<u16>(length);
  char* const text = text_of(kept);
  for (u32 i = 0; i < length; ++i) text[i] = letters[i];
  text[length] = 0;
  if (known == nullptr) g_index.insert(key, kept);
  return kept;
}

u32 share_name(u32 name) noexcept {
  if (name != 0) ++g_units[name].users;
  return name;
}

void let_name_go(u32 name) noexcept {
  if (name == 0 || --g_units[name].users != 0) return;
  const u64 key = hash_of(text_of(name), g_units[name].size);
  if (const u32* const known = g_index.find(key); known != nullptr && *known == name)
    g_index.erase(key);
  u32& first = g_free[units_for(g_units[name].size)];
  g_units[name].users = first;
  first = name;
}

const char* name_text(u32 name) noexcept { return name == 0 ? "" : text_of(name); }

}  // namespace gridlock::internal
