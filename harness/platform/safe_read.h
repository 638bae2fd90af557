// SPDX-License-Identifier: Apache-2.0
//
// Memory that may be gone: an object that was destroyed meanwhile, the constants of a library that was
// unloaded. The kernel reads it, which knows what is mapped.
#pragma once

#include "harness/platform/base.h"

namespace gridlock::internal {

/// False if not all of it is there, or if the kernel offers no way to read it: process_vm_readv(2) is
/// refused (a sandbox), and there is no descriptor for /proc/self/mem.
bool copy_safely(const void* from, void* to, u64 size) noexcept;

/// The words at up to kMaxWords addresses, in their order, until one's memory is gone: how many. -1: the kernel
/// offers no way to read them.
inline constexpr u32 kMaxWords = 64;
i64 copy_words_safely(const void* const* from, u64* to, u32 count) noexcept;

/// The word at `address`. False if its memory is gone. Where nothing but a comparison is allowed
/// (futex(2) always is), also if it is not `expected`.
bool read_word_safely(const void* address, u32 expected, u32* value) noexcept;

}  // namespace gridlock::internal
