// SPDX-License-Identifier: Apache-2.0
//
// libc's functions behind those of the same name here: for all that runs outside of an execution.
#pragma once

#include <dlfcn.h>

namespace gridlock::internal::controlled {

/// The function; looked up when it is first called. Threads that look at once find the same.
template <typename Function>
Function* real_function(Function*& known, const char* name, const char* version) noexcept {
  Function* found = __atomic_load_n(&known, __ATOMIC_RELAXED);
  if (found == nullptr) {
    void* const symbol =
        version != nullptr ? dlvsym(RTLD_NEXT, name, version) : dlsym(RTLD_NEXT, name);
    found = reinterpret_cast<Function*>(symbol);
    __atomic_store_n(&known, found, __ATOMIC_RELAXED);
  }
  return found;
}

}  // namespace gridlock::internal::controlled

#define GRIDLOCK_REAL_VERSION(name, version)                                       \
  ([]() noexcept {                                                                 \
    static decltype(&::name) known = nullptr;                                      \
    return ::gridlock::internal::controlled::real_function(known, #name, version); \
  }())
#define GRIDLOCK_REAL_FUNCTION(name) GRIDLOCK_REAL_VERSION(name, nullptr)
