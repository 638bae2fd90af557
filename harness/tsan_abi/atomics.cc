// SPDX-License-Identifier: Apache-2.0
//
// Atomic operations. Values are sequentially consistent: a load sees the last store of the schedule; where memory is weak,
// it sees one of those that weak_memory.h offers. What happens before what is as the memory orders say: an acquire load knows what the release store that it reads,
// or one at the head of its release sequence, published; a relaxed one knows nothing, so data that only it
// guards is a race. Fences as in [atomics.fences].
#include "harness/tsan_abi/objects.h"
#include "harness/tsan_abi/shadow.h"
#include "harness/tsan_abi/taken_steps.h"
#include "harness/tsan_abi/weak_memory.h"

namespace gridlock::internal::controlled {
namespace {

constexpr u32 kSpinLooks = 16;
constexpr u32 kFence = 0x08000000;  // in the trace

bool acquires(int order) noexcept {
  return order == __ATOMIC_ACQUIRE || order == __ATOMIC_CONSUME || order == __ATOMIC_ACQ_REL ||
         order == __ATOMIC_SEQ_CST;
}
bool releases(int order) noexcept {
  return order == __ATOMIC_RELEASE || order == __ATOMIC_ACQ_REL || order == __ATOMIC_SEQ_CST;
}

// `looks`: what is written depends on what is there.
SyncObject& begin(const volatile void* memory, u32 size, u32 kind, uptr place,
                  bool looks = false) noexcept {
  SyncObject& object = object_at(const_cast<const void*>(memory), ObjectKind::kAtomic);
  object_point(object, (kind & kWrite) != 0, size, place, looks);
  return object;
}

// What the operation acquires comes first: whoever published the object by a release store has written it before.
void note(const volatile void* memory, u32 size, u32 kind, uptr place) noexcept {
  const auto at = reinterpret_cast<uptr>(const_cast<const void*>(memory));
  const u32 low = size > 8 ? 8 : size;
  note_word(at, low, kind | kAtomic, place);
  if (size > 8) note_word(at + 8, size - 8, kind | kAtomic, place);
}

void loaded(const VectorClock& released, int order) noexcept {
  Fiber& self = *g_engine.current;
  if (released.size == 0) return;
  if (acquires(order)) {
    self.clock.join(released);
  } else {
    self.acquired.join(released);
    self.has_acquired = true;
  }
}

// A store begins a release sequence, or ends that of another one; a read-modify-write goes on with it.
void stored(SyncObject& object, int order, bool goes_on) noexcept {
  Fiber& self = *g_engine.current;
  ++object.version;
  if (!goes_on) object.released.clear();
  if (releases(order)) {
    release_into(object.released);
  } else if (self.has_released) {
    object.released.join(self.released);
  }
}

// A thread that looks at the same object again and again, and changes nothing, waits for another one.
void looked(const SyncObject& object, bool changed) noexcept {
  Fiber& self = *g_engine.current;
  if (changed || self.spins_at != object.address) {
    self.spins_at = changed ? 0 : object.address;
    self.spins = 0;
  } else if (++self.spins >= kSpinLooks) {
    self.spins = 0;
    if (g_engine.precise) {
      await_change(object);
    } else {
      yield_point(0x20000000);
    }
  }
}

// Where memory is weak. A seq_cst load has a place among the others of its object, and all such operations among the fences.
SyncObject& begin_weak(const volatile void* memory, u32 size, u32 kind, bool is_ordered, uptr place,
                       bool looks = false) noexcept {
  SyncObject& object = object_at(const_cast<const void*>(memory), ObjectKind::kAtomic);
  point({object.address, (kind & kWrite) != 0, StepRole::kPlain, false, step_site(place), size,
         is_ordered ? kOrdered : 0, looks},
        what_of(object));
  return object;
}

template <typename T>
T weak_load(const volatile T* p, int order, uptr place) noexcept {
  const SyncObject& object = begin_weak(p, sizeof(T), kRead, order == __ATOMIC_SEQ_CST, place);
  const T newest = __atomic_load_n(p, __ATOMIC_RELAXED);
  const Reading read =
      read_store(location_at(object, sizeof(T), newest), object, newest, order, place);
  loaded(*read.released, order);
  if (!read.is_newest) take_read(read.value);
  note(p, sizeof(T), kRead, place);
  // One who read an older store has not seen yet what it may wait for.
  if (read.is_newest) looked(object, false);
  return static_cast<T>(read.value);
}

// What is the newest store from here on, and was made at the step that the clock says before it is released.
template <typename T>
void weak_change(volatile T* p, SyncObject& object, Location* location, T value, int order,
                 bool goes_on, uptr place) noexcept {
  const Fiber& self = *g_engine.current;
  const u32 step = self.clock.entries[self.number];
  __atomic_store_n(p, value, __ATOMIC_RELAXED);
  stored(object, order, goes_on);
  add_store(location, object, value, step, order, place);
}

template <typename T>
void weak_store(volatile T* p, T value, int order, uptr place) noexcept {
  SyncObject& object = begin_weak(p, sizeof(T), kWrite, order == __ATOMIC_SEQ_CST, place);
  Location* const location = location_at(object, sizeof(T), __atomic_load_n(p, __ATOMIC_RELAXED));
  note(p, sizeof(T), kWrite, place);
  weak_change(p, object, location, value, order, false, place);
  looked(object, true);
}

template <typename T, typename Change>
T weak_modify(volatile T* p, int order, uptr place, Change change) noexcept {
  SyncObject& object = begin_weak(p, sizeof(T), kWrite, order == __ATOMIC_SEQ_CST, place, true);
  const T seen = __atomic_load_n(p, __ATOMIC_RELAXED);
  Location* const location = location_at(object, sizeof(T), seen);
  loaded(object.released, order);
  note(p, sizeof(T), kWrite, place);
  const T wanted = change(seen);
  weak_change(p, object, location, wanted, order, true, place);
  looked(object, seen != wanted);
  return seen;
}

/// What a compare-exchange has read; where it succeeds, what was expected.
template <typename T>
struct Compared {
  T seen;
  bool succeeds;
};

template <typename T>
Compared<T> weak_compare_exchange(volatile T* p, T expected, T value, int order, int failed,
                                  uptr place) noexcept {
  const bool is_ordered = order == __ATOMIC_SEQ_CST || failed == __ATOMIC_SEQ_CST;
  SyncObject& object = begin_weak(p, sizeof(T), kWrite, is_ordered, place, true);
  const T newest = __atomic_load_n(p, __ATOMIC_RELAXED);
  Location* const location = location_at(object, sizeof(T), newest);
  const u64 unlike = expected;
  const Reading read = read_store(location, object, newest, failed, place, &unlike);
  const Compared<T> result{static_cast<T>(read.value), read.value == unlike};
  loaded(*read.released, result.succeeds ? order : failed);
  if (!read.is_newest) take_read(read.value);
  note(p, sizeof(T), kWrite, place);
  if (result.succeeds) weak_change(p, object, location, value, order, true, place);
  if (read.is_newest) looked(object, result.succeeds);
  return result;
}

// The operations where values are not sequentially consistent, or no execution runs.
template <typename T>
GRIDLOCK_NOINLINE T other_load(const volatile T* p, int order, uptr place) noexcept {
  return g_engine.on == kOff ? __atomic_load_n(p, __ATOMIC_SEQ_CST) : weak_load(p, order, place);
}

template <typename T>
GRIDLOCK_NOINLINE void other_store(volatile T* p, T value, int order, uptr place) noexcept {
  if (g_engine.on != kOff) return weak_store(p, value, order, place);
  __atomic_store_n(p, value, __ATOMIC_SEQ_CST);
}

template <typename T, typename Change>
GRIDLOCK_NOINLINE T other_modify(volatile T* p, int order, uptr place, Change change) noexcept {
  if (g_engine.on != kOff) return weak_modify(p, order, place, change);
  T seen = __atomic_load_n(p, __ATOMIC_RELAXED);
  T wanted = change(seen);
  while (
      !__atomic_compare_exchange_n(p, &seen, wanted, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED)) {
    wanted = change(seen);
  }
  return seen;
}

template <typename T>
GRIDLOCK_NOINLINE Compared<T> other_compare_exchange(volatile T* p, T expected, T value, int order,
                                                     int failed, uptr place) noexcept {
  if (g_engine.on != kOff) return weak_compare_exchange(p, expected, value, order, failed, place);
  Compared<T> result{expected, false};
  result.succeeds = __atomic_compare_exchange_n(p, &result.seen, value, false, __ATOMIC_SEQ_CST,
                                                __ATOMIC_SEQ_CST);
  return result;
}

template <typename T>
GRIDLOCK_INLINE T load(const volatile T* p, int order, uptr place) noexcept {
  if (GRIDLOCK_UNLIKELY(g_engine.on != kStrong)) return other_load(p, order, place);
  const SyncObject& object = begin(p, sizeof(T), kRead, place);
  loaded(object.released, order);
  note(p, sizeof(T), kRead, place);
  const T value = __atomic_load_n(p, __ATOMIC_RELAXED);
  looked(object, false);
  return value;
}

template <typename T>
GRIDLOCK_INLINE void store(volatile T* p, T value, int order, uptr place) noexcept {
  if (GRIDLOCK_UNLIKELY(g_engine.on != kStrong)) return other_store(p, value, order, place);
  SyncObject& object = begin(p, sizeof(T), kWrite, place);
  note(p, sizeof(T), kWrite, place);
  __atomic_store_n(p, value, __ATOMIC_RELAXED);
  stored(object, order, false);
  looked(object, true);
}

template <typename T, typename Change>
GRIDLOCK_INLINE T modify(volatile T* p, int order, uptr place, Change change) noexcept {
  if (GRIDLOCK_UNLIKELY(g_engine.on != kStrong)) return other_modify(p, order, place, change);
  SyncObject& object = begin(p, sizeof(T), kWrite, place, true);
  loaded(object.released, order);
  note(p, sizeof(T), kWrite, place);
  const T seen = __atomic_load_n(p, __ATOMIC_RELAXED);
  const T wanted = change(seen);
  __atomic_store_n(p, wanted, __ATOMIC_RELAXED);
  stored(object, order, true);
  looked(object, seen != wanted);
  return seen;
}

template <typename T>
GRIDLOCK_INLINE bool compare_exchange(volatile T* p, T* expected, T value, int order, int failed,
                                      uptr place) noexcept {
  if (GRIDLOCK_UNLIKELY(g_engine.on != kStrong)) {
    const Compared<T> other = other_compare_exchange(p, *expected, value, order, failed, place);
    *expected = other.seen;
    return other.succeeds;
  }
  SyncObject& object = begin(p, sizeof(T), kWrite, place, true);
  const T seen = __atomic_load_n(p, __ATOMIC_RELAXED);
  loaded(object.released, seen == *expected ? order : failed);
  note(p, sizeof(T), kWrite, place);
  if (seen != *expected) {
    *expected = seen;
    looked(object, false);
    return false;
  }
  __atomic_store_n(p, value, __ATOMIC_RELAXED);
  stored(object, order, true);
  looked(object, true);
  return true;
}

void acquire_by_fence(int order) noexcept {
  Fiber& self = *g_engine.current;
  if (acquires(order) && self.has_acquired) self.clock.join(self.acquired);
}

void release_by_fence(int order) noexcept {
  Fiber& self = *g_engine.current;
  if (!releases(order)) return;
  self.released.assign(self.clock);
  self.has_released = true;
  ++self.clock.entries[self.number];
}

GRIDLOCK_NOINLINE void other_fence(int order, uptr place) noexcept {
  if (g_engine.on == kOff) {
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    return;
  }
  const bool is_ordered = order == __ATOMIC_SEQ_CST;
  if (is_ordered) {
    point({0, false, StepRole::kPlain, false, step_site(place), 1, kOrdersAll}, kFence);
  }
  acquire_by_fence(order);
  if (is_ordered) order_fence();
  release_by_fence(order);
}

void fence(int order, uptr place) noexcept {
  if (GRIDLOCK_UNLIKELY(g_engine.on != kStrong)) return other_fence(order, place);
  acquire_by_fence(order);
  release_by_fence(order);
}

}  // namespace
}  // namespace gridlock::internal::controlled

