// SPDX-License-Identifier: Apache-2.0
//
// One thing a thread did, and the ring of the last ones. A ring belongs to its thread: only that
// thread writes, so a record costs two stores and no synchronisation. Others read it when the
// thread is stopped or blocked, or accept that the newest record is half written.
#pragma once

#include "harness/platform/base.h"
#include "harness/platform/stacks.h"

namespace gridlock::internal {

/// What was asked for, a row of operations.def. Recorded at request time; `granted` is set when it was obtained.
enum class Op : u8 {
#define GRIDLOCK_OPERATION(enumerator, name, effect, form) enumerator,
#include "harness/trace/operations.def"
#undef GRIDLOCK_OPERATION
};

/// The columns of operations.def.
enum class OpEffect : u8 { kTakes, kGives, kSignals, kClears, kWaits, kLives };
enum class OpForm : u8 { kBlocks, kTries, kInstant };

/// The name of an operation in the reports.
const char* name_of(Op op) noexcept;
OpEffect effect_of(Op op) noexcept;
OpForm form_of(Op op) noexcept;

/// A record in one word, so that it costs one store: the low half of the request's address, then a
/// bit that says that it was granted, six bits of operation, and the object. The high half of an
/// address is found again among the loaded modules (full_address).
using Record = u64;

inline constexpr u64 kGrantedBit = u64{1} << 31;
inline constexpr u32 kOpShift = 25;
inline constexpr u32 kOpMask = 63;
inline constexpr u32 kObjectMask = (1u << kOpShift) - 1;

GRIDLOCK_INLINE Record make_record(Op op, u32 object, uptr address, u64 granted) noexcept {
  const u32 low = static_cast<u32>(granted) | (u32{static_cast<u8>(op)} << kOpShift) | object;
  return (u64{address} << 32) | low;
}
GRIDLOCK_INLINE Op op_of(Record record) noexcept {
  return static_cast<Op>((record >> kOpShift) & kOpMask);
}
GRIDLOCK_INLINE u32 object_of(Record record) noexcept {
  return static_cast<u32>(record) & kObjectMask;
}
GRIDLOCK_INLINE bool was_granted(Record record) noexcept { return (record & kGrantedBit) != 0; }
GRIDLOCK_INLINE u32 low_address_of(Record record) noexcept {
  return static_cast<u32>(record >> 32);
}

class Ring {
 public:
  static constexpr u32 kRecords = 512;
  static constexpr uptr kBytes = kRecords * sizeof(Record);

  /// In code that was compiled without optimisation the address of a record lies in
  /// std::lock_guard, say, and the user is further out; so many of the callers behind it are kept.
  static constexpr u32 kCallers = 5;
  /// Touched only in programs that have such code.
  struct alignas(64) Callers {
    uptr stack_top;  ///< of the thread; 0 until the first one is kept
    u32 low[kRecords][kCallers];
  };
  static constexpr uptr kSpace = kBytes + sizeof(Callers);

  /// `memory` is kSpace large, zero, and aligned to kBytes, so that the place of the next record is
  /// all there is to keep.
  GRIDLOCK_INLINE void init(void* memory) noexcept {
    next_ = reinterpret_cast<uptr>(memory);
    laps_ = 0;
  }
  /// Forgets what was recorded; for another thread in the same slot.
  GRIDLOCK_INLINE void clear() noexcept {
    next_ &= ~(kBytes - 1);
    laps_ = 0;
    if (callers()->stack_top != 0) callers()->stack_top = 0;
  }
  /// Notes a request (`granted` 0) or something that is done already (kGrantedBit).
  GRIDLOCK_INLINE void add(Op op, u32 object, uptr address, u64 granted) noexcept {
    const uptr at = next_;
    add_alone(op, object, address, granted);
    if (GRIDLOCK_UNLIKELY(g_records_keep_callers)) keep_callers(at, address);
  }
  /// The same without a look at whether there is unoptimised code: for paths that are not taken
  /// where there is, and that must not have a call in them.
  GRIDLOCK_INLINE void add_alone(Op op, u32 object, uptr address, u64 granted) noexcept {
    const uptr at = next_;  // read once: the compiler must think that the store below may change it
    uptr next = at + sizeof(Record);
    *reinterpret_cast<Record*>(at) = make_record(op, object, address, granted);
    if (GRIDLOCK_UNLIKELY((next & (kBytes - 1)) == 0)) {
      next -= kBytes;
      ++laps_;
    }
    next_ = next;
  }
  /// The newest request was granted.
  GRIDLOCK_INLINE void grant() noexcept {
    *reinterpret_cast<Record*>(beside(next_, kBytes - sizeof(Record))) |= kGrantedBit;
  }

  /// Was the newest one? True when there is none.
  GRIDLOCK_INLINE bool newest_is_granted() const noexcept {
    return total() == 0 ||
           was_granted(*reinterpret_cast<const Record*>(beside(next_, kBytes - sizeof(Record))));
  }

  /// How many were ever added.
  GRIDLOCK_INLINE u64 total() const noexcept {
    return u64{laps_} * kRecords + (next_ & (kBytes - 1)) / sizeof(Record);
  }
  /// How many can be read, and the i-th oldest of them.
  GRIDLOCK_INLINE u32 size() const noexcept {
    return laps_ != 0 ? kRecords : static_cast<u32>(total());
  }
  GRIDLOCK_INLINE Record oldest(u32 i) const noexcept {
    return *reinterpret_cast<const Record*>(
        beside(next_, (i + kRecords - size()) * sizeof(Record)));
  }
  /// Takes the object out of each record for which gone(object) is true. The thread may add records meanwhile.
  template <typename Gone>
  GRIDLOCK_INLINE void forget(Gone gone) noexcept {
    auto* const records = reinterpret_cast<Record*>(next_ & ~(kBytes - 1));
    for (u32 i = 0; i < kRecords; ++i) {
      Record record = __atomic_load_n(&records[i], __ATOMIC_RELAXED);
      if (object_of(record) == 0 || !gone(object_of(record))) continue;
      __atomic_compare_exchange_n(&records[i], &record, record & ~u64{kObjectMask}, false,
                                  __ATOMIC_RELAXED, __ATOMIC_RELAXED);
    }
  }
  /// The low halves of the kCallers return addresses behind it, 0 behind the last.
  GRIDLOCK_INLINE const u32* callers_of_oldest(u32 i) const noexcept {
    const uptr at = beside(next_, (i + kRecords - size()) * sizeof(Record));
    return &callers()->low[(at & (kBytes - 1)) / sizeof(Record)][0];
  }

 private:
  GRIDLOCK_INLINE Callers* callers() const noexcept {
    return reinterpret_cast<Callers*>((next_ & ~(kBytes - 1)) + kBytes);
  }
  void keep_callers(uptr at, uptr address) noexcept;
  GRIDLOCK_INLINE static uptr beside(uptr at, uptr bytes) noexcept {
    return (at & ~(kBytes - 1)) | ((at + bytes) & (kBytes - 1));
  }

  uptr next_;
  u64 laps_;
};

}  // namespace gridlock::internal
