// SPDX-License-Identifier: Apache-2.0
//
// Shared: a variable that a process and all processes started from it afterwards have in common.
//
//   gridlock::Shared<int> counter{0};
//   gridlock::Process child{"child", [&] { *counter += 1; }};
//   child.join();
//   // *counter is 1 here as well. A plain int would still be 0.
//
//   operation             what it does
//   constructor           makes T in memory of its own that fork does not copy
//   *, ->, get            the T, at the same address in every process
//   destructor            takes the memory out of the calling process; it goes with the last one
//                         that has it
//
// It must be made before the start of the processes that share it. A child does not destroy it
// (process.h: it ends without destructors), so T has to be trivially destructible: numbers,
// std::atomic, arrays, structs of them. A std::string or std::vector would have its characters in
// memory that is not shared; a pointer into such memory points to something else in each process.
//
// It protects nothing. Two processes that write at the same time need an IpcLock (ipc_lock.h) or a
// std::atomic; and because ThreadSanitizer sees one process at a time, nobody reports the race. A
// join is enough where the processes come one after the other.
//
// Throws std::system_error (not_enough_memory). Cost: a mapping of whole pages (4096 bytes) each, so
// share one struct and not a thousand ints.
//
// The mapping is Boost.Interprocess' anonymous_shared_memory: it has no name that could be left
// behind.
//
// Fairness: nothing waits here. A signal handler may reach the T; making and destroying it
// allocates and maps. Full tables: it takes no entry of any.
//
// Misuse:
//   gridlock::Process a{"a", [&] { *counter += 1; }}, b{"b", [&] { *counter += 1; }};
//                                         // one of the two may be lost, and nothing reports it
#pragma once

#include <gridlock/cxx20.h>

#ifdef GRIDLOCK_CXX20

#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace gridlock {
namespace internal {

/// A mapping of the calling process; each process that has it by fork has one of its own.
class SharedPages {
 public:
  /// Zeroed, page-aligned. Throws std::system_error.
  explicit SharedPages(std::size_t bytes);
  ~SharedPages();
  SharedPages(const SharedPages&) = delete;
  SharedPages& operator=(const SharedPages&) = delete;
  [[nodiscard]] void* start() const noexcept;

 private:
  struct Region;
  std::unique_ptr<Region> region_;
};

}  // namespace internal

/// A T that a process shares with those that it starts afterwards. T is trivially destructible.
template <typename T>
class Shared {
  static_assert(std::is_trivially_destructible_v<T>,
                "what processes share is destroyed by nobody, and must not own memory that is not "
                "shared");
  static_assert(alignof(T) <= 4096);

 public:
  /// Makes the T from the arguments, in memory of its own, which was zeroed. Throws std::system_error
  /// (not_enough_memory), and what the constructor of T throws.
  template <typename... Arguments>
    requires std::is_constructible_v<T, Arguments...>
  explicit Shared(Arguments&&... arguments)
      : pages_(sizeof(T)), value_(::new(pages_.start()) T(std::forward<Arguments>(arguments)...)) {}
  Shared(const Shared&) = delete;
  Shared& operator=(const Shared&) = delete;

  /// @{
  /// The T, at the same address in every process. Orders and protects nothing.
  [[nodiscard]] T& get() noexcept { return *value_; }
  [[nodiscard]] const T& get() const noexcept { return *value_; }
  T& operator*() noexcept { return *value_; }
  const T& operator*() const noexcept { return *value_; }
  T* operator->() noexcept { return value_; }
  const T* operator->() const noexcept { return value_; }
  /// @}

 private:
  internal::SharedPages pages_;
  T* value_;
};

}  // namespace gridlock

#endif  // GRIDLOCK_CXX20