namespace controlled = gridlock::internal::controlled;

// NOLINTBEGIN(readability-identifier-naming,readability-inconsistent-declaration-parameter-name,bugprone-reserved-identifier,bugprone-macro-parentheses,cert-dcl37-c): ThreadSanitizer's names
extern "C" {

#define GRIDLOCK_MODIFY(bits, T, name, expression)                                \
  T __tsan_atomic##bits##_##name(volatile T* p, T value, int order) {             \
    return controlled::modify(p, order, GRIDLOCK_SITE, [value](T seen) noexcept { \
      static_cast<void>(seen);                                                    \
      return static_cast<T>(expression);                                          \
    });                                                                           \
  }

#define GRIDLOCK_ATOMIC(bits, T)                                                                  \
  T __tsan_atomic##bits##_load(const volatile T* p, int order) {                                  \
    return controlled::load(p, order, GRIDLOCK_SITE);                                             \
  }                                                                                               \
  void __tsan_atomic##bits##_store(volatile T* p, T value, int order) {                           \
    controlled::store(p, value, order, GRIDLOCK_SITE);                                            \
  }                                                                                               \
  GRIDLOCK_MODIFY(bits, T, exchange, value)                                                       \
  GRIDLOCK_MODIFY(bits, T, fetch_add, seen + value)                                               \
  GRIDLOCK_MODIFY(bits, T, fetch_sub, seen - value)                                               \
  GRIDLOCK_MODIFY(bits, T, fetch_and, seen& value)                                                \
  GRIDLOCK_MODIFY(bits, T, fetch_or, seen | value)                                                \
  GRIDLOCK_MODIFY(bits, T, fetch_xor, seen ^ value)                                               \
  GRIDLOCK_MODIFY(bits, T, fetch_nand, ~(seen & value))                                           \
  int __tsan_atomic##bits##_compare_exchange_strong(volatile T* p, T* expected, T value,          \
                                                    int order, int failed) {                      \
    return controlled::compare_exchange(p, expected, value, order, failed, GRIDLOCK_SITE);        \
  }                                                                                               \
  int __tsan_atomic##bits##_compare_exchange_weak(volatile T* p, T* expected, T value, int order, \
                                                  int failed) {                                   \
    return controlled::compare_exchange(p, expected, value, order, failed, GRIDLOCK_SITE);        \
  }                                                                                               \
  T __tsan_atomic##bits##_compare_exchange_val(volatile T* p, T expected, T value, int order,     \
                                               int failed) {                                      \
    controlled::compare_exchange(p, &expected, value, order, failed, GRIDLOCK_SITE);              \
    return expected;                                                                              \
  }

GRIDLOCK_ATOMIC(8, unsigned char)
GRIDLOCK_ATOMIC(16, unsigned short)
GRIDLOCK_ATOMIC(32, unsigned int)
GRIDLOCK_ATOMIC(64, unsigned long)

void __tsan_atomic_thread_fence(int order) { controlled::fence(order, GRIDLOCK_SITE); }
void __tsan_atomic_signal_fence(int /*order*/) {}

}  // extern "C"
// NOLINTEND(readability-identifier-naming,readability-inconsistent-declaration-parameter-name,bugprone-reserved-identifier,bugprone-macro-parentheses,cert-dcl37-c)
