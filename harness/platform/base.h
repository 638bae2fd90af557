// SPDX-License-Identifier: Apache-2.0
//
// What every file of the observer starts from.
#pragma once

#include <cstddef>
#include <cstdint>

// Always inlined, so that no weak copy of the function exists that the linker could replace by an
// instrumented one.
#define GRIDLOCK_INLINE __attribute__((always_inline)) inline
#define GRIDLOCK_NOINLINE __attribute__((noinline))
#define GRIDLOCK_LIKELY(x) __builtin_expect(!!(x), 1)
#define GRIDLOCK_UNLIKELY(x) __builtin_expect(!!(x), 0)

namespace gridlock::internal {

using u8 = std::uint8_t;
using u16 = std::uint16_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;
using i64 = std::int64_t;
using uptr = std::uintptr_t;

/// Mixes all bits of x; a bijection, so different x stay different. (The finaliser of SplitMix64:
/// Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014.)
GRIDLOCK_INLINE u64 mix(u64 x) noexcept {
  x ^= x >> 30;
  x *= 0xbf58476d1ce4e5b9u;
  x ^= x >> 27;
  x *= 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

/// Length of a zero-terminated string, bounded.
GRIDLOCK_INLINE u32 length_of(const char* text, u32 bound = 1u << 16) noexcept {
  u32 n = 0;
  while (text != nullptr && n < bound && text[n] != 0) ++n;
  return n;
}

/// Zero-terminated strings, compared without libc.
GRIDLOCK_INLINE bool same_text(const char* a, const char* b, u32 length) noexcept {
  for (u32 i = 0; i < length; ++i) {
    if (a[i] != b[i]) return false;
  }
  return true;
}

GRIDLOCK_INLINE void cpu_relax() noexcept {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace gridlock::internal
