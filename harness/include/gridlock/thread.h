// SPDX-License-Identifier: Apache-2.0
//
// Thread: a thread with a name, whose start and end the analyses know.
//
//   gridlock::Thread payer{"payer", [&] { pay(accounts); }};
//   payer.join();
//
// A Thread joins when it is destroyed, like std::jthread; a daemon is left alone and ends with the
// process. Threads made in another way (std::thread, pthread_create) are watched as well, from
// their first operation on a Gridlock object, but without a name and without the order that
// starting and joining gives.
#pragma once

#include <gridlock/identity.h>

#include <functional>
#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>

namespace gridlock {

/// How a thread is made.
struct ThreadOptions {
  std::string_view name =
      {};               ///< copied, at most 255 bytes kept; the kernel's name shows the first 15
  bool daemon = false;  ///< not joined by the destructor; does not outlive the process
};

namespace internal {

/// What a new thread runs; owned by whoever runs it.
struct ThreadBody {
  virtual ~ThreadBody() = default;
  virtual void run() = 0;
};

template <typename Call>
struct ThreadCall final : ThreadBody {
  explicit ThreadCall(Call&& c) : call(std::move(c)) {}
  void run() override { call(); }
  Call call;
};

struct StartedThread {
  std::uint32_t id = 0;  // 0: none
  std::uintptr_t native = 0;
};

/// Throws std::system_error when the system has no thread left.
StartedThread start_thread(std::unique_ptr<ThreadBody> body, const ThreadOptions& options,
                           CallSite where);
void join_thread(StartedThread thread);
void detach_thread(StartedThread thread) noexcept;

}  // namespace internal

/// One thread of execution, or none.
class Thread {
 public:
  Thread() noexcept = default;

  /// Starts a thread that calls `function` with copies of the arguments (std::ref for references,
  /// as with std::thread). Everything before the start happens before everything in the thread.
  /// Throws std::system_error (resource_unavailable_try_again).
  template <typename Function, typename... Arguments>
  Thread(ThreadOptions options, CallSite where, Function&& function, Arguments&&... arguments) {
    auto call = [function = std::decay_t<Function>(std::forward<Function>(function)),
                 arguments = std::tuple<std::decay_t<Arguments>...>(
                     std::forward<Arguments>(arguments)...)]() mutable {
      std::apply([&](auto&... each) { std::invoke(std::move(function), std::move(each)...); },
                 arguments);
    };
    started_ = internal::start_thread(
        std::make_unique<internal::ThreadCall<decltype(call)>>(std::move(call)), options, where);
    daemon_ = options.daemon;
  }
  template <typename Function>
  Thread(ThreadOptions options, Function&& function, CallSite where = CallSite::current())
      : Thread(options, where, std::forward<Function>(function)) {}
  template <typename Function>
  Thread(std::string_view name, Function&& function, CallSite where = CallSite::current())
      : Thread(ThreadOptions{.name = name}, where, std::forward<Function>(function)) {}
  template <typename Function>
    requires(std::is_invocable_v<std::decay_t<Function>> &&
             !std::is_same_v<std::decay_t<Function>, Thread>)
  explicit Thread(Function&& function, CallSite where = CallSite::current())
      : Thread(ThreadOptions{}, where, std::forward<Function>(function)) {}

  Thread(Thread&& other) noexcept
      : started_(std::exchange(other.started_, {})), daemon_(other.daemon_) {}
  Thread& operator=(Thread&& other) noexcept {
    if (this != &other) {
      leave();
      started_ = std::exchange(other.started_, {});
      daemon_ = other.daemon_;
    }
    return *this;
  }
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;
  /// Joins, or detaches a daemon.
  ~Thread() { leave(); }

  [[nodiscard]] bool joinable() const noexcept { return started_.id != 0; }
  [[nodiscard]] bool daemon() const noexcept { return daemon_; }
  /// Waits for the end of the thread. Everything in it happens before the return. Throws
  /// std::system_error: invalid_argument when there is no thread; resource_deadlock_would_occur
  /// when it is the calling one, or with `on_deadlock=throw` when the wait could never end.
  void join();
  /// Lets the thread go on alone.
  void detach();

 private:
  void leave() noexcept;

  internal::StartedThread started_;
  bool daemon_ = false;
};

/// What the reports call the calling thread: "T3".  0 is never returned.
std::uint32_t this_thread_id() noexcept;
/// Names the calling thread in the reports, however it was made.
void set_this_thread_name(std::string_view name) noexcept;

}  // namespace gridlock
