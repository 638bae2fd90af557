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
/// Zeroed as at the start. Takes no address space, so it cannot be refused.
void clear_pages(void* start, u64 bytes) noexcept;

/// An array that never moves: room for `capacity` elements is reserved at once and filled from the
/// front. T must be trivially copyable and valid when zeroed. Not thread-safe; elements already
/// added may be read while one thread adds.
template <typename T>
class Table {
 public:
  constexpr Table() = default;
  /// False when the kernel has no address space; the table then stays full at 0.
  GRIDLOCK_INLINE bool reserve(u32 capacity) noexcept {
    data_ = static_cast<T*>(reserve_pages(u64{capacity} * sizeof(T)));
    capacity_ = data_ != nullptr ? capacity : 0;
    return data_ != nullptr;
  }
  /// The same, for one that may have its room already: it was refused to another table, and all are
  /// asked for again.
  GRIDLOCK_INLINE bool reserve_once(u32 capacity) noexcept {
    return data_ != nullptr || reserve(capacity);
  }
  /// Zeroed and empty, with the room that it has.
  GRIDLOCK_INLINE void clear() noexcept {
    if (data_ != nullptr) clear_pages(data_, u64{capacity_} * sizeof(T));
    size_ = 0;
  }
  GRIDLOCK_INLINE void release() noexcept {
    if (data_ != nullptr) release_pages(data_, u64{capacity_} * sizeof(T));
    data_ = nullptr;
    capacity_ = size_ = 0;
  }
  GRIDLOCK_INLINE bool full(u32 more = 1) const noexcept { return capacity_ - size_ < more; }
  /// The next element, still zeroed. The table must not be full.
  GRIDLOCK_INLINE u32 add() noexcept { return size_++; }
  GRIDLOCK_INLINE void resize(u32 size) noexcept { size_ = size; }
  /// Full from this size on, although there is room for more.
  GRIDLOCK_INLINE void limit(u32 capacity) noexcept { capacity_ = capacity; }
  GRIDLOCK_INLINE u32 capacity() const noexcept { return capacity_; }
  GRIDLOCK_INLINE u32 size() const noexcept { return size_; }
  GRIDLOCK_INLINE T& operator[](u32 i) noexcept { return data_[i]; }
  GRIDLOCK_INLINE const T& operator[](u32 i) const noexcept { return data_[i]; }
  GRIDLOCK_INLINE T* data() noexcept { return data_; }

 private:
  T* data_ = nullptr;
  u32 size_ = 0;
  u32 capacity_ = 0;
};

/// A set of 64-bit keys to 32-bit values: open addressing, linear probing, doubles when half full.
/// Key 0 is not allowed. Not thread-safe. Amortised constant time. When memory or `max_entries`
/// runs out, insert() returns false.
class KeyMap {
 public:
  constexpr KeyMap() = default;
  /// The value of a key, or nullptr.
  u32* find(u64 key) noexcept;
  bool insert(u64 key, u32 value) noexcept;
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
