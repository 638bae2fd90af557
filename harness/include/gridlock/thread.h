// SPDX-License-Identifier: Apache-2.0
//
// Thread: a thread with a name, whose start and end the analyses know.
//
//   gridlock::Thread payer{"payer", [&] { pay(accounts); }};
//   gridlock::Thread clerk{&Bank::pay, std::ref(bank), 100};    // as std::thread: arguments are copied
//   payer.join();
//
//   operation     runs                    has ended        no thread (never started, joined,
//                                                          detached, moved from)
//   join          waits; deadlock * when  returns          std::system_error invalid_argument
//                 that can never end
//   join by the   std::system_error       -                -
//   thread itself resource_deadlock_would_occur, no finding
//   detach        lets it go on alone     -                std::system_error invalid_argument
//   is_alive      true                    false            false
//   destructor    joins; a daemon is      joins            -
//                 left alone; by the
//                 thread itself:
//                 self-deadlock *
//   process ends  detached: misuse-exit-  -                -
//                 running *; a daemon:
//                 cut off, silently
//
//   * a finding; see lock.h for what happens after it.
//
// A Thread joins when it is destroyed, like std::jthread. Nobody waits for a daemon or for a
// detached thread; the process ends without them, wherever they are. A daemon is declared to be of
// that kind (Python's word). One that was detached by hand is not, so a process that ends normally
// while it runs is a finding. It is written before the static objects are destroyed, and after a
// wait of at most 50 ms, because a thread that has said that it is done may still have to return.
//
// current_thread(), enumerate_threads() and active_count() are named as in Python's threading.
// They know every live thread that was started as a Thread or has used a Gridlock object, main
// included. Threads made in another way (std::thread, pthread_create) are watched as well, from
// their first operation on a Gridlock object, but without a name and without the order that
// starting and joining gives.
//
// A class with a member function run() is what thread_object.h is for.
//
// Fairness: the kernel decides which thread runs.
// Not for signal handlers (it allocates), except this_thread_id() and active_count() in a thread
// that has used Gridlock before.
// Full tables: a thread beyond max_objects runs, without a name. Deadlocks of its locks are still
// found, a join of it is not judged, and lock orders are no longer predicted (capacity *).
//
// Misuse:
//   gridlock::Thread{"logger", flush_until_told}.detach();   // and main returns: misuse-exit-running *,
//                                                            // unless it is a daemon
#pragma once

#include <gridlock/cxx20.h>

#ifdef GRIDLOCK_CXX20

#include <gridlock/identity.h>

#include <functional>
#include <memory>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace gridlock {

/// How a thread is made.
struct ThreadOptions {
  std::string_view name =
      {};               ///< copied, at most 255 bytes kept; the kernel's name shows the first 15
  bool daemon = false;  ///< not joined by the destructor; does not outlive the process
};

namespace internal {

/// What a new thread runs; owned by the thread that runs it.
struct ThreadBody {
  virtual ~ThreadBody() = default;
  virtual void run() = 0;
};

/// A function without arguments. Most threads have none, and what it costs to compile them is paid for each.
template <typename Function>
struct ThreadFunction final : ThreadBody {
  template <typename Given>
  // NOLINTNEXTLINE(bugprone-forwarding-reference-overload): nobody copies it
  explicit ThreadFunction(Given&& given) : function(static_cast<Given&&>(given)) {}
  void run() override { std::invoke(static_cast<Function&&>(function)); }
  Function function;
};

template <typename Function, typename... Arguments>
struct ThreadCall final : ThreadBody {
  template <typename... Given>
  explicit ThreadCall(Given&&... given) : call(static_cast<Given&&>(given)...) {}
  void run() override {
    std::apply([](auto&... each) { std::invoke(std::move(each)...); }, call);
  }
  std::tuple<Function, Arguments...> call;
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

/// Called once when the calling thread ends, after its thread_local objects are destroyed; then `call` owns it.
struct AtThreadExit {
  AtThreadExit* next = nullptr;
  void (*call)(AtThreadExit* self) noexcept = nullptr;
};
void at_thread_exit(AtThreadExit* node);

}  // namespace internal

/// One thread of execution, or none.
class Thread {
 public:
  /// No thread.
  Thread() noexcept = default;

  /// Starts a thread that calls `function` with copies of the arguments (std::ref for references,
  /// as with std::thread). Everything before the start happens before everything in the thread.
  /// Throws std::system_error (resource_unavailable_try_again).
  template <typename Function, typename... Arguments>
  Thread(ThreadOptions options, CallSite where, Function&& function, Arguments&&... arguments) {
    using Body = std::conditional_t<
        sizeof...(Arguments) == 0, internal::ThreadFunction<std::decay_t<Function>>,
        internal::ThreadCall<std::decay_t<Function>, std::decay_t<Arguments>...>>;
    std::unique_ptr<internal::ThreadBody> body(
        new Body(std::forward<Function>(function), std::forward<Arguments>(arguments)...));
    started_ = internal::start_thread(std::move(body), options, where);
    daemon_ = options.daemon;
  }
  /// @{
  /// The same for a function without arguments, and a name in place of options, or neither.
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
  /// @}

