// SPDX-License-Identifier: Apache-2.0
#include "harness/platform/pages.h"

#include <sys/mman.h>

#include <atomic>

#include "harness/platform/syscall.h"

namespace gridlock::internal {
namespace {

constexpr u64 kStep = u64{1} << 16;       // what is mapped at once, at least; no page is larger
constexpr u64 kLargeStep = u64{1} << 24;  // and at most, beyond what is needed
constexpr u64 kApart = u64{1} << 21;      // between two ranges

// Ranges lie one behind the other in a part of the address space that neither the kernel gives out unasked nor a
// sanitizer puts its shadow into, but for ThreadSanitizer, which leaves nothing free. Each copy of Gridlock in a
// process begins somewhere else.
constexpr u64 kFirstAddress = u64{0x20} << 40;
constexpr u64 kCopyBits = 4;
constexpr u64 kCopySpan = u64{1} << 40;
std::atomic<u64> g_next_range{0};

u64 first_range() noexcept {
  const u64 copy = mix(reinterpret_cast<uptr>(&g_next_range) >> 12) >> (64 - kCopyBits);
  return kFirstAddress + copy * kCopySpan;
}

u64 round_up(u64 bytes, u64 unit) noexcept { return (bytes + unit - 1) / unit * unit; }

bool map_at(u64 address, u64 bytes) noexcept {
  const i64 result = raw_syscall(
      SYS_mmap, static_cast<i64>(address), static_cast<i64>(bytes), PROT_READ | PROT_WRITE,
      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
  if (result == static_cast<i64>(address)) return true;
  // An old kernel takes the address for a wish.
  if (result > 0 || result <= -4096)
    release_pages(reinterpret_cast<void*>(static_cast<uptr>(result)), bytes);
  return false;
}

}  // namespace

void* reserve_range(u64 bytes, u64* mapped) noexcept {
  const u64 all = round_up(bytes, kStep);
  *mapped = 0;
  if (all >= kCopySpan) return nullptr;
  u64 none = 0;
  g_next_range.compare_exchange_strong(none, first_range());
  const u64 address = g_next_range.fetch_add(round_up(all, kApart) + kApart);
  *mapped = all < kStep ? all : kStep;
  if (map_at(address, *mapped)) return reinterpret_cast<void*>(address);
  void* const start = reserve_pages(all);
  *mapped = start != nullptr ? all : 0;
  return start;
}

bool extend_range(void* start, u64 bytes, u64 needed, u64* mapped) noexcept {
  const u64 all = round_up(bytes, kStep);
  if (start == nullptr || needed > all) return false;
  const u64 more = *mapped < kLargeStep ? *mapped : kLargeStep;
  u64 wanted = round_up(needed > *mapped + more ? needed : *mapped + more, kStep);
  if (wanted > all) wanted = all;
  const u64 end = reinterpret_cast<uptr>(start) + *mapped;
  if (!map_at(end, wanted - *mapped)) {
    wanted = round_up(needed, kStep);
    if (!map_at(end, wanted - *mapped)) return false;
  }
  *mapped = wanted;
  return true;
}

void* reserve_pages(u64 bytes) noexcept {
  const i64 result = raw_syscall(SYS_mmap, 0, static_cast<i64>(bytes), PROT_READ | PROT_WRITE,
                                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (result < 0 && result > -4096) return nullptr;
  return reinterpret_cast<void*>(static_cast<uptr>(result));
}

void release_pages(void* start, u64 bytes) noexcept {
  raw_syscall(SYS_munmap, as_argument(start), static_cast<i64>(bytes));
}

// Below a few pages to write is cheaper than to ask.
void clear_pages(void* start, u64 bytes) noexcept {
  constexpr u64 kPage = 4096;
  const bool asks = bytes >= 4 * kPage;
  if (asks && raw_syscall(SYS_madvise, as_argument(start), static_cast<i64>(round_up(bytes, kPage)),
                          MADV_DONTNEED) == 0) {
    return;
  }
  // Only what was written: to read the rest takes no memory.
  auto* const words = static_cast<volatile u64*>(start);
  for (u64 i = 0; i < round_up(bytes, sizeof(u64)) / sizeof(u64); ++i) {
    if (words[i] != 0) words[i] = 0;
  }
}

u32* KeyMap::find(u64 key) noexcept {
  if (slots_ == nullptr) return nullptr;
  for (u32 i = static_cast<u32>(mix(key)) & mask_;; i = (i + 1) & mask_) {
    if (slots_[i].key == key) return &slots_[i].value;
    if (slots_[i].key == 0) return nullptr;
  }
}

void KeyMap::prefetch(u64 key) const noexcept {
  if (slots_ != nullptr) __builtin_prefetch(&slots_[static_cast<u32>(mix(key)) & mask_]);
}

bool KeyMap::prepare() noexcept { return slots_ != nullptr || grow(); }

bool KeyMap::insert(u64 key, u32 value) noexcept {
  // Without memory it gets fuller, and slower, but not so full that a search finds no end.
  if ((slots_ == nullptr || size_ >= (mask_ + 1) / 2) && !grow() &&
      (slots_ == nullptr || size_ >= (mask_ + 1) / 8 * 7)) {
    return false;
  }
  u32 i = static_cast<u32>(mix(key)) & mask_;
  while (slots_[i].key != 0 && slots_[i].key != key) i = (i + 1) & mask_;
  if (slots_[i].key == 0) ++size_;
  slots_[i].key = key;
  slots_[i].value = value;
  return true;
}

// Whoever stands behind the hole and would be looked for before it moves into it (Knuth, volume 3, 6.4, R).
void KeyMap::erase(u64 key) noexcept {
  if (slots_ == nullptr) return;
  u32 hole = static_cast<u32>(mix(key)) & mask_;
  while (slots_[hole].key != key) {
    if (slots_[hole].key == 0) return;
    hole = (hole + 1) & mask_;
  }
  --size_;
  for (u32 i = (hole + 1) & mask_; slots_[i].key != 0; i = (i + 1) & mask_) {
    const u32 home = static_cast<u32>(mix(slots_[i].key)) & mask_;
    if (((i - home) & mask_) < ((i - hole) & mask_)) continue;
    slots_[hole] = slots_[i];
    hole = i;
  }
  slots_[hole] = Slot{};
}

bool KeyMap::grow() noexcept {
  if (mask_ >= 0x7fffffffu) return false;
  const u32 capacity = slots_ == nullptr ? 1024 : (mask_ + 1) * 2;
  auto* slots = static_cast<Slot*>(reserve_pages(u64{capacity} * sizeof(Slot)));
  if (slots == nullptr) return false;
  Slot* const old = slots_;
  const u32 old_capacity = old == nullptr ? 0 : mask_ + 1;
  slots_ = slots;
  mask_ = capacity - 1;
  for (u32 n = 0; n < old_capacity; ++n) {
    if (old[n].key == 0) continue;
    u32 i = static_cast<u32>(mix(old[n].key)) & mask_;
    while (slots_[i].key != 0) i = (i + 1) & mask_;
    slots_[i].key = old[n].key;
    slots_[i].value = old[n].value;
  }
  if (old != nullptr) release_pages(old, u64{old_capacity} * sizeof(Slot));
  return true;
}

void KeyMap::release() noexcept {
  if (slots_ != nullptr) release_pages(slots_, u64{mask_ + 1} * sizeof(Slot));
  slots_ = nullptr;
  mask_ = size_ = 0;
}

}  // namespace gridlock::internal
