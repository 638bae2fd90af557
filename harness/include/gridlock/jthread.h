// SPDX-License-Identifier: Apache-2.0
//
// JThread: a Thread that can be asked to stop, and is asked by its destructor (std::jthread).
//
//   gridlock::JThread worker{"worker", [&](const gridlock::StopToken& stop) {
//     std::unique_lock hold{lock};
//     while (changed.wait(hold, stop, [&] { return !jobs.empty(); })) do_next(jobs);
//   }};                                       // the end of its scope: request_stop(), then join()
//
//   operation      runs                          has ended      joined, detached   never started, moved from
//   request_stop   true, once (stop.h)           the same       the same           false
//   destructor,    request_stop(), then join()   the same       -                  -
//   assignment
//
// All else is as for Thread. The function gets the token in front of its arguments if it takes one; one that does
// not looks at nothing, and is only joined. The destructor waits for a thread that does not listen: a deadlock * when
// that can never end, and with on_deadlock=throw the end of the program, because it does not throw. It joins a daemon, too.
//
//   * a finding; see lock.h for what happens after it.
//
// Memory ordering, cost, fairness, signal handlers and full tables: as for thread.h and stop.h.
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
  /// No thread, and no state of a stop.
  JThread() noexcept : stop_(std::nostopstate) {}

  /// Starts a thread as Thread does, with the token in front of the arguments if the function takes one. The request
  /// to stop has the name of the thread in the reports. Throws as Thread does.
  template <typename Function, typename... Arguments>
  JThread(ThreadOptions options, CallSite where, Function&& function, Arguments&&... arguments)
      : stop_(options.name, where),
        thread_(start(stop_, options, where, std::forward<Function>(function),
                      std::forward<Arguments>(arguments)...)) {}
  /// @{
  /// The same for a function without arguments of the caller's, and a name in place of options, or neither.
  template <typename Function>
  JThread(std::string_view name, Function&& function, CallSite where = CallSite::current())
      : JThread(ThreadOptions{.name = name}, where, std::forward<Function>(function)) {}
  template <typename Function>
    requires(!std::is_convertible_v<Function, std::string_view> &&
             !std::is_same_v<std::decay_t<Function>, JThread>)
  explicit JThread(Function&& function, CallSite where = CallSite::current())
      : JThread(ThreadOptions{}, where, std::forward<Function>(function)) {}
  /// @}
  /// The same with copies of the arguments, as std::jthread does. The reports know the place by the stack.
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

  /// Takes over the thread of `other` and the state of its stop; `other` has neither then.
  JThread(JThread&& other) noexcept
      : stop_(std::exchange(other.stop_, StopSource(std::nostopstate))),
        thread_(std::move(other.thread_)) {}
  /// The same; a thread that this one had is asked to stop and joined before.
  JThread& operator=(JThread&& other) noexcept {
    if (this == &other) return *this;
    leave();
    stop_ = std::exchange(other.stop_, StopSource(std::nostopstate));
    thread_ = std::move(other.thread_);
    return *this;
  }
  JThread(const JThread&) = delete;
  JThread& operator=(const JThread&) = delete;
  /// Asks the thread to stop and joins it.
  ~JThread() { leave(); }

  /// Asks the thread to stop, and calls the callbacks in the calling thread. True for the first one that asks; false after
  /// that, or when there is no state. Does not wait for the thread. Happens before a stop_requested() that is true.
  // NOLINTNEXTLINE(modernize-use-nodiscard): as std::jthread
  bool request_stop() const { return stop_.request_stop(); }
  /// @{
  /// A source, or a token, of the thread's state; it may live longer than this object. Without a state: one without.
  [[nodiscard]] StopSource get_stop_source() const noexcept { return stop_; }
  [[nodiscard]] StopToken get_stop_token() const noexcept { return stop_.get_token(); }
  /// @}

  /// How many threads can really run at once; 0: not known.
  [[nodiscard]] static unsigned hardware_concurrency() noexcept {
    return Thread::hardware_concurrency();
  }
  /// It has a thread that was neither joined nor detached, running or not.
  [[nodiscard]] bool joinable() const noexcept { return thread_.joinable(); }
  /// "T3" in the reports: 3. 0: no thread.
  [[nodiscard]] std::uint32_t id() const noexcept { return thread_.id(); }
  /// The system's name of the thread (pthread_t); 0: no thread.
  [[nodiscard]] std::uintptr_t native_handle() const noexcept { return thread_.native_handle(); }
  /// It was started and has not ended. Orders nothing: join() does.
  [[nodiscard]] bool is_alive() const noexcept { return thread_.is_alive(); }
  /// The name in the reports; "" if it has none, or if there is no thread.
  [[nodiscard]] std::string name() const { return thread_.name(); }
  /// Names the thread in the reports from now on, also while it runs. The kernel's name stays, and that of the request to
  /// stop. Nothing happens without a thread.
  void set_name(std::string_view name) noexcept { thread_.set_name(name); }
  /// Waits for the end of the thread; asks nobody to stop. Everything in it happens before the return. Throws as Thread's
  /// join() does, and has its thread still then.
  void join() { thread_.join(); }
  /// Lets the thread go on alone. It can still be asked to stop. Throws std::system_error invalid_argument when there is
  /// no thread. It has to have ended when the process does, unless it is a daemon.
  void detach() { thread_.detach(); }
  /// @{
  /// Each has the thread and the state of the other one afterwards.
  void swap(JThread& other) noexcept {
    stop_.swap(other.stop_);
    thread_.swap(other.thread_);
  }
  friend void swap(JThread& one, JThread& other) noexcept { one.swap(other); }
  /// @}

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
