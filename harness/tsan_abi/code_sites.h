// SPDX-License-Identifier: Apache-2.0
//
// Places in the code, as numbers of 16 bits that are the same in each process, and which of them are points.
//
// An access to memory that no other thread uses cannot matter to anybody, so a switch before it is waste, and
// dilutes those that matter. Which places reach shared memory is learned: where a thread finds that another
// one was there and one of them wrote, both places are points in later executions, and so is every place that
// uses these bytes from then on, also where the thread itself was the last one there: in another order it is not. The
// set does not change within an execution, and is part of its replay string. Places whose numbers are the same
// share their fate.
#pragma once

#include "harness/tsan_abi/engine.h"

namespace gridlock::internal::controlled {

extern uptr g_program_begin;
extern uptr g_program_size;
/// The same for libraries; 0 for code that belongs to none.
u32 library_offset(uptr address) noexcept;
/// Whether the path's last part begins so.
bool is_file_called(const char* path, const char* begin) noexcept;
/// Whether it lies in a library of the language's own, which is what the program was built with: the C++ library, the unwinder, libc.
bool is_of_the_language(uptr address) noexcept;
/// Where modules lie; again where libraries may have been loaded.
void find_modules() noexcept;
/// The whole address from its lower half, which is what the shadow has room for. 0: no module has it.
uptr whole_address(u32 low) noexcept;

GRIDLOCK_INLINE u32 site_of(uptr address) noexcept {
  const uptr offset = address - g_program_begin;
  const u32 place =
      GRIDLOCK_LIKELY(offset < g_program_size) ? static_cast<u32>(offset) : library_offset(address);
  return (place * 0x9e3779b1u) >> 16;
}

/// Of a step; 0 where nothing is known.
GRIDLOCK_INLINE u16 step_site(uptr address) noexcept {
  return address == 0 ? u16{0} : static_cast<u16>(site_of(address));
}

GRIDLOCK_INLINE bool is_set(const u8* bits, u32 site) noexcept {
  return (bits[site >> 3] >> (site & 7) & 1) != 0;
}

/// Fills g_engine.points.
void use_points(const Schedule& schedule) noexcept;
/// The place uses memory that another thread uses, too, one of them writing.
void learn(uptr place) noexcept;
/// What was learned so far, for the next execution. False: there are too many sites for a replay string.
bool learned_sites(const Learned& learned, Schedule& schedule) noexcept;

}  // namespace gridlock::internal::controlled
