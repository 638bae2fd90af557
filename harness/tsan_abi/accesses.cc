// SPDX-License-Identifier: Apache-2.0
//
// What clang's -fsanitize=thread calls before each access to memory that others could know of. Whether
// another thread runs first is decided before the access is noted, so nothing lies between the note and the
// access.
#include "harness/tsan_abi/shadow.h"
#include "harness/tsan_abi/taken_steps.h"

namespace gridlock::internal::controlled {
namespace {

constexpr u32 kMemory = 0x10000000;
constexpr u32 kUnpointedAccesses = 20000;

// After many accesses none of which was a point one is: something may be waited for in a loop over memory
// that was not known to be shared.
GRIDLOCK_NOINLINE void point_in_any_case(const Step& step, u32 what, uptr place) noexcept {
  g_engine.unpointed = kUnpointedAccesses;
  if (g_engine.follows) {
    g_engine.unpointed = 1;  // an execution that is followed has all of them come here
    if (!take_access(step, what, place)) return;
  }
  point(step, what);
}

GRIDLOCK_INLINE void may_switch(uptr address, u32 size, u32 kind, uptr place) noexcept {
  Engine& engine = g_engine;
  const u32 site = site_of(place);
  const Step step{address, (kind & kWrite) != 0,   StepRole::kPlain,
                  false,   static_cast<u16>(site), size};
  if (is_set(engine.points, site)) {
    point(step, kMemory | kind << 16 | site);
  } else if (GRIDLOCK_UNLIKELY(--engine.unpointed == 0)) {
    point_in_any_case(step, kMemory | kind << 16 | site, place);
  }
}

/// Within one word of eight bytes.
GRIDLOCK_INLINE void access(const void* memory, u32 size, u32 kind, uptr place) noexcept {
  if (GRIDLOCK_UNLIKELY(!g_engine.on)) return;
  const auto address = reinterpret_cast<uptr>(memory);
  may_switch(address, size, kind, place);
  note_word(address, size, kind, place);
}

/// Anywhere.
GRIDLOCK_NOINLINE void access_range(const void* memory, u64 size, u32 kind, uptr place) noexcept {
  if (!g_engine.on || size == 0) return;
  const auto address = reinterpret_cast<uptr>(memory);
  may_switch(address, size < ~u32{0} ? static_cast<u32>(size) : ~u32{0}, kind, place);
  note_range(address, size, kind, place);
}

}  // namespace
}  // namespace gridlock::internal::controlled

using gridlock::internal::uptr;
using gridlock::internal::controlled::access;
using gridlock::internal::controlled::access_range;
using gridlock::internal::controlled::g_engine;
using gridlock::internal::controlled::kRead;
using gridlock::internal::controlled::kWrite;

// NOLINTBEGIN(readability-identifier-naming,readability-inconsistent-declaration-parameter-name,bugprone-reserved-identifier,cert-dcl37-c): ThreadSanitizer's names
extern "C" {

#define GRIDLOCK_ALIGNED(size)                                                          \
  void __tsan_read##size(void* p) { access(p, size, kRead, GRIDLOCK_SITE); }            \
  void __tsan_write##size(void* p) { access(p, size, kWrite, GRIDLOCK_SITE); }          \
  void __tsan_volatile_read##size(void* p) { access(p, size, kRead, GRIDLOCK_SITE); }   \
  void __tsan_volatile_write##size(void* p) { access(p, size, kWrite, GRIDLOCK_SITE); } \
  void __tsan_read_write##size(void* p) {                                               \
    access(p, size, kRead, GRIDLOCK_SITE);                                              \
    access(p, size, kWrite, GRIDLOCK_SITE);                                             \
  }
GRIDLOCK_ALIGNED(1)
GRIDLOCK_ALIGNED(2)
GRIDLOCK_ALIGNED(4)
GRIDLOCK_ALIGNED(8)

#define GRIDLOCK_ANYWHERE(name, size)                                                        \
  void __tsan_##name##read##size(void* p) { access_range(p, size, kRead, GRIDLOCK_SITE); }   \
  void __tsan_##name##write##size(void* p) { access_range(p, size, kWrite, GRIDLOCK_SITE); } \
  void __tsan_##name##read_write##size(void* p) {                                            \
    access_range(p, size, kRead, GRIDLOCK_SITE);                                             \
    access_range(p, size, kWrite, GRIDLOCK_SITE);                                            \
  }
GRIDLOCK_ANYWHERE(, 16)
GRIDLOCK_ANYWHERE(unaligned_, 2)
GRIDLOCK_ANYWHERE(unaligned_, 4)
GRIDLOCK_ANYWHERE(unaligned_, 8)
GRIDLOCK_ANYWHERE(unaligned_, 16)

#define GRIDLOCK_VOLATILE(name, size)                 \
  void __tsan_##name##volatile_read##size(void* p) {  \
    access_range(p, size, kRead, GRIDLOCK_SITE);      \
  }                                                   \
  void __tsan_##name##volatile_write##size(void* p) { \
    access_range(p, size, kWrite, GRIDLOCK_SITE);     \
  }
GRIDLOCK_VOLATILE(, 16)
GRIDLOCK_VOLATILE(unaligned_, 2)
GRIDLOCK_VOLATILE(unaligned_, 4)
GRIDLOCK_VOLATILE(unaligned_, 8)
GRIDLOCK_VOLATILE(unaligned_, 16)

void __tsan_read_range(void* p, unsigned long size) { access_range(p, size, kRead, GRIDLOCK_SITE); }
void __tsan_write_range(void* p, unsigned long size) {
  access_range(p, size, kWrite, GRIDLOCK_SITE);
}

void __tsan_vptr_read(void** p) { access(static_cast<void*>(p), 8, kRead, GRIDLOCK_SITE); }
// A constructor or destructor that stores what is there already changes nothing that another thread could
// see. Whether it is a point must not depend on that.
void __tsan_vptr_update(void** p, void* value) {
  if (!g_engine.on || *p == value) return;
  gridlock::internal::controlled::note_word(reinterpret_cast<uptr>(p), 8, kWrite, GRIDLOCK_SITE);
}

void* __tsan_memcpy(void* to, const void* from, unsigned long size) {
  access_range(from, size, kRead, GRIDLOCK_SITE);
  access_range(to, size, kWrite, GRIDLOCK_SITE);
  return __builtin_memcpy(to, from, size);
}
void* __tsan_memmove(void* to, const void* from, unsigned long size) {
  access_range(from, size, kRead, GRIDLOCK_SITE);
  access_range(to, size, kWrite, GRIDLOCK_SITE);
  return __builtin_memmove(to, from, size);
}
void* __tsan_memset(void* to, int value, unsigned long size) {
  access_range(to, size, kWrite, GRIDLOCK_SITE);
  return __builtin_memset(to, value, size);
}

void __tsan_init() {}
void __tsan_func_entry(void* /*call*/) {}
void __tsan_func_exit() {}
void __tsan_ignore_thread_begin() {}
void __tsan_ignore_thread_end() {}

}  // extern "C"
// NOLINTEND(readability-identifier-naming,readability-inconsistent-declaration-parameter-name,bugprone-reserved-identifier,cert-dcl37-c)
