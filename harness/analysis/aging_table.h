// SPDX-License-Identifier: Apache-2.0
//
// Elements whose numbers grow and are never used again, most of which are forgotten after a while. The newest lie
// side by side; age() moves those that are kept to a list that is searched by number, and the rest is gone: their
// numbers have nothing behind them from then on. So a number that somebody still has is never another element's.
#pragma once

#include "harness/platform/base.h"
#include "harness/platform/pages.h"

namespace gridlock::internal {

/// T as for Table. Number 0 is none, and stays zeroed.
template <typename T>
class AgingTable {
 public:
  /// Room for `capacity` elements that are new, and as many that are kept. False when there is no address space.
  GRIDLOCK_INLINE bool init(u32 capacity) noexcept {
    if (!newest_.reserve(capacity) || !kept_.reserve(capacity) || !next_.reserve(capacity))
      return false;
    newest_.add();
    return true;
  }
  GRIDLOCK_INLINE void release() noexcept {
    newest_.release();
    kept_.release();
    next_.release();
    index_.release();
    first_ = 0;
  }
  GRIDLOCK_INLINE bool full() const noexcept { return newest_.full(); }
  /// The next number; its element is zeroed. The table must not be full().
  GRIDLOCK_INLINE u32 add() noexcept { return first_ + newest_.add(); }
  /// The number that comes next.
  GRIDLOCK_INLINE u32 limit() const noexcept { return first_ + newest_.size(); }
  /// How many there are, and how many of them came since age().
  GRIDLOCK_INLINE u32 size() const noexcept { return kept_.size() + newest_.size(); }
  GRIDLOCK_INLINE u32 added() const noexcept { return newest_.size(); }
  /// It is time to forget some.
  GRIDLOCK_INLINE bool nearly_full() const noexcept {
    return newest_.size() > newest_.capacity() - newest_.capacity() / 4;
  }

  /// nullptr: forgotten, or not there yet.
  GRIDLOCK_INLINE T* find(u32 number) noexcept {
    if (number == 0) return nullptr;
    if (GRIDLOCK_LIKELY(number >= first_))
      return number - first_ < newest_.size() ? &newest_[number - first_] : nullptr;
    const u32* const at = index_.find(number);
    return at != nullptr ? &kept_[*at].element : nullptr;
  }
  /// For a forgotten entry: a zeroed one.
  GRIDLOCK_INLINE const T& operator[](u32 number) const noexcept {
    const T* const found = const_cast<AgingTable*>(this)->find(number);
    return found != nullptr ? *found : none_;
  }

  /// Calls each(number, element), oldest first.
  template <typename Each>
  GRIDLOCK_INLINE void each(Each each) noexcept {
    for (u32 i = 0; i < kept_.size(); ++i) each(kept_[i].number, kept_[i].element);
    for (u32 i = first_ == 0 ? 1 : 0; i < newest_.size(); ++i) each(first_ + i, newest_[i]);
  }
  /// Forgets all but those of which keep(number, element) is true; asked oldest first. False: there is no memory,
  /// and nothing has changed, but keep() may have been asked.
  template <typename Keep>
  GRIDLOCK_INLINE bool age(Keep keep) noexcept {
    next_.clear();
    if (!next_.reach(kept_.size() + newest_.size())) return false;
    each([&](u32 number, T& element) {
      if (keep(number, element)) next_[next_.add()] = {number, element};
    });
    const Table<Kept> old = kept_;
    kept_ = next_;
    next_ = old;
    next_.clear();
    first_ = limit();
    newest_.clear();
    index_.release();
    for (u32 i = 0; i < kept_.size(); ++i) index_.insert(kept_[i].number, i);
    return true;
  }

 private:
  struct Kept {
    u32 number;
    T element;
  };
  T none_{};  // not static: that would be a weak symbol

  Table<T> newest_;
  u32 first_ = 0;     // number of newest_[0]
  Table<Kept> kept_;  // by number
  Table<Kept> next_;  // only in age()
  KeyMap index_;      // number -> place in kept_
};

}  // namespace gridlock::internal
