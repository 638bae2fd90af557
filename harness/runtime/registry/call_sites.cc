// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/registry/call_sites.h"

#include "harness/platform/modules.h"
#include "harness/platform/mutex_ranks.h"
#include "harness/platform/pages.h"
#include "harness/platform/safe_read.h"
#include "harness/platform/stacks.h"

namespace gridlock::internal {
namespace {

constexpr u32 kMaxSites = 1u << 18;
constexpr u32 kMaxBytes = 1u << 25;
constexpr u32 kLongest = 1024;
constexpr uptr kPage = 4096;

// What a std::source_location points to, with both C++ libraries.
struct Parts {
  const char* file;
  const char* function;
  u32 line;
  u32 column;
};

constinit RawMutex& g_mutex = mutex_of(MutexRank::kCallSites);  // guards what follows
Table<Parts> g_sites;
Table<char> g_texts;
KeyMap g_index;         // hash of the text -> index + 1
bool g_copies = false;  // written once: Parts is what this library has

bool is_layout_known() noexcept {
  constexpr CallSite kHere = CallSite::current();
  const auto* const parts = static_cast<const Parts*>(pointer_of(kHere));
  return parts->file == kHere.file_name() && parts->function == kHere.function_name() &&
         parts->line == kHere.line() && parts->column == kHere.column();
}

// Page by page, because the next one may not be there. 0: nothing can be read.
u32 copy_text(const char* from, char* to) noexcept {
  u32 size = 0;
  while (size + 1 < kLongest) {
    const uptr at = reinterpret_cast<uptr>(from) + size;
    u32 part = static_cast<u32>(kPage - at % kPage);
    if (part > kLongest - 1 - size) part = kLongest - 1 - size;
    if (!copy_safely(from + size, to + size, part)) return 0;
    for (u32 i = 0; i < part; ++i, ++size) {
      if (to[size] == 0) return size;
    }
  }
  to[size] = 0;
  return size;
}

u64 hash(const char* text, u64 key) noexcept {
  for (; *text != 0; ++text) key = mix(key ^ static_cast<u8>(*text));
  return key;
}

const char* add_text(const char* text) noexcept {
  const u32 size = length_of(text) + 1;
  if (g_texts.full(size)) return nullptr;
  const u32 at = g_texts.size();
  for (u32 i = 0; i < size; ++i) g_texts[g_texts.add()] = text[i];
  return g_texts.data() + at;
}

bool is_same(const Parts& a, const Parts& b) noexcept {
  const u32 file = length_of(a.file) + 1;
  const u32 function = length_of(a.function) + 1;
  return a.line == b.line && a.column == b.column && same_text(a.file, b.file, file) &&
         same_text(a.function, b.function, function);
}

// With g_mutex held.
const Parts* find_or_add(const Parts& parts) noexcept {
  const u64 key =
      hash(parts.function, hash(parts.file, (u64{parts.line} << 32) | parts.column)) | 1;
  const u32* const known = g_index.find(key);
  if (known != nullptr && is_same(g_sites[*known - 1], parts)) return &g_sites[*known - 1];
  if (g_sites.full()) return nullptr;
  const char* const file = add_text(parts.file);
  const char* const function = add_text(parts.function);
  if (file == nullptr || function == nullptr) return nullptr;
  const u32 index = g_sites.add();
  g_sites[index] = {file, function, parts.line, parts.column};
  if (known == nullptr) g_index.insert(key, index + 1);
  return &g_sites[index];
}

}  // namespace

bool init_call_sites() noexcept {
  g_copies = is_layout_known();
  return g_sites.reserve(kMaxSites) && g_texts.reserve(kMaxBytes) && g_index.prepare();
}

CallSite keep_site(CallSite where) noexcept {
  const void* const pointer = pointer_of(where);
  if (pointer == nullptr || !g_copies || stays_loaded(pointer)) return where;
  const auto at = reinterpret_cast<uptr>(pointer);
  const auto sites = reinterpret_cast<uptr>(g_sites.data());
  if (at >= sites && at < sites + kMaxSites * sizeof(Parts)) return where;  // a copy of ours
  Parts parts;
  char file[kLongest];
  char function[kLongest];
  if (!copy_safely(pointer, &parts, sizeof parts) || copy_text(parts.file, &file[0]) == 0)
    return {};
  if (copy_text(parts.function, &function[0]) == 0) function[0] = 0;
  parts.file = &file[0];
  parts.function = &function[0];
  const RawGuard guard(g_mutex);
  const Parts* const kept = find_or_add(parts);
  return kept != nullptr ? __builtin_bit_cast(CallSite, kept) : CallSite{};
}

}  // namespace gridlock::internal
