// SPDX-License-Identifier: Apache-2.0
//
// Which build of a file the loaded code is. A reader of the log compares it with the file on disk:
// offsets into another build would name the wrong lines.
#pragma once

#include "harness/platform/base.h"

namespace gridlock::internal {

struct ModuleBuild {
  static constexpr u32 kMaxBytes = 64;
  u32 id_size;          ///< of the linker's build id; 0: the file has none
  u8 id[kMaxBytes];     ///< the first id_size bytes are valid
  u64 file_size;        ///< without an id: of the file that is at its path now
  u64 file_changed_ns;  ///< and when that was written
};

/// Where the module begins that an address lies in, 0 if it lies in none. Takes no lock.
uptr module_start(uptr address) noexcept;

/// Reads the build of the module that begins at `start`; `path` is where its file is. False when
/// neither an id nor a file is there.
bool read_module_build(uptr start, const char* path, ModuleBuild* build) noexcept;

/// A module that dlclose(3) may take away.
struct Module {
  uptr start;
  uptr end;
  uptr base;         ///< what is subtracted from an address to get one of the file
  const char* path;  ///< valid as long as it is loaded
};
/// False: nothing, the main program, or the module of this library itself.
bool find_unloadable_module(uptr address, Module* module) noexcept;

}  // namespace gridlock::internal
