// SPDX-License-Identifier: Apache-2.0
//
// Where a thread is. An address is a return address as it stands on the stack; `call_offset` makes
// it the address of the call when it leaves the process.
#pragma once

#include "harness/platform/base.h"

namespace gridlock::internal {

/// Frames of the longest stack that is kept.
inline constexpr u32 kStackLimit = 64;

/// The highest address of the calling thread's stack; frame pointers beyond it are not followed.
uptr stack_top() noexcept;

/// The most frames that are kept with an acquisition: at -O0 five of them can lie inside
/// std::scoped_lock.
inline constexpr u32 kSiteFrames = 6;

/// How many are kept in this program: 2, or kSiteFrames once a file that includes lock.h was
/// compiled without optimisation. Where std::lock_guard and its like are inlined the first return
/// address is in the user's function.
inline constexpr u32 kFewSiteFrames = 2;
extern u32 g_site_frames;
/// A record keeps its callers as well, because of unoptimised code (trace/record.h).
extern bool g_records_keep_callers;

/// Follows frame pointers from `frame`, the frame address of the function that asks. Fills `out`
/// with up to g_site_frames return addresses, 0 behind the last if there are fewer. About 1 ns a
/// frame. Where a caller was compiled without frame pointers the walk ends early or skips it; it
/// never leaves the stack.
GRIDLOCK_INLINE void walk_frames(const void* frame, uptr top, uptr* out) noexcept {
  const auto* words = static_cast<const uptr*>(frame);
  out[0] = words[1];
  for (u32 n = 1, wanted = g_site_frames; n < wanted; ++n) {
    const uptr next = words[0];
    if (GRIDLOCK_UNLIKELY(next <= reinterpret_cast<uptr>(words) || next >= top ||
                          (next & 7) != 0)) {
      out[n] = 0;
      return;
    }
    words = reinterpret_cast<const uptr*>(next);
    out[n] = words[1];
  }
}

/// The same for exactly two frames, without a loop.
GRIDLOCK_INLINE void walk_two_frames(const void* frame, uptr top, uptr* out) noexcept {
  const auto* words = static_cast<const uptr*>(frame);
  const auto at = reinterpret_cast<uptr>(frame);
  out[0] = words[1];
  // One comparison for "above this frame, below the top, aligned": rotated, a distance that is no
  // multiple of 8 or that is negative is larger than any stack.
  const uptr distance = words[0] - at;
  const uptr rotated = (distance >> 3) | (distance << (sizeof(uptr) * 8 - 3));
  const bool inside = rotated < (top - at) >> 3;
  out[1] = GRIDLOCK_LIKELY(inside) ? reinterpret_cast<const uptr*>(at + distance)[1] : 0;
}

/// Follows frame pointers from `frame` as walk_frames does, for up to `limit` return addresses.
/// Returns how many there are.
u32 walk_callers(const void* frame, uptr top, uptr* out, u32 limit) noexcept;

/// The whole stack of the caller by the compiler's unwind tables, about 2 us. Returns how many
/// addresses were stored, innermost first; `skip` leaves out the innermost ones (0: starts with the
/// caller of unwind_stack). `in_handler`, if given, becomes true when a signal handler is among the
/// callers that were stored.
u32 unwind_stack(uptr* out, u32 limit, u32 skip, bool* in_handler = nullptr) noexcept;

/// A return address, and where on the stack it lies; nullptr: that is not known.
struct FoundFrame {
  uptr address;
  const uptr* slot;
};
/// As unwind_stack(), with the places.
u32 unwind_frames(FoundFrame* out, u32 limit, u32 skip, bool* in_handler = nullptr) noexcept;
/// Of frames that were all found with their places, by a thread that runs where it ran then (the same frame, called from the
/// same place): the unwinder would find them again. From the innermost on, each place is where it would look after those before.
bool are_still_there(const FoundFrame* frames, u32 size) noexcept;

/// The module that an address lies in. `path` is copied to `out` (zero-terminated). False when it
/// lies in none.
bool find_module(uptr address, char* path, u32 path_size, u64* offset) noexcept;

/// The address of code whose low half is `low`, 0 if no loaded module has one.
uptr full_address(u32 low) noexcept;

/// A source file that came with the system: below /usr, where people keep sources of their own in
/// /usr/src only.
bool is_system_header(const char* file) noexcept;

/// True for an object with static storage: it lies inside a loaded module.
bool is_static(const void* object) noexcept;

/// An address in the module whose Gridlock is in use: where several were linked with one and the first
/// shows its symbols, all of them call that one.
uptr own_address() noexcept;
/// In the main program, or in the module that this library is linked into: neither is ever unloaded
/// (pin_own_module). About 20 ns.
bool stays_loaded(const void* object) noexcept;
/// Keeps the module that this library is linked into from being unloaded while the process lives: libc
/// and the kernel have addresses in it (the end of threads, exit, signals). Nothing in the main program.
void pin_own_module() noexcept;

}  // namespace gridlock::internal
