// SPDX-License-Identifier: Apache-2.0
#include "harness/tsan_abi/fibers.h"

#include <link.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>

#include "harness/platform/syscall.h"
#include "harness/tsan_abi/code_sites.h"
#include "harness/tsan_abi/context.h"
#include "harness/tsan_abi/own_pages.h"
#include "harness/tsan_abi/real.h"

namespace gridlock::internal::controlled {
namespace {

constexpr u64 kStackSize = u64{8} << 20;  // glibc's; memory is taken page by page
constexpr u64 kGuardSize = u64{64} << 10;
constexpr u64 kLeftToTheThread = 4096;  // between its sleeping frame and the fiber

u32 g_made = 0;

// The thread behind a fiber. It blocks all signals and never comes back from the kernel.
void* park(void* argument) {
  Fiber& fiber = *static_cast<Fiber*>(argument);
  fiber.fs = fs_base();
  fiber.stack_top = reinterpret_cast<uptr>(__builtin_frame_address(0)) - kLeftToTheThread;
  __atomic_store_n(&fiber.ready, 1, __ATOMIC_RELEASE);
  // Also those that were abandoned sleep there: one woken alone may not be the one that waits for this.
  raw_syscall(SYS_futex, as_argument(&fiber.ready), FUTEX_WAKE, 0x7fffffff);
  for (;;) raw_syscall(SYS_futex, as_argument(&fiber.ready), FUTEX_WAIT, 1);
}

bool make_thread(Fiber& fiber) noexcept {
  // A stack of ours, at an address whose low bits are the same in each process; glibc gives its own ones
  // to other threads after a fork.
  void* const memory = own_pages(kStackSize + kGuardSize);
  if (memory == nullptr) return false;
  mprotect(memory, kGuardSize, PROT_NONE);
  fiber.stack_low = reinterpret_cast<uptr>(memory) + kGuardSize;
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstack(&attributes, reinterpret_cast<void*>(fiber.stack_low), kStackSize);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t thread{};
  fiber.ready = 0;
  const int error = GRIDLOCK_REAL_FUNCTION(pthread_create)(&thread, &attributes, park, &fiber);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attributes);
  if (error != 0) {
    munmap(memory, kStackSize + kGuardSize);
    return false;
  }
  fiber.self = thread;
  while (__atomic_load_n(&fiber.ready, __ATOMIC_ACQUIRE) == 0) {
    raw_syscall(SYS_futex, as_argument(&fiber.ready), FUTEX_WAIT, 0);
  }
  return true;
}

// Thread-local storage of the program's own modules, as it is when a thread begins. What libc keeps for a
// thread stays: its caches, its locale.
struct Image {
  const void* data;
  u64 data_size;
  u64 size;
  i64 offset;  // from the base of FS
};
Image g_images[64];
u32 g_image_count = 0;
bool g_images_known = false;

int note_image(dl_phdr_info* info, size_t /*size*/, void* /*unused*/) {
  if (is_file_called(info->dlpi_name, "libc.so") || is_file_called(info->dlpi_name, "ld-linux") ||
      info->dlpi_tls_data == nullptr) {
    return 0;
  }
  for (u32 i = 0; i < info->dlpi_phnum; ++i) {
    const auto& header = info->dlpi_phdr[i];
    if (header.p_type != PT_TLS || g_image_count == 64) continue;
    const auto here = reinterpret_cast<uptr>(info->dlpi_tls_data);
    // Storage of a module that was loaded later lies elsewhere in each thread; what lies close does not.
    const i64 offset = static_cast<i64>(here) - static_cast<i64>(fs_base());
    if (offset > 0 || offset < -(i64{1} << 20)) continue;
    g_images[g_image_count++] = {reinterpret_cast<const void*>(info->dlpi_addr + header.p_vaddr),
                                 header.p_filesz, header.p_memsz, offset};
  }
  return 0;
}

void renew_storage(const Fiber& fiber) noexcept {
  if (!g_images_known) {
    dl_iterate_phdr(note_image, nullptr);
    g_images_known = true;
  }
  for (u32 i = 0; i < g_image_count; ++i) {
    const Image& image = g_images[i];
    auto* at = reinterpret_cast<char*>(fiber.fs + static_cast<u64>(image.offset));
    __builtin_memcpy(at, image.data, image.data_size);
    __builtin_memset(at + image.data_size, 0, image.size - image.data_size);
  }
}

}  // namespace

Fiber g_fibers[kMaxThreads];

void make_fibers(u32 count) noexcept {
  for (; g_made < count && g_made < kMaxThreads; ++g_made) {
    if (!make_thread(g_fibers[g_made])) return;
  }
}

void adopt_this_thread(uptr stack_top, uptr stack_low) noexcept {
  Fiber& fiber = g_fibers[0];
  fiber.fs = fs_base();
  fiber.stack_top = stack_top;
  fiber.stack_low = stack_low;
  fiber.self = pthread_self();
  g_made = 1;
}

u32 made_fibers() noexcept { return g_made; }

void abandon_fibers() noexcept {
  for (u32 i = 0; i < g_made; ++i) g_fibers[i].fs = 0;
  g_made = 0;
}

Fiber* prepare_fiber(ThreadNumber number, void* (*start)(void*), void* argument) noexcept {
  make_fibers(number + u32{1});
  if (number >= g_made) return nullptr;
  Fiber& fiber = g_fibers[number];
  if (fiber.used) renew_storage(fiber);
  fiber.used = true;
  fiber.number = number;
  fiber.start = start;
  fiber.argument = argument;
  fiber.result = nullptr;
  fiber.is_runnable = fiber.has_ended = fiber.is_detached = fiber.is_joined = false;
  fiber.has_begun = fiber.timed_out = false;
  fiber.needs = Wait::kNothing;
  fiber.needed = nullptr;
  fiber.past = fiber.spurious_count = 0;
  fiber.wait = Wait::kNothing;
  fiber.object = nullptr;
  fiber.files = nullptr;
  fiber.file_count = 0;
  fiber.deadline = ~u64{0};
  fiber.spins = fiber.refusals = fiber.clock_reads = fiber.tries = 0;
  fiber.spins_at = 0;
  fiber.yields = 0;
  fiber.yields_since = 0;
  fiber.clock.clear();
  fiber.acquired.clear();
  fiber.released.clear();
  fiber.has_released = fiber.has_acquired = false;
  fiber.locals = nullptr;
  fiber.frame_count = 0;
  fiber.context = new_context(fiber.stack_top, &fiber);
  return &fiber;
}

}  // namespace gridlock::internal::controlled
