// SPDX-License-Identifier: Apache-2.0
//
// The initialisation of function-local statics: a flag that the compiler's code looks at itself, so what comes here found it not
// initialised. The C++ library's own functions do it. Where there is none behind us (it came with a library that was loaded
// later, or the program is C) we do it as libstdc++ does, whose word is the same for all who use the flag:
//   acquire: 0 -> pending; if it is pending, leave the bit for a sleeper and wait      release, abort: exchange to done, or 0
#include <dlfcn.h>

#include "harness/interpose/once_flags.h"
#include "harness/interpose/watch.h"
#include "harness/platform/futex.h"

namespace gridlock::internal {
namespace {

constexpr u32 kDone = 1;
constexpr u32 kPending = 0x100;
constexpr u32 kWaiting = 0x10000;

GRIDLOCK_INLINE std::atomic<u32>& word_of(void* guard) noexcept {
  return *static_cast<std::atomic<u32>*>(guard);
}

// In every library the first byte says it.
bool is_initialised(const void* guard) noexcept {
  return __atomic_load_n(static_cast<const u8*>(guard), __ATOMIC_ACQUIRE) != 0;
}

int acquire_as_libstdcxx(std::atomic<u32>& word) noexcept {
  for (;;) {
    u32 seen = 0;
    if (word.compare_exchange_strong(seen, kPending)) return 1;
    if (seen == kDone) return 0;
    if (seen == kPending && !word.compare_exchange_strong(seen, kPending | kWaiting)) continue;
    futex_wait_shared(&word, kPending | kWaiting, kNoTimeout);
  }
}

void leave_as_libstdcxx(std::atomic<u32>& word, u32 next) noexcept {
  if ((word.exchange(next) & kWaiting) != 0) futex_wake_shared(&word, kAll);
}

// Looked for when the first one is asked for: a search that finds nothing allocates, and an allocator that is being initialised
// must not be asked for that. What was found first stays.
struct Library {
  int (*acquire)(void*);
  void (*release)(void*);
  void (*abort)(void*);
};
constinit Library g_library{};
enum class Known : u8 { kNothing, kLibrary, kNone };
constinit std::atomic<Known> g_known{Known::kNothing};

template <typename Function>
void find(Function& function, const char* name) noexcept {
  if (void* const found = dlsym(RTLD_NEXT, name))
    __atomic_store_n(&function, reinterpret_cast<Function>(found), __ATOMIC_RELAXED);
}

const Library* library() noexcept {
  Known known = g_known.load(std::memory_order_acquire);
  if (GRIDLOCK_UNLIKELY(known == Known::kNothing)) {
    find(g_library.acquire, "__cxa_guard_acquire");
    find(g_library.release, "__cxa_guard_release");
    find(g_library.abort, "__cxa_guard_abort");
    const bool all =
        g_library.acquire != nullptr && g_library.release != nullptr && g_library.abort != nullptr;
    if (g_known.compare_exchange_strong(known, all ? Known::kLibrary : Known::kNone))
      known = all ? Known::kLibrary : Known::kNone;
  }
  return known == Known::kLibrary ? &g_library : nullptr;
}

int really_acquire(void* guard) {
  const Library* const behind = library();
  return behind != nullptr ? behind->acquire(guard) : acquire_as_libstdcxx(word_of(guard));
}

void really_leave(void* guard, bool succeeded) noexcept {
  const Library* const behind = library();
  if (behind == nullptr) return leave_as_libstdcxx(word_of(guard), succeeded ? kDone : 0);
  if (succeeded) {
    behind->release(guard);
  } else {
    behind->abort(guard);
  }
}

int acquire(void* guard, const void* own_frame) {
  ThreadState* const state = watched_thread();
  OnceEntry* const entry =
      state != nullptr && !is_initialised(guard) ? find_once(guard, true) : nullptr;
  if (entry == nullptr) return really_acquire(guard);
  OnceCall call(state, *entry, &is_initialised, own_frame);
  int mine = 0;
  call.ask([&] { mine = really_acquire(guard); });
  if (mine != 0) {
    call.body_begins();
  } else {
    call.passes();
  }
  return mine;
}

void leave(void* guard, bool succeeded) noexcept {
  ThreadState* const state = watched_thread();
  OnceEntry* const entry = state != nullptr ? find_once(guard, false) : nullptr;
  if (entry == nullptr || entry->holder.load() != state->slot_word)
    return really_leave(guard, succeeded);
  const ObjectId object = object_of(*entry);
  once_body_is_over(state, *entry, succeeded);
  // Told before others come through it.
  if (succeeded && has_fact(*entry, kOnceLoud)) note_loud_static(object);
  really_leave(guard, succeeded);
  if (succeeded) once_is_done(*entry);
}

}  // namespace
}  // namespace gridlock::internal

// NOLINTNEXTLINE(google-build-using-namespace): outside the wall
using namespace gridlock::internal;

// NOLINTBEGIN(readability-identifier-naming,bugprone-reserved-identifier): the names of the C++ library
extern "C" {

int __cxa_guard_acquire(void* guard);
void __cxa_guard_release(void* guard);
void __cxa_guard_abort(void* guard);

GRIDLOCK_EXPORT int __cxa_guard_acquire(void* guard) {
  return acquire(guard, __builtin_frame_address(0));
}
GRIDLOCK_EXPORT void __cxa_guard_release(void* guard) { leave(guard, true); }
GRIDLOCK_EXPORT void __cxa_guard_abort(void* guard) { leave(guard, false); }

}  // extern "C"
// NOLINTEND(readability-identifier-naming,bugprone-reserved-identifier)
