// SPDX-License-Identifier: Apache-2.0
//
// One scenario for each row of docs/misbehaving.md: how it ends, and what it does to its threads, its
// processes and its memory. What it does to its log and its surroundings is in
// misbehaving_surroundings.cc. The page says what each must come to.
#include "tests/cli/misbehaving.h"

#include <gridlock/gridlock.h>
#include <gridlock/scenario.h>

#include <pthread.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csetjmp>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <mutex>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace misbehaving {

void order_locks_both_ways() {
  gridlock::Lock first("first");
  gridlock::Lock second("second");
  gridlock::Turns turns;  // orders the two in time and hides nothing
  gridlock::Thread forwards("forwards", [&] {
    turns.wait_for(0);
    const std::scoped_lock outer(first);
    const std::scoped_lock inner(second);
    turns.done();
  });
  gridlock::Thread backwards("backwards", [&] {
    turns.wait_for(1);
    const std::scoped_lock outer(second);
    const std::scoped_lock inner(first);
  });
  forwards.join();
  backwards.join();
}

void deadlock_for_sure() {
  gridlock::Lock lock("asked for twice");
  lock.lock();
  lock.lock();
}

void use_a_lock() {
  gridlock::Lock lock("used");
  const std::scoped_lock guard(lock);
}

[[noreturn]] void wait_for_ever() {
  for (;;) pause();
}

void say(const char* text) {
  if (write(STDOUT_FILENO, text, std::char_traits<char>::length(text)) < 0) std::abort();
}

namespace {

// What the kernel does with a process that runs out of stack.
[[gnu::noinline]] int without_end(volatile int* above) {
  volatile int here[1024];
  here[0] = *above + 1;
  return here[0] == 0 ? 0 : without_end(here) + here[0];
}

struct RaisesWhenDestroyed {
  bool armed = false;
  ~RaisesWhenDestroyed() {
    if (armed) std::raise(SIGSEGV);
  }
};
RaisesWhenDestroyed g_raises;

}  // namespace

// How it ends.

GRIDLOCK_SCENARIO(leaves, {.name = "end/_exit", .summary = "_exit(0)"}) {
  use_a_lock();
  _exit(0);
}
GRIDLOCK_SCENARIO(quick, {.name = "end/quick_exit", .summary = "std::quick_exit(0)"}) {
  use_a_lock();
  std::quick_exit(0);
}
GRIDLOCK_SCENARIO(code, {.name = "end/exit-3", .summary = "std::exit(3)"}) { std::exit(3); }
GRIDLOCK_SCENARIO(holds, {.name = "end/exit-holding", .summary = "std::exit(0) under a lock"}) {
  static gridlock::Lock lock("held at the end");
  lock.lock();
  std::exit(0);
}
GRIDLOCK_SCENARIO(aborts, {.name = "end/abort", .summary = "std::abort"}) { std::abort(); }
GRIDLOCK_SCENARIO(segv, {.name = "end/sigsegv", .summary = "Writes through a null pointer"}) {
  volatile int* volatile nowhere = nullptr;
  *nowhere = 1;
}
GRIDLOCK_SCENARIO(overflows, {.name = "end/stack-overflow", .summary = "Recursion without end"}) {
  volatile int start = 0;
  without_end(&start);
}
GRIDLOCK_SCENARIO(kills, {.name = "end/sigkill", .summary = "kill -9 of itself"}) {
  kill(getpid(), SIGKILL);
}
GRIDLOCK_SCENARIO(group, {.name = "end/kill-group", .summary = "kill -9 of its whole group"}) {
  kill(0, SIGKILL);
}
GRIDLOCK_SCENARIO(alarms, {.name = "end/sigalrm", .summary = "alarm, and no handler"}) {
  std::raise(SIGALRM);
}
GRIDLOCK_SCENARIO(throws, {.name = "end/throws", .summary = "Lets an exception out"}) {
  throw std::runtime_error("nobody catches me");
}
GRIDLOCK_SCENARIO(thread_throws,
                  {.name = "end/thread-throws", .summary = "A thread lets an exception out"}) {
  std::thread([] { throw std::runtime_error("nobody catches me"); }).join();
}
GRIDLOCK_SCENARIO(destructor, {.name = "end/static-destructor",
                               .summary = "Raises SIGSEGV in a static destructor"}) {
  g_raises.armed = true;
}
GRIDLOCK_SCENARIO(in_handler, {.name = "end/exit-in-handler",
                               .summary = "std::exit(0) in a signal handler, under a lock"}) {
  std::signal(SIGUSR1, [](int) { std::exit(0); });
  gridlock::Lock lock("held by the interrupted");
  const std::scoped_lock guard(lock);
  std::raise(SIGUSR1);
}
GRIDLOCK_SCENARIO(executes, {.name = "end/exec", .summary = "exec of a program that is not ours"}) {
  use_a_lock();
  execl("/bin/true", "true", static_cast<char*>(nullptr));
}
GRIDLOCK_SCENARIO(daemonises, {.name = "end/daemon", .summary = "daemon(3)"}) {
  use_a_lock();
  if (daemon(1, 1) != 0) std::abort();
}
GRIDLOCK_SCENARIO(memory, {.name = "end/out-of-memory", .summary = "No address space is left"}) {
  // ThreadSanitizer's own memory is far above any limit.
  const rlimit none{.rlim_cur = 0, .rlim_max = RLIM_INFINITY};
  setrlimit(RLIMIT_AS, &none);
  std::vector<std::unique_ptr<char[]>> all;
  for (;;) all.push_back(std::make_unique<char[]>(1U << 20U));
}

// Its threads.

