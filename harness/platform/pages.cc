// SPDX-License-Identifier: Apache-2.0
#include "harness/platform/pages.h"

#include <sys/mman.h>

#include "harness/platform/syscall.h"

namespace gridlock::internal {

void* reserve_pages(u64 bytes) noexcept {
  const i64 result = raw_syscall(SYS_mmap, 0, static_cast<i64>(bytes), PROT_READ | PROT_WRITE,
                                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (result < 0 && result > -4096) return nullptr;
  return reinterpret_cast<void*>(static_cast<uptr>(result));
}

void release_pages(void* start, u64 bytes) noexcept {
  raw_syscall(SYS_munmap, as_argument(start), static_cast<i64>(bytes));
}

void clear_pages(void* start, u64 bytes) noexcept {
  if (raw_syscall(SYS_madvise, as_argument(start), static_cast<i64>(bytes), MADV_DONTNEED) == 0)
    return;
  // Only what was written: to read the rest takes no memory.
  auto* const words = static_cast<volatile u64*>(start);
  for (u64 i = 0; i < bytes / sizeof(u64); ++i) {
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
