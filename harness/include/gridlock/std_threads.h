// SPDX-License-Identifier: Apache-2.0
//
// Part of std.h, which says what it is for: thread and jthread.
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

}  // namespace internal

class thread {
 public:
  using id = std::thread::id;
  using native_handle_type = std::uintptr_t;

  thread() noexcept = default;
  template <typename Function, typename... Arguments>
    requires(!std::is_same_v<std::remove_cvref_t<Function>, thread>)
  explicit thread(Function&& function, Arguments&&... arguments)
      : thread_(ThreadOptions{}, CallSite{}, std::forward<Function>(function),
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

  void swap(thread& other) noexcept { thread_.swap(other.thread_); }
  friend void swap(thread& one, thread& other) noexcept { one.swap(other); }
  [[nodiscard]] bool joinable() const noexcept { return thread_.joinable(); }
  [[nodiscard]] id get_id() const noexcept {
    return internal::id_of_native(thread_.native_handle());
  }
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
  Thread thread_;
};

class jthread {
 public:
  using id = std::thread::id;
  using native_handle_type = std::uintptr_t;

  jthread() noexcept = default;
  template <typename Function, typename... Arguments>
    requires(!std::is_same_v<std::remove_cvref_t<Function>, jthread>)
  explicit jthread(Function&& function, Arguments&&... arguments)
      : thread_(ThreadOptions{}, CallSite{}, std::forward<Function>(function),
                std::forward<Arguments>(arguments)...) {}

  void swap(jthread& other) noexcept { thread_.swap(other.thread_); }
  friend void swap(jthread& one, jthread& other) noexcept { one.swap(other); }
  [[nodiscard]] bool joinable() const noexcept { return thread_.joinable(); }
  [[nodiscard]] id get_id() const noexcept {
    return internal::id_of_native(thread_.native_handle());
  }
  [[nodiscard]] native_handle_type native_handle() const noexcept {
    return thread_.native_handle();
  }
  void join() { thread_.join(); }
  void detach() { thread_.detach(); }
  void set_name(std::string_view name) noexcept { thread_.set_name(name); }
  // NOLINTNEXTLINE(modernize-use-nodiscard): as std::jthread
  bool request_stop() const { return thread_.request_stop(); }
  [[nodiscard]] StopSource get_stop_source() const noexcept { return thread_.get_stop_source(); }
  [[nodiscard]] StopToken get_stop_token() const noexcept { return thread_.get_stop_token(); }
  [[nodiscard]] static unsigned hardware_concurrency() noexcept {
    return Thread::hardware_concurrency();
  }

 private:
  JThread thread_;
};

}  // namespace gridlock
// NOLINTEND(readability-identifier-naming)

#endif  // GRIDLOCK_CXX20
