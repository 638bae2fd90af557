// SPDX-License-Identifier: Apache-2.0
#include "harness/interpose/real.h"

#include <dlfcn.h>
#include <gnu/libc-version.h>

#include "harness/platform/modules.h"

namespace gridlock::internal {

constinit RealFunctions g_real{};

namespace {

// There are two of some, and the older one takes objects of another layout.
void* find(const char* name, const char* version) noexcept {
  void* found = version[0] != 0 ? dlvsym(RTLD_NEXT, name, version) : nullptr;
  return found != nullptr ? found : dlsym(RTLD_NEXT, name);
}

}  // namespace

// The first one last: it says that all are there. Two threads that come here find the same.
void find_real_functions() noexcept {
  RealFunctions found{};
#define GRIDLOCK_REAL(name, version) \
  found.name = reinterpret_cast<decltype(found.name)>(find(#name, version));
#include "harness/interpose/functions.def"
#undef GRIDLOCK_REAL
  const auto lock = found.pthread_mutex_lock;
  found.pthread_mutex_lock = g_real.pthread_mutex_lock;
  g_real = found;
  __atomic_store_n(&g_real.pthread_mutex_lock, lock, __ATOMIC_RELEASE);
}

bool real_functions_are_libc() noexcept {
  return module_start(reinterpret_cast<uptr>(real().pthread_mutex_lock)) ==
         module_start(reinterpret_cast<uptr>(&gnu_get_libc_version));
}

}  // namespace gridlock::internal
