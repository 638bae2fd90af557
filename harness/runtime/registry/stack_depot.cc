// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/registry/stack_depot.h"

#include <bit>

#include "harness/platform/futex.h"
#include "harness/platform/mutex_ranks.h"
#include "harness/platform/pages.h"
#include "harness/runtime/registry/call_sites.h"
#include "harness/runtime/registry/known_modules.h"

namespace gridlock::internal {
namespace {

constexpr u32 kWords = 1u << 25;

// An entry: word 0 is the size * 2, + 1 if word 1 is a call site; then the addresses.
constinit RawMutex& g_mutex = mutex_of(MutexRank::kDepot);
Table<uptr> g_words;
KeyMap g_index;
bool g_full_known = false;
std::atomic<bool> g_full{false};  // and nobody has been told

// `site` is kept already (call_sites.h).
StackId keep(const uptr* frames, u32 size, const CallSite* site) noexcept {
  if (size == 0 && site == nullptr) return 0;
  const uptr head = size * 2 + (site != nullptr ? 1u : 0u);
  const uptr site_word = site != nullptr ? __builtin_bit_cast(uptr, *site) : 0;
  u64 key = mix(head ^ mix(site_word));
  for (u32 i = 0; i < size; ++i) key = mix(key ^ frames[i]);
  if (key == 0) key = 1;
  const RawGuard guard(g_mutex);
  // Two stacks with the same 64-bit key are taken for one: with a million stacks the chance is
  // 3e-8.
  if (const u32* known = g_index.find(key)) return *known;
  if (g_words.full(size + 2) || !g_index.insert(key, g_words.size())) {
    if (!g_full_known) g_full.store(true, std::memory_order_relaxed);
    g_full_known = true;
    return 0;
  }
  for (u32 i = 0; i < size; ++i) remember_module(frames[i] - 1);
  const StackId id = g_words.add();
  g_words[id] = head;
  if (site != nullptr) g_words[g_words.add()] = site_word;
  for (u32 i = 0; i < size; ++i) g_words[g_words.add()] = frames[i];
  return id;
}

}  // namespace

bool init_stack_depot() noexcept {
  if (!g_words.reserve(kWords) || !g_index.prepare()) return false;
  g_words.add();  // 0 is "unknown"
  return true;
}

StackId keep_stack(const uptr* frames, u32 size) noexcept { return keep(frames, size, nullptr); }
StackId keep_stack(const uptr* frames, u32 size, CallSite site) noexcept {
  const CallSite kept = keep_site(site);
  return keep(frames, size, &kept);
}

bool take_depot_full() noexcept {
  return GRIDLOCK_UNLIKELY(g_full.load(std::memory_order_relaxed)) && g_full.exchange(false);
}

KeptStack kept_stack(StackId id) noexcept {
  if (id == 0) return {nullptr, 0, nullptr};
  const uptr head = g_words[id];
  const bool has_site = (head & 1) != 0;
  const uptr* const body = &g_words[id + 1];
  return {has_site ? body + 1 : body, static_cast<u32>(head / 2),
          has_site ? reinterpret_cast<const CallSite*>(body) : nullptr};
}

}  // namespace gridlock::internal