GRIDLOCK_SCENARIO(detached,
                  {.name = "thread/left-running", .summary = "A thread that outlives main"}) {
  std::thread([] {
    static gridlock::Lock lock("of the thread that stays");
    for (;;) {
      const std::scoped_lock guard(lock);
      std::this_thread::yield();
    }
  }).detach();
}
GRIDLOCK_SCENARIO(main_leaves, {.name = "thread/pthread_exit-in-main",
                                .summary = "main ends by pthread_exit, another thread by exit"}) {
  static const pthread_t main_thread = pthread_self();
  std::thread([] {
    pthread_join(main_thread, nullptr);
    use_a_lock();
    std::exit(0);
  }).detach();
  pthread_exit(nullptr);
}
GRIDLOCK_SCENARIO(cancelled,
                  {.name = "thread/cancelled",
                   .summary = "A thread is cancelled where it holds a lock by a guard"}) {
  static gridlock::Lock lock("of the cancelled");
  static gridlock::Event inside("inside");
  std::thread thread([] {
    const std::scoped_lock guard(lock);
    inside.set();
    for (;;) sleep(1000);
  });
  inside.wait();
  pthread_cancel(thread.native_handle());
  thread.join();
  const std::scoped_lock guard(lock);  // the unwinding has released it
}
GRIDLOCK_SCENARIO(jumps, {.name = "thread/longjmp",
                          .summary = "longjmp out of a critical section, and in again",
                          .expect = gridlock::finds(gridlock::FindingKind::kSelfDeadlock)}) {
  static std::jmp_buf back;
  static gridlock::Lock lock("jumped over");
  if (setjmp(back) == 0) {  // NOLINT(cert-err52-cpp): that is the point
    lock.lock();
    std::longjmp(back, 1);  // NOLINT(cert-err52-cpp)
  }
  lock.lock();
}
GRIDLOCK_SCENARIO(deaf,
                  {.name = "thread/deaf", .summary = "Ignores each signal and waits forever"}) {
  for (int signal = 1; signal < NSIG; ++signal) std::signal(signal, SIG_IGN);
  wait_for_ever();
}
GRIDLOCK_SCENARIO(blocks, {.name = "thread/blocks-signals",
                           .summary = "Blocks each signal and waits forever"}) {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
  wait_for_ever();
}
GRIDLOCK_SCENARIO(stops, {.name = "thread/stops", .summary = "Stops itself (SIGSTOP)"}) {
  std::raise(SIGSTOP);
}
GRIDLOCK_SCENARIO(spins, {.name = "thread/spins", .summary = "Runs forever"}) {
  for (volatile int i = 0;; i = i + 1) {
  }
}
GRIDLOCK_SCENARIO(sleeps, {.name = "thread/sleeps", .summary = "Sleeps forever"}) {
  wait_for_ever();
}

// Its processes.

GRIDLOCK_SCENARIO(forks, {.name = "process/fork",
                          .summary = "fork without exec, and the child orders locks both ways",
                          .expect = gridlock::finds(gridlock::FindingKind::kLockOrderCycle)}) {
  use_a_lock();
  const pid_t child = fork();
  if (child == 0) {
    order_locks_both_ways();
    std::exit(0);
  }
  waitpid(child, nullptr, 0);
}
GRIDLOCK_SCENARIO(child_crashes,
                  {.name = "process/child-crashes",
                   .summary = "A forked child dies by SIGSEGV, the parent goes on"}) {
  use_a_lock();
  const pid_t child = fork();
  if (child == 0) std::raise(SIGSEGV);
  waitpid(child, nullptr, 0);
}
GRIDLOCK_SCENARIO(stays,
                  {.name = "process/stays", .summary = "Leaves a child that holds the output"}) {
  if (fork() == 0) wait_for_ever();
}
GRIDLOCK_SCENARIO(grandchild, {.name = "process/daemon-stays",
                               .summary = "Leaves a grandchild in a session of its own"}) {
  if (fork() == 0) {
    setsid();
    if (fork() == 0) wait_for_ever();
    _exit(0);
  }
  wait(nullptr);
}
GRIDLOCK_SCENARIO(many, {.name = "process/two-hundred", .summary = "Leaves two hundred children"}) {
  for (int i = 0; i < 200; ++i) {
    if (fork() == 0) wait_for_ever();
  }
}
GRIDLOCK_SCENARIO(parricide, {.name = "process/kills-runner",
                              .summary = "Kills the process that started it"}) {
  kill(getppid(), SIGKILL);
  wait_for_ever();
}
GRIDLOCK_SCENARIO(session, {.name = "process/own-session",
                            .summary = "Forgets its parent, and never ends"}) {
  prctl(PR_SET_PDEATHSIG, 0);
  if (setsid() < 0) setpgid(0, getppid());
  wait_for_ever();
}
GRIDLOCK_SCENARIO(vforks, {.name = "process/vfork", .summary = "vfork, and _exit in the child"}) {
  use_a_lock();
  const pid_t child = vfork();  // NOLINT: the point
  if (child == 0) _exit(0);
  waitpid(child, nullptr, 0);
}
GRIDLOCK_SCENARIO(traced, {.name = "process/traced",
                           .summary = "Is traced by its runner, which does not know it",
                           .expect = gridlock::finds(gridlock::FindingKind::kLockOrderCycle)}) {
  if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) std::abort();
  order_locks_both_ways();
}
GRIDLOCK_SCENARIO(none_to_spare,
                  {.name = "process/none-to-spare",
                   .summary = "May have no other process, and waits for itself",
                   .expect = gridlock::finds(gridlock::FindingKind::kSelfDeadlock)}) {
  const rlimit none{.rlim_cur = 0, .rlim_max = 0};
  setrlimit(RLIMIT_NPROC, &none);
  deadlock_for_sure();
}

}  // namespace misbehaving
