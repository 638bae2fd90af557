// SPDX-License-Identifier: Apache-2.0
//
// Atomic operations. Values are sequentially consistent: a load sees the last store of the schedule. What
// happens before what is as the memory orders say: an acquire load knows what the release store that it reads,
// or one at the head of its release sequence, published; a relaxed one knows nothing, so data that only it
// guards is a race. Fences as in [atomics.fences].
#include "harness/tsan_abi/objects.h"
#include "harness/tsan_abi/shadow.h"

namespace gridlock::internal::controlled {
namespace {

constexpr u32 kSpinLooks = 16;

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

void loaded(const SyncObject& object, int order) noexcept {
  Fiber& self = *g_engine.current;
  if (object.released.size == 0) return;
  if (acquires(order)) {
    self.clock.join(object.released);
  } else {
    self.acquired.join(object.released);
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

template <typename T>
GRIDLOCK_INLINE T load(const volatile T* p, int order, uptr place) noexcept {
  if (!g_engine.on) return __atomic_load_n(p, __ATOMIC_SEQ_CST);
  const SyncObject& object = begin(p, sizeof(T), kRead, place);
  loaded(object, order);
  note(p, sizeof(T), kRead, place);
  const T value = __atomic_load_n(p, __ATOMIC_RELAXED);
  looked(object, false);
  return value;
}

template <typename T>
GRIDLOCK_INLINE void store(volatile T* p, T value, int order, uptr place) noexcept {
  if (!g_engine.on) {
    __atomic_store_n(p, value, __ATOMIC_SEQ_CST);
    return;
  }
  SyncObject& object = begin(p, sizeof(T), kWrite, place);
  note(p, sizeof(T), kWrite, place);
  __atomic_store_n(p, value, __ATOMIC_RELAXED);
  stored(object, order, false);
  looked(object, true);
}

template <typename T, typename Change>
GRIDLOCK_INLINE T modify(volatile T* p, int order, uptr place, Change change) noexcept {
  if (!g_engine.on) {
    T seen = __atomic_load_n(p, __ATOMIC_RELAXED);
    T wanted = change(seen);
    while (
        !__atomic_compare_exchange_n(p, &seen, wanted, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED)) {
      wanted = change(seen);
    }
    return seen;
  }
  SyncObject& object = begin(p, sizeof(T), kWrite, place, true);
  loaded(object, order);
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
  if (!g_engine.on) {
    return __atomic_compare_exchange_n(p, expected, value, false, __ATOMIC_SEQ_CST,
                                       __ATOMIC_SEQ_CST);
  }
  SyncObject& object = begin(p, sizeof(T), kWrite, place, true);
  const T seen = __atomic_load_n(p, __ATOMIC_RELAXED);
  loaded(object, seen == *expected ? order : failed);
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

void fence(int order) noexcept {
  if (!g_engine.on) {
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    return;
  }
  Fiber& self = *g_engine.current;
  if (acquires(order) && self.has_acquired) self.clock.join(self.acquired);
  if (releases(order)) {
    self.released.assign(self.clock);
    self.has_released = true;
    ++self.clock.entries[self.number];
  }
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

void __tsan_atomic_thread_fence(int order) { controlled::fence(order); }
void __tsan_atomic_signal_fence(int /*order*/) {}

}  // extern "C"
// NOLINTEND(readability-identifier-naming,readability-inconsistent-declaration-parameter-name,bugprone-reserved-identifier,bugprone-macro-parentheses,cert-dcl37-c)
