// SPDX-License-Identifier: Apache-2.0
//
// Process: a function that runs in a process of its own, as Thread is one in a thread of its own.
//
//   gridlock::Process payer{"payer", [&] { pay(accounts); }};   // works on a copy of `accounts`
//   payer.join();
//   if (payer.exit_code() != 0) ...
//
//   operation     runs                      has ended           no process (never started, joined,
//                                                               moved from)
//   join          waits; deadlock * when    returns             std::system_error invalid_argument
//                 that can never end
//   join_for      waits for so long; true   true                the same
//                 when it has ended
//   terminate     SIGTERM                   nothing             nothing
//   kill          SIGKILL                   nothing             nothing
//   is_alive      true                      false               false
//   exit_code     nothing                   nothing, until it   that of the last one joined
//                                           has been joined
//   destructor    joins; a daemon is        joins               -
//                 terminated, after a
//                 second killed, joined
//
//   * a finding, over all processes; see lock.h for what happens after it.
//
// The child is a copy of its parent at the moment of the start (fork without exec), so it needs no
// arguments handed over: everything that it can name is there, as it was. What it changes, it
// changes in its own copy, and the parent never sees it. What both shall see is a Shared (shared.h),
// an IpcLock, an IpcSemaphore or a JoinableQueue that was made before the start.
//
// The child has only one of the parent's threads, the one that started it. A lock that another
// thread held stays held forever in the copy: to wait for it is misuse-fork-held. To be safe, start
// processes before threads, or hold no locks around the start.
//
// The child ends when the function returns, with exit code 0 or, if the function returns int, with
// that. An exception that leaves it is printed on stderr, the code is 1. The child flushes stdout,
// stderr, cout and clog, and ends without the handlers of atexit and the destructors of objects that
// live longer than the function: these belong to the parent, which would see its temporary files
// deleted twice. (Python's multiprocessing ends by os._exit for the same reason.) The parent flushes
// the same streams before the start, so that nothing is printed twice. Other files that are open for
// writing should be flushed before. Threads of the child that were detached are cut off there; that
// is misuse-exit-running *, as at the end of any process. std::exit in the child runs it all.
//
// Nothing is left behind. A join reaps. A child never outlives its parent, however the parent
// ends: if that is by exit() with the Process still there, or by a kill -9, the kernel kills the
// child at once, and so on down the tree. (It watches a pipe, not PR_SET_PDEATHSIG: a process may
// outlive the *thread* that started it.) A child that closes all descriptors it does not know
// escapes that.
//
// Only the process that started it can join it. The copy of a Process that a child finds in its
// memory is none of its children: join throws no_child_process, terminate, kill and the destructor
// do nothing. A program that calls wait() or waitpid(-1) itself, or ignores SIGCHLD, takes the exit
// codes away: exit_code() then has nothing to say after the join either.
//
// In the reports the first process is P1, the others P2, P3 ... in the order of their starts, with
// their pids, parents and how they ended. Ids in a child count on where the parent was; its first
// thread is T1 again. A child that ends by a signal, or not with 0, is shown there and is no finding
// of its own. Findings of all are in one log, that of P1.
//
// ThreadSanitizer goes on in the child if the parent had one thread only. Else it is silent there:
// races of the child are not reported, Gridlock's own findings are. It also ends the child when that
// starts a thread, unless TSAN_OPTIONS has die_after_fork=0 (gridlock run sets it).
//
// One Process is used by one thread at a time. Memory ordering: everything before the start happens
// before everything in the child, whatever it may read of it; its end happens before the return of
// join, for what they share. Cost: half as much again as a fork (docs/design/processes.md).
//
// The interface is that of Python's multiprocessing.Process.
//
// Fairness: the kernel decides which process runs.
// Not for signal handlers (it flushes streams and forks), except terminate() and kill().
// Full tables: the constructor throws over max_processes, and when there is no memory for the tree
// (tree_memory); both are a finding (capacity *). A child whose own table finds no room in that
// memory runs, and its waits are in no finding.
//
// Misuse:
//   int sum = 0;
//   gridlock::Process adder{"adder", [&] { sum = add(ledger); }};
//   adder.join();                         // the child wrote its copy: `sum` is still 0 here
#pragma once

#include <gridlock/cxx20.h>

#ifdef GRIDLOCK_CXX20

#include <gridlock/identity.h>
#include <gridlock/waiting.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace gridlock {

/// How a process is made.
struct ProcessOptions {
  std::string_view name = {};  ///< copied, at most 78 bytes kept
  bool daemon = false;         ///< not waited for by the destructor: terminated
};

namespace internal {

struct StartedProcess {
  std::uint32_t id = 0;  // 0: none
  int pid = 0;
  int parent_pid = 0;  // the process that can join it
};

/// Forks. The child calls `run(context)` and ends. Throws std::system_error.
StartedProcess start_process(const ProcessOptions& options, CallSite where, int (*run)(void*),
                             void* context);

/// Calls it; the exit code is the int that it returns, else 0.
template <typename Call>
int run_call(void* call) {
  if constexpr (std::is_same_v<decltype((*static_cast<Call*>(call))()), int>) {
    return (*static_cast<Call*>(call))();
  } else {
    (*static_cast<Call*>(call))();
    return 0;
  }
}

}  // namespace internal

