// SPDX-License-Identifier: Apache-2.0
//
// JThread: a Thread that can be asked to stop, and is asked by its destructor (std::jthread).
//
//   gridlock::JThread worker{"worker", [&](const gridlock::StopToken& stop) {
//     std::unique_lock hold{lock};
//     while (changed.wait(hold, stop, [&] { return !jobs.empty(); })) do_next(jobs);
//   }};                                       // the end of its scope: request_stop(), then join()
//
//   operation      runs                          has ended      no thread (never started, joined,
//                                                               detached, moved from)
//   request_stop   true, once (stop.h)           the same       false
//   destructor,    request_stop(), then join()   joins          -
//   assignment
//
// All else is as for Thread. The function gets the token in front of its arguments if it takes one; one that does
// not looks at nothing, and is only joined. The destructor waits for a thread that does not listen: a deadlock * when
// that can never end.
//
//   * a finding; see lock.h for what happens after it.
//
// Memory ordering, cost, signal handlers and full tables: as for thread.h and stop.h.
//
// Misuse:
//   gridlock::JThread worker{"worker", [&] { ready.wait(); }};   // nobody sets `ready`, and no token can end the wait:
//                                                                // deadlock * in the destructor
#pragma once

#include <gridlock/cxx20.h>

#ifdef GRIDLOCK_CXX20

#include <gridlock/stop.h>
#include <gridlock/thread.h>

#include <string_view>
#include <type_traits>
#include <utility>

namespace gridlock {

/// One thread of execution that can be asked to stop, or none.
class JThread {
 public:
  JThread() noexcept : stop_(std::nostopstate) {}

  /// As Thread does.
  template <typename Function, typename... Arguments>
  JThread(ThreadOptions options, CallSite where, Function&& function, Arguments&&... arguments)
      : stop_(options.name, where),
        thread_(start(stop_, options, where, std::forward<Function>(function),
                      std::forward<Arguments>(arguments)...)) {}
  template <typename Function>
  JThread(std::string_view name, Function&& function, CallSite where = CallSite::current())
      : JThread(ThreadOptions{.name = name}, where, std::forward<Function>(function)) {}
  template <typename Function>
    requires(!std::is_convertible_v<Function, std::string_view> &&
             !std::is_same_v<std::decay_t<Function>, JThread>)
  explicit JThread(Function&& function, CallSite where = CallSite::current())
      : JThread(ThreadOptions{}, where, std::forward<Function>(function)) {}
  template <typename Function, typename First, typename... Rest>
    requires(
        (std::is_invocable_v<std::decay_t<Function>, std::decay_t<First>, std::decay_t<Rest>...> ||
         std::is_invocable_v<std::decay_t<Function>, StopToken, std::decay_t<First>,
                             std::decay_t<Rest>...>) &&
        !std::is_convertible_v<Function, std::string_view> &&
        !std::is_same_v<std::decay_t<Function>, ThreadOptions> &&
        !std::is_same_v<std::decay_t<First>, CallSite>)
  explicit JThread(Function&& function, First&& first, Rest&&... rest)
      : JThread(ThreadOptions{}, CallSite{}, std::forward<Function>(function),
                std::forward<First>(first), std::forward<Rest>(rest)...) {}

  JThread(JThread&& other) noexcept
      : stop_(std::exchange(other.stop_, StopSource(std::nostopstate))),
        thread_(std::move(other.thread_)) {}
  JThread& operator=(JThread&& other) noexcept {
    if (this == &other) return *this;
    leave();
    stop_ = std::exchange(other.stop_, StopSource(std::nostopstate));
    thread_ = std::move(other.thread_);
    return *this;
  }
  JThread(const JThread&) = delete;
  JThread& operator=(const JThread&) = delete;
  ~JThread() { leave(); }

  // NOLINTNEXTLINE(modernize-use-nodiscard): as std::jthread
  bool request_stop() const { return stop_.request_stop(); }
  [[nodiscard]] StopSource get_stop_source() const noexcept { return stop_; }
  [[nodiscard]] StopToken get_stop_token() const noexcept { return stop_.get_token(); }

  [[nodiscard]] static unsigned hardware_concurrency() noexcept {
    return Thread::hardware_concurrency();
  }
  [[nodiscard]] bool joinable() const noexcept { return thread_.joinable(); }
  [[nodiscard]] std::uint32_t id() const noexcept { return thread_.id(); }
  [[nodiscard]] std::uintptr_t native_handle() const noexcept { return thread_.native_handle(); }
  [[nodiscard]] bool is_alive() const noexcept { return thread_.is_alive(); }
  [[nodiscard]] std::string name() const { return thread_.name(); }
  void set_name(std::string_view name) noexcept { thread_.set_name(name); }
  void join() { thread_.join(); }
  void detach() { thread_.detach(); }
  void swap(JThread& other) noexcept {
    stop_.swap(other.stop_);
    thread_.swap(other.thread_);
  }
  friend void swap(JThread& one, JThread& other) noexcept { one.swap(other); }

 private:
  template <typename Function, typename... Arguments>
  static Thread start(const StopSource& stop, ThreadOptions options, CallSite where,
                      Function&& function, Arguments&&... arguments) {
    if constexpr (std::is_invocable_v<std::decay_t<Function>, StopToken,
                                      std::decay_t<Arguments>...>) {
      return Thread(options, where, std::forward<Function>(function), stop.get_token(),
                    std::forward<Arguments>(arguments)...);
    } else {
      return Thread(options, where, std::forward<Function>(function),
                    std::forward<Arguments>(arguments)...);
    }
  }
  void leave() noexcept {
    if (!thread_.joinable()) return;
    stop_.request_stop();
    thread_.join();
  }

  StopSource stop_;
  Thread thread_;
};

}  // namespace gridlock

#endif  // GRIDLOCK_CXX20
