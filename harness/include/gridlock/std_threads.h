// SPDX-License-Identifier: Apache-2.0
//
// Part of std.h, which says what it is for: thread and jthread.
//
// Fairness, signal handlers and full tables: as for thread.h and jthread.h.
//
// Misuse:
//   { gridlock::thread clerk{write}; }        // neither joined nor detached: std::terminate
#pragma once

#include <gridlock/cxx20.h>

#ifdef GRIDLOCK_CXX20

#include <gridlock/jthread.h>
#include <gridlock/stop.h>
#include <gridlock/thread.h>

#include <bit>
#include <concepts>
#include <exception>
#include <thread>
#include <type_traits>
#include <utility>

// NOLINTBEGIN(readability-identifier-naming): the names are the standard's
namespace gridlock {
namespace internal {

/// As std::thread has it: an id of the standard is the system's name of the thread.
inline std::thread::id id_of_native(std::uintptr_t native) noexcept {
  static_assert(sizeof(std::thread::id) == sizeof(std::uintptr_t));
  return std::bit_cast<std::thread::id>(native);
}

/// What thread and jthread have in common: `Self` is one of these, `Watched` what it is made of.
template <typename Self, typename Watched>
class StdThread {
 public:
  using id = std::thread::id;
  using native_handle_type = std::uintptr_t;

  void swap(Self& other) noexcept { thread_.swap(other.thread_); }
  friend void swap(Self& one, Self& other) noexcept { one.swap(other); }
  [[nodiscard]] bool joinable() const noexcept { return thread_.joinable(); }
  [[nodiscard]] id get_id() const noexcept { return id_of_native(thread_.native_handle()); }
  [[nodiscard]] native_handle_type native_handle() const noexcept {
    return thread_.native_handle();
  }
  void join() { thread_.join(); }
  void detach() { thread_.detach(); }
  void set_name(std::string_view name) noexcept { thread_.set_name(name); }
  [[nodiscard]] static unsigned hardware_concurrency() noexcept {
    return Thread::hardware_concurrency();
  }

 private:
  friend Self;

  StdThread() noexcept = default;
  template <typename... Arguments>
  explicit StdThread(std::in_place_t /*starts*/, Arguments&&... arguments)
      : thread_(ThreadOptions{}, CallSite{}, std::forward<Arguments>(arguments)...) {}

  Watched thread_;
};

}  // namespace internal

class thread : public internal::StdThread<thread, Thread> {
 public:
  thread() noexcept = default;
  template <typename Function, typename... Arguments>
    requires(!std::is_same_v<std::remove_cvref_t<Function>, thread>)
  explicit thread(Function&& function, Arguments&&... arguments)
      : StdThread(std::in_place, std::forward<Function>(function),
                  std::forward<Arguments>(arguments)...) {}
  thread(thread&&) noexcept = default;
  thread& operator=(thread&& other) noexcept {
    if (joinable()) std::terminate();
    thread_ = std::move(other.thread_);
    return *this;
  }
  thread(const thread&) = delete;
  thread& operator=(const thread&) = delete;
  ~thread() {
    if (joinable()) std::terminate();
  }
};

class jthread : public internal::StdThread<jthread, JThread> {
 public:
  jthread() noexcept = default;
  template <typename Function, typename... Arguments>
    requires(!std::is_same_v<std::remove_cvref_t<Function>, jthread>)
  explicit jthread(Function&& function, Arguments&&... arguments)
      : StdThread(std::in_place, std::forward<Function>(function),
                  std::forward<Arguments>(arguments)...) {}

  // NOLINTNEXTLINE(modernize-use-nodiscard): as std::jthread
  bool request_stop() const { return thread_.request_stop(); }
  [[nodiscard]] StopSource get_stop_source() const noexcept { return thread_.get_stop_source(); }
  [[nodiscard]] StopToken get_stop_token() const noexcept { return thread_.get_stop_token(); }
};

}  // namespace gridlock
// NOLINTEND(readability-identifier-naming)

#endif  // GRIDLOCK_CXX20
