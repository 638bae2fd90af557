// SPDX-License-Identifier: Apache-2.0
//
// malloc and its like: glibc's, told to the shadow. What is allocated is new, whoever used those bytes before;
// a free is a write of all of it, so a thread that still uses it is in a race.
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>

#include "harness/tsan_abi/shadow.h"
#include "harness/tsan_abi/taken_steps.h"

// NOLINTBEGIN(readability-identifier-naming,readability-inconsistent-declaration-parameter-name,bugprone-reserved-identifier,cert-dcl37-c): glibc's names
extern "C" {
void* __libc_malloc(unsigned long size);
void* __libc_calloc(unsigned long count, unsigned long size);
void* __libc_realloc(void* memory, unsigned long size);
void* __libc_memalign(unsigned long alignment, unsigned long size);
void __libc_free(void* memory);
}

namespace gridlock::internal::controlled {
namespace {

constexpr u64 kMostFreed = 4096;  // what is looked at of a larger block: its beginning

// All that the block has room for: so much was noted as freed of the one before.
GRIDLOCK_INLINE void* allocated(void* memory) noexcept {
  if (g_engine.on && memory != nullptr) {
    forget_range(reinterpret_cast<uptr>(memory), malloc_usable_size(memory));
  }
  return memory;
}

GRIDLOCK_INLINE void freeing(void* memory, uptr place) noexcept {
  if (!g_engine.on || memory == nullptr) return;
  if (GRIDLOCK_UNLIKELY(g_engine.follows)) take_before_free();
  const u64 size = malloc_usable_size(memory);
  note_range(reinterpret_cast<uptr>(memory), size < kMostFreed ? size : kMostFreed, kWrite | kFree,
             place);
}

}  // namespace
}  // namespace gridlock::internal::controlled

// NOLINTNEXTLINE(google-build-using-namespace): libc's names follow
using namespace gridlock::internal::controlled;

extern "C" {

void* malloc(size_t size) noexcept { return allocated(__libc_malloc(size)); }

void* calloc(size_t count, size_t size) noexcept { return allocated(__libc_calloc(count, size)); }

void* realloc(void* memory, size_t size) noexcept {
  if (!g_engine.on || memory == nullptr) return allocated(__libc_realloc(memory, size));
  if (size == 0) {
    freeing(memory, GRIDLOCK_SITE);
    return __libc_realloc(memory, size);
  }
  // In place it is the same memory still, so a new block is what all of it becomes.
  const size_t before = malloc_usable_size(memory);
  void* const fresh = allocated(__libc_malloc(size));
  if (fresh == nullptr) return nullptr;
  __builtin_memcpy(fresh, memory, before < size ? before : size);
  freeing(memory, GRIDLOCK_SITE);
  __libc_free(memory);
  return fresh;
}

void free(void* memory) noexcept {
  freeing(memory, GRIDLOCK_SITE);
  __libc_free(memory);
}

void* memalign(size_t alignment, size_t size) noexcept {
  return allocated(__libc_memalign(alignment, size));
}

void* aligned_alloc(size_t alignment, size_t size) noexcept {
  return allocated(__libc_memalign(alignment, size));
}

int posix_memalign(void** out, size_t alignment, size_t size) noexcept {
  if (alignment < sizeof(void*) || (alignment & (alignment - 1)) != 0) return EINVAL;
  void* const memory = allocated(__libc_memalign(alignment, size));
  if (memory == nullptr) return ENOMEM;
  *out = memory;
  return 0;
}

}  // extern "C"
// NOLINTEND(readability-identifier-naming,readability-inconsistent-declaration-parameter-name,bugprone-reserved-identifier,cert-dcl37-c)