/// One process, or none.
class Process {
 public:
  /// No process.
  Process() noexcept = default;

  /// Starts a process that calls `function` with the arguments. They are not copied before: the
  /// child works on its copy of all memory. Throws std::system_error
  /// (resource_unavailable_try_again; also when `max_processes` were started, with a finding).
  template <typename Function, typename... Arguments>
  Process(ProcessOptions options, CallSite where, Function&& function, Arguments&&... arguments) {
    auto call = [&] {
      return std::invoke(std::forward<Function>(function), std::forward<Arguments>(arguments)...);
    };
    started_ = internal::start_process(options, where, &internal::run_call<decltype(call)>, &call);
    daemon_ = options.daemon;
  }
  /// @{
  /// The same for a function without arguments, and a name in place of options, or neither.
  template <typename Function>
  Process(ProcessOptions options, Function&& function, CallSite where = CallSite::current())
      : Process(options, where, std::forward<Function>(function)) {}
  template <typename Function>
  Process(std::string_view name, Function&& function, CallSite where = CallSite::current())
      : Process(ProcessOptions{.name = name}, where, std::forward<Function>(function)) {}
  template <typename Function>
    requires(std::is_invocable_v<std::decay_t<Function>> &&
             !std::is_same_v<std::decay_t<Function>, Process>)
  explicit Process(Function&& function, CallSite where = CallSite::current())
      : Process(ProcessOptions{}, where, std::forward<Function>(function)) {}
  /// @}

  /// Takes over the process of `other`, and its exit code; `other` has none then.
  Process(Process&& other) noexcept
      : started_(std::exchange(other.started_, {})),
        daemon_(other.daemon_),
        exit_code_(std::exchange(other.exit_code_, std::nullopt)) {}
  /// The same; a process that this one had is joined before, or ended if it is a daemon.
  Process& operator=(Process&& other) noexcept {
    if (this != &other) {
      leave();
      started_ = std::exchange(other.started_, {});
      daemon_ = other.daemon_;
      exit_code_ = std::exchange(other.exit_code_, std::nullopt);
    }
    return *this;
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  /// Joins; ends a daemon.
  ~Process() { leave(); }

  /// It has a process that was not joined, running or not.
  [[nodiscard]] bool joinable() const noexcept { return started_.id != 0; }
  /// As ProcessOptions said.
  [[nodiscard]] bool daemon() const noexcept { return daemon_; }
  /// "P3" in the reports: 3. 0: no process.
  [[nodiscard]] std::uint32_t id() const noexcept { return started_.id; }
  /// The kernel's number. 0: no process.
  [[nodiscard]] int pid() const noexcept { return started_.pid; }
  /// The name in the reports; "" if it has none, or if there is no process.
  [[nodiscard]] std::string name() const;
  /// It was started and has not ended.
  [[nodiscard]] bool is_alive() const noexcept;
  /// Once it has been joined: what it returned, of which the kernel keeps 8 bits (-1 becomes 255),
  /// or -9 after signal 9. Nothing before.
  [[nodiscard]] std::optional<int> exit_code() const noexcept { return exit_code_; }

  /// Waits for the end of the process. Throws std::system_error: invalid_argument when there is no
  /// process; no_child_process when another process started it; resource_deadlock_would_occur with
  /// `on_deadlock=throw` when the wait could never end.
  void join();
  /// Waits at most that long; true: it has ended, and is joined. Throws the first two.
  template <typename Rep, typename Period>
  bool join_for(const std::chrono::duration<Rep, Period>& duration) {
    return join_for_nanoseconds(internal::nanoseconds(duration));
  }
  /// Asks it to end (SIGTERM). It can refuse; join_for() and kill() are for that.
  void terminate() noexcept;
  /// Ends it at once (SIGKILL).
  void kill() noexcept;

 private:
  bool join_for_nanoseconds(std::uint64_t nanoseconds);
  void ended(std::optional<int> exit_code) noexcept;
  void leave() noexcept;

  internal::StartedProcess started_;
  bool daemon_ = false;
  std::optional<int> exit_code_;
};

/// What was known of a process of the tree at one moment.
struct ProcessSnapshot {
  std::uint32_t id = 0;      ///< 3 in "P3"; never used again. 0: a fork that is no Process
  std::string name;          ///< "main" for the first one; "" if it has none
  int pid = 0;               ///< the kernel's number
  int parent_pid = 0;        ///< that of the process that started it
  std::uint32_t parent = 0;  ///< its id; 0: of the first one
  bool daemon = false;       ///< see ProcessOptions
  bool is_alive = false;     ///< true for all that enumerate_processes() returns, at its moment

  /// As the reports call it: "payer (P3)", or "P3" without a name.
  [[nodiscard]] std::string label() const;
};

/// The calling process. The first one to ask is P1.
[[nodiscard]] ProcessSnapshot current_process();
/// All processes of the tree that have not ended, by id. Others may begin and end meanwhile. Linear in the number
/// of processes that ever were.
[[nodiscard]] std::vector<ProcessSnapshot> enumerate_processes();
/// Those of them that the calling process has started (Python's active_children).
[[nodiscard]] std::vector<ProcessSnapshot> child_processes();

}  // namespace gridlock

#endif  // GRIDLOCK_CXX20
