// SPDX-License-Identifier: Apache-2.0
//
// Compiled like user code, because it owns the callable and may throw; what the observer has to
// know it is told through the hooks at the end of threads.h. Thread creation and join go through
// pthread, so ThreadSanitizer sees the order that they give.
#include <gridlock/thread.h>

#include <cxxabi.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "harness/platform/tsan.h"
#include "harness/platform/utf8.h"
#include "harness/primitives/throw.h"
#include "harness/runtime/findings/thread_facts.h"
#include "harness/runtime/thread_life.h"

// NOLINTNEXTLINE(readability-identifier-naming,bugprone-reserved-identifier): a name of the ABI
extern "C" __attribute__((visibility("hidden"))) void* __dso_handle;

namespace gridlock {
namespace internal {
namespace {

struct Start {
  std::unique_ptr<ThreadBody> body;
  void* state;
  char short_name[16];
};

// Also where pthread_exit() or a cancellation unwinds.
struct Over {
  Over() noexcept = default;
  ~Over() { thread_is_over(); }
  Over(const Over&) = delete;
  Over& operator=(const Over&) = delete;
};

void call_at_exit(void*) {
  EndCalls& calls = end_calls();
  while (calls.last != nullptr) {
    auto* const last = static_cast<AtThreadExit*>(calls.last);
    calls.last = last->next;
    last->call(last);
  }
}

// Registered before any thread_local object of the program, so it comes behind their destructors, which
// may use locks, and before those of pthread keys. exit() calls it, too, in a thread that goes on and is
// not over.
void at_end(void*) {
  call_at_exit(nullptr);
  thread_ends();
}

void* run(void* argument) {
  abi::__cxa_thread_atexit(&at_end, nullptr, static_cast<void*>(&__dso_handle));
  end_calls().promised = true;
  const Over over;
  std::unique_ptr<Start> start(static_cast<Start*>(argument));
  thread_begins(start->state);
  if (start->short_name[0] != 0) pthread_setname_np(pthread_self(), &start->short_name[0]);
  start->body->run();
  start.reset();  // before the thread counts as ended: destructors may use locks
  return nullptr;
}

}  // namespace

void at_thread_exit(AtThreadExit* node) {
  EndCalls& calls = end_calls();
  if (!calls.promised)
    abi::__cxa_thread_atexit(&call_at_exit, nullptr, static_cast<void*>(&__dso_handle));
  calls.promised = true;
  node->next = static_cast<AtThreadExit*>(calls.last);
  calls.last = node;
}

StartedThread start_thread(std::unique_ptr<ThreadBody> body, const ThreadOptions& options,
                           CallSite where) {
  auto start = std::make_unique<Start>();
  start->body = std::move(body);
  std::memset(&start->short_name[0], 0, sizeof start->short_name);
  // The kernel's name is short; a character is not cut in the middle.
  const std::size_t kept = options.name.copy(&start->short_name[0], sizeof start->short_name - 1);
  if (kept < options.name.size())
    start->short_name[without_cut_character(&start->short_name[0], kept)] = 0;
  std::uint32_t number = 0;
  start->state = thread_will_begin(options.name, options.daemon, where, &number);
  pthread_t native{};
  const int error =
      start->state == nullptr ? EAGAIN : pthread_create(&native, nullptr, &run, start.get());
  if (error != 0) {
    thread_did_not_begin(start->state);
    throw_error(error, "gridlock::Thread");
  }
  start.release();  // NOLINT(bugprone-unused-return-value): run() owns it now
  thread_runs(number);
  return {number, native};
}

namespace {

// The sanitizers see pthread_timedjoin_np, which takes the time of day; whoever sets that back makes a
// slice as much longer. Nobody sets the other clock.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define GRIDLOCK_JOIN_BY_TIME_OF_DAY 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define GRIDLOCK_JOIN_BY_TIME_OF_DAY 1
#endif
#endif

int join_until(pthread_t native, clockid_t clock, const timespec& until) {
#ifdef GRIDLOCK_JOIN_BY_TIME_OF_DAY
  static_cast<void>(clock);
  return pthread_timedjoin_np(native, nullptr, &until);
#else
  return pthread_clockjoin_np(native, nullptr, clock, &until);
#endif
}

// False: it is the victim of a hang.
bool join_in_slices(pthread_t native, std::uint64_t slice) {
#ifdef GRIDLOCK_JOIN_BY_TIME_OF_DAY
  constexpr clockid_t kClock = CLOCK_REALTIME;
#else
  constexpr clockid_t kClock = CLOCK_MONOTONIC;
#endif
  constexpr std::uint64_t kSecond = 1'000'000'000;
  const std::uint64_t since = join_begins();
  for (;;) {
    timespec until{};
    clock_gettime(kClock, &until);
    const std::uint64_t end = static_cast<std::uint64_t>(until.tv_nsec) + slice;
    until.tv_sec += static_cast<time_t>(end / kSecond);
    until.tv_nsec = static_cast<long>(end % kSecond);
    if (join_until(native, kClock, until) != ETIMEDOUT) return true;
    if (!join_can_end(since)) return false;
  }
}

}  // namespace

void join_thread(StartedThread thread) {
  if (!thread_will_join(thread.id)) throw_deadlock("gridlock::Thread::join");
  const std::uint64_t slice = join_slice();
  if (slice == 0) {
    pthread_join(thread.native, nullptr);
  } else if (!join_in_slices(thread.native, slice)) {
    throw_deadlock("gridlock::Thread::join");
  }
  thread_joined(thread.id);
}

// The handler is registered with the first one, and not before main: it then comes before the
// destructors of the static objects that exist by now, which the thread may be using.
void detach_thread(StartedThread thread) noexcept {
  if (thread_detached(thread.id)) std::atexit(&report_detached_threads);
  pthread_detach(thread.native);
}

}  // namespace internal

// sched_getaffinity() would say how many of them this process may use; std::thread does not ask it either.
unsigned Thread::hardware_concurrency() noexcept { return std::thread::hardware_concurrency(); }

void Thread::join() {
  internal::tsan_touched_by_user(this);
  if (!joinable()) internal::throw_error(EINVAL, "gridlock::Thread::join");
  if (started_.id == this_thread_id()) internal::throw_deadlock("gridlock::Thread::join");
  internal::join_thread(started_);
  started_ = {};
}

void Thread::detach() {
  internal::tsan_touched_by_user(this);
  if (!joinable()) internal::throw_error(EINVAL, "gridlock::Thread::detach");
  internal::detach_thread(std::exchange(started_, {}));
}

// From the destructor above all. What the thread itself does with this object while it is waited for is
// in order.
void Thread::leave() noexcept {
  if (joinable() && daemon_) {
    internal::detach_thread(std::exchange(started_, {}));
  } else if (joinable()) {
    internal::join_thread(std::exchange(started_, {}));
  }
  internal::tsan_ended_by_user(this);
}

}  // namespace gridlock
