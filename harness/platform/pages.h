// SPDX-License-Identifier: Apache-2.0
//
// Memory straight from the kernel, and the two containers that the observer is built from. Nothing
// here is shared with malloc, whose interceptors synchronise.
#pragma once

#include "harness/platform/base.h"

namespace gridlock::internal {

/// Address space for `bytes` zeroed bytes; physical memory is taken page by page when first
/// written. nullptr when the kernel refuses.
void* reserve_pages(u64 bytes) noexcept;
void release_pages(void* start, u64 bytes) noexcept;
/// Zeroed as at the start; physical memory is given back. Takes no address space, so it cannot be refused.
void clear_pages(void* start, u64 bytes) noexcept;

/// Addresses for up to `bytes` zeroed bytes, of which only the first `*mapped` are there yet. Where nothing
/// else is mapped behind them, they are extended in place: what is never used takes no address space.
/// nullptr when the kernel refuses.
void* reserve_range(u64 bytes, u64* mapped) noexcept;
/// Makes at least `needed` of the range's `bytes` there. False when the kernel refuses.
bool extend_range(void* start, u64 bytes, u64 needed, u64* mapped) noexcept;

/// An array that never moves and is filled from the front: there are addresses for `capacity` elements, and
/// memory is mapped behind the last one as they are added. T must be trivially copyable and valid when
/// zeroed. Not thread-safe; elements already added may be read while one thread adds.
template <typename T>
class Table {
 public:
  constexpr Table() = default;
  /// False when the kernel has no address space; the table then stays full at 0.
  GRIDLOCK_INLINE bool reserve(u32 capacity) noexcept {
    data_ = static_cast<T*>(reserve_range(u64{capacity} * sizeof(T), &mapped_));
    capacity_ = room_ = data_ != nullptr ? capacity : 0;
    return data_ != nullptr;
  }
  /// The same, and all of it is accessible; also for one that has its room already: it was refused to another
  /// table, and all are asked for again.
  GRIDLOCK_INLINE bool reserve_all(u32 capacity) noexcept {
    return (data_ != nullptr || reserve(capacity)) && reach(capacity);
  }
  GRIDLOCK_INLINE void release() noexcept {
    if (data_ != nullptr) release_pages(data_, mapped_);
    data_ = nullptr;
    capacity_ = room_ = size_ = 0;
    mapped_ = 0;
  }
  /// Makes the elements below `size` accessible, whatever size() says. False when there is no memory.
  GRIDLOCK_INLINE bool reach(u32 size) const noexcept {
    const u64 needed = u64{size} * sizeof(T);
    return GRIDLOCK_LIKELY(needed <= mapped_) ||
           (size <= room_ &&
            extend_range(static_cast<void*>(data_), u64{room_} * sizeof(T), needed, &mapped_));
  }
  GRIDLOCK_INLINE bool full(u32 more = 1) const noexcept {
    return capacity_ - size_ < more || !reach(size_ + more);
  }
  /// The next element, still zeroed. The table must not be full().
  GRIDLOCK_INLINE u32 add() noexcept { return size_++; }
  /// False when there is no memory for so many.
  GRIDLOCK_INLINE bool resize(u32 size) noexcept {
    if (!reach(size)) return false;
    size_ = size;
    return true;
  }
  /// Empty, and zeroed again.
  GRIDLOCK_INLINE void clear() noexcept {
    if (size_ != 0) clear_pages(data_, u64{size_} * sizeof(T));
    size_ = 0;
  }
  /// Full from this size on, although there is room for more.
  GRIDLOCK_INLINE void limit(u32 capacity) noexcept { capacity_ = capacity; }
  GRIDLOCK_INLINE u32 capacity() const noexcept { return capacity_; }
  GRIDLOCK_INLINE u32 size() const noexcept { return size_; }
  /// Elements below it are accessible.
  GRIDLOCK_INLINE u32 reached() const noexcept { return static_cast<u32>(mapped_ / sizeof(T)); }
  GRIDLOCK_INLINE T& operator[](u32 i) noexcept { return data_[i]; }
  GRIDLOCK_INLINE const T& operator[](u32 i) const noexcept { return data_[i]; }
  GRIDLOCK_INLINE T* data() noexcept { return data_; }

 private:
  T* data_ = nullptr;
  u32 size_ = 0;
  u32 capacity_ = 0;
  u32 room_ = 0;            // what addresses were reserved for
  mutable u64 mapped_ = 0;  // bytes
};

/// A set of 64-bit keys to 32-bit values: open addressing, linear probing, doubles when half full.
/// Key 0 is not allowed. Not thread-safe. Amortised constant time. When memory or `max_entries`
/// runs out, insert() returns false.
class KeyMap {
 public:
  constexpr KeyMap() = default;
  /// The value of a key, or nullptr.
  u32* find(u64 key) noexcept;
  /// Of a key that is looked for soon.
  void prefetch(u64 key) const noexcept;
  bool insert(u64 key, u32 value) noexcept;
  /// Takes it out, if it is there.
  void erase(u64 key) noexcept;
  /// Takes out each key for which `gone(key, value)` says so. Linear in the room.
  template <typename Gone>
  GRIDLOCK_INLINE void erase_if(Gone gone) noexcept {
    const u32 room = slots_ == nullptr ? 0 : mask_ + 1;
    for (u32 i = 0; i < room;) {
      // What moves up into the place is asked next; what came round the end is asked twice.
      if (slots_[i].key != 0 && gone(slots_[i].key, slots_[i].value)) {
        erase(slots_[i].key);
      } else {
        ++i;
      }
    }
  }
  /// Memory for the first 512 keys, so that they find room when there is none left.
  bool prepare() noexcept;
  GRIDLOCK_INLINE u32 size() const noexcept { return size_; }
  void release() noexcept;

 private:
  struct Slot {
    u64 key;
    u32 value;
  };
  bool grow() noexcept;
  Slot* slots_ = nullptr;
  u32 mask_ = 0;
  u32 size_ = 0;
};

}  // namespace gridlock::internal