  /// Calls `function` with copies of the arguments, as std::thread does. The reports know the place by the stack.
  template <typename Function, typename First, typename... Rest>
    requires(
        std::is_invocable_v<std::decay_t<Function>, std::decay_t<First>, std::decay_t<Rest>...> &&
        !std::is_convertible_v<Function, std::string_view> &&
        !std::is_same_v<std::decay_t<Function>, ThreadOptions> &&
        !(sizeof...(Rest) == 0 && std::is_same_v<std::decay_t<First>, CallSite> &&
          std::is_invocable_v<std::decay_t<Function>>))
  explicit Thread(Function&& function, First&& first, Rest&&... rest)
      : Thread(ThreadOptions{}, CallSite{}, std::forward<Function>(function),
               std::forward<First>(first), std::forward<Rest>(rest)...) {}

  /// Takes over the thread of `other`, which has none then.
  Thread(Thread&& other) noexcept
      : started_(std::exchange(other.started_, {})), daemon_(other.daemon_) {}
  /// The same; a thread that this one had is joined before, or detached if it is a daemon.
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

  /// How many threads can really run at once; 0: not known.
  [[nodiscard]] static unsigned hardware_concurrency() noexcept;
  /// @{
  /// Each has the thread of the other one afterwards.
  void swap(Thread& other) noexcept {
    std::swap(started_, other.started_);
    std::swap(daemon_, other.daemon_);
  }
  friend void swap(Thread& one, Thread& other) noexcept { one.swap(other); }
  /// @}

  /// The system's name of the thread (pthread_t); 0: no thread.
  [[nodiscard]] std::uintptr_t native_handle() const noexcept { return started_.native; }
  /// It has a thread that was neither joined nor detached, running or not.
  [[nodiscard]] bool joinable() const noexcept { return started_.id != 0; }
  /// As ThreadOptions said.
  [[nodiscard]] bool daemon() const noexcept { return daemon_; }
  /// "T3" in the reports: 3. 0: no thread.
  [[nodiscard]] std::uint32_t id() const noexcept { return started_.id; }
  /// It was started and has not ended. Orders nothing: join() does.
  [[nodiscard]] bool is_alive() const noexcept;
  /// The name in the reports; "" if it has none, or if there is no thread.
  [[nodiscard]] std::string name() const;
  /// From now on, also while it runs. The kernel's name stays. Nothing happens without a thread.
  void set_name(std::string_view name) noexcept;
  /// Waits for the end of the thread. Everything in it happens before the return. Throws
  /// std::system_error: invalid_argument when there is no thread; resource_deadlock_would_occur
  /// when it is the calling one, or with `on_deadlock=throw` when the wait could never end.
  void join();
  /// Lets the thread go on alone. Throws std::system_error invalid_argument when there is no thread. If it is no daemon, it has to have ended when the process does.
  void detach();

 private:
  void leave() noexcept;

  internal::StartedThread started_;
  bool daemon_ = false;
};

/// What was known of a thread at one moment.
struct ThreadSnapshot {
  std::uint32_t id = 0;   ///< 3 in "T3"; never used again
  std::string name;       ///< "" if it has none
  int os_id = 0;          ///< the kernel's (gettid); 0 as long as it has not begun to run
  bool daemon = false;    ///< see ThreadOptions
  bool is_main = false;   ///< the one that called main, or that called fork
  bool is_alive = false;  ///< true for all that enumerate_threads() returns, at its moment

  /// As the reports call it: "payer (T3)", or "T3" without a name.
  [[nodiscard]] std::string label() const;
};

/// The calling thread, however it was made.
[[nodiscard]] ThreadSnapshot current_thread();
/// All live threads that Gridlock knows, by id. Others may begin and end meanwhile. Linear in the
/// number of threads that ever were.
[[nodiscard]] std::vector<ThreadSnapshot> enumerate_threads();
/// How many they are, main included. Constant time.
[[nodiscard]] std::uint32_t active_count() noexcept;

/// What the reports call the calling thread: "T3".  0 is never returned.
std::uint32_t this_thread_id() noexcept;
/// Names the calling thread in the reports, however it was made.
void set_this_thread_name(std::string_view name) noexcept;
/// That name; "" if it has none.
[[nodiscard]] std::string this_thread_name();

}  // namespace gridlock

#endif  // GRIDLOCK_CXX20
