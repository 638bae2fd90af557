// SPDX-License-Identifier: Apache-2.0
//
// What every instrumented object carries: its futex word, a small id that is given on first use,
// and where it was made.
#pragma once

#include <gridlock/cxx20.h>

#ifdef GRIDLOCK_CXX20

#include <atomic>
#include <cstdint>
#include <source_location>
#include <string_view>
#include <type_traits>

namespace gridlock {

/// A place in the source that a caller hands over; what a guard takes as its last, defaulted
/// parameter.
using CallSite = std::source_location;

namespace internal {

/// The rows of object_types.def.
enum class ObjectType : std::uint8_t {
/// @cond internal
#define GRIDLOCK_OBJECT_TYPE(enumerator, name, letter, role, span) enumerator,
/// @endcond
#include <gridlock/object_types.def>
#undef GRIDLOCK_OBJECT_TYPE
};

/// A stamp of the calling thread and moment, with the highest bit set and the next one clear; stands in for the id of an
/// object that is made now, until it has one. 0 before the runtime is up.
std::uint32_t made_now() noexcept;
/// The same for an object whose constructor says that it was called at `where`. Where that is in a
/// header of the system (std::make_unique, a container), the callers are kept, too.
std::uint32_t made_now(const void* object, CallSite where) noexcept;

/// The hot part of each primitive, 16 bytes: the word that threads sleep on, and the object's id.
/// The id stays 0 until the object is used or named, so that an object can be constant initialised
/// and used before other static objects are made.
struct Core {
  constexpr Core(std::uint32_t initial, CallSite where) noexcept : word(initial), made_at(where) {
    if (!std::is_constant_evaluated()) id.store(made_now(this, where), std::memory_order_relaxed);
  }
  std::atomic<std::uint32_t> word;
  std::atomic<std::uint32_t> id{0};
  CallSite made_at;
};
static_assert(sizeof(CallSite) == sizeof(void*), "a call site is one pointer to constant data");

/// Code that was compiled without optimisation is in the program: std::lock_guard and its like are
/// then calls of their own between a lock and the code that locks it, so that more frames have to
/// be kept with each acquisition.
void note_unoptimised_code() noexcept;
#ifndef __OPTIMIZE__
namespace {
[[maybe_unused]] const bool kUnoptimisedCodeNoted = (note_unoptimised_code(), true);
}
#endif

/// Gives an object its id and its name at once. The name is copied.
void register_named(Core& core, ObjectType type, std::string_view name) noexcept;

}  // namespace internal
}  // namespace gridlock

#endif  // GRIDLOCK_CXX20
