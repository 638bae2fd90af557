// SPDX-License-Identifier: Apache-2.0
//
// Threads, from before they run until they have been joined. A thread's end is told by the destructor of our
// pthread key, in the last of the rounds that libc makes (host.cc), however the thread ends: return, pthread_exit,
// cancellation.
#include "harness/interpose/threads.h"

#include <errno.h>

#include "harness/interpose/cancel.h"
#include "harness/interpose/real.h"
#include "harness/interpose/watch.h"
#include "harness/platform/futex.h"
#include "harness/platform/mutex_ranks.h"
#include "harness/platform/pages.h"
#include "harness/runtime/thread_life.h"
#include "harness/runtime/waits/hang.h"

namespace gridlock::internal {
namespace {

struct Start {
  void* function;
  void* argument;
  uptr stack_size;
};
Table<Start> g_starts;  // by slot

constinit RawMutex& g_mutex = mutex_of(MutexRank::kThreadNames);
constinit KeyMap g_numbers;
constinit KeyMap g_cancelled;  // by number: 1 until it has ended
std::atomic<u32> g_pending{0};

uptr stack_size_of(const pthread_attr_t* attributes) noexcept {
  size_t size = 0;
  if (attributes != nullptr && pthread_attr_getstacksize(attributes, &size) == 0 && size != 0)
    return size;
  return usual_stack_size();
}

bool is_detached(const pthread_attr_t* attributes) noexcept {
  int state = PTHREAD_CREATE_JOINABLE;
  return attributes != nullptr && pthread_attr_getdetachstate(attributes, &state) == 0 &&
         state == PTHREAD_CREATE_DETACHED;
}

// What is known of it may go when it has ended.
void note_detached(u32 number) noexcept {
  if (number != 0 && has_record(number)) thread_record(number).joinable = false;
}

bool keep_start(const ThreadState* state, const Start& start) noexcept {
  const RawGuard guard(g_mutex);
  if (!g_starts.reach(state->slot_word)) return false;
  g_starts[state->slot_word - 1] = start;
  return true;
}

// By the new thread: what it was started for.
Start begin(void* argument) noexcept {
  auto* const state = static_cast<ThreadState*>(argument);
  const Start start = g_starts[state->slot_word - 1];
  tls_stack_size = start.stack_size;
  note_thread(pthread_self(), state->number);
  thread_begins(state);
  return start;
}

void* run(void* argument) {
  const Start start = begin(argument);
  return reinterpret_cast<void* (*)(void*)>(start.function)(start.argument);
}

int run_c11(void* argument) {
  const Start start = begin(argument);
  return reinterpret_cast<thrd_start_t>(start.function)(start.argument);
}

// The state of a thread that is about to be started, nullptr: it will not be known.
ThreadState* prepare() noexcept {
  ThreadState* const parent = watched_thread();
  return parent != nullptr ? prepare_thread(parent, {}, CallSite{}, false) : nullptr;
}

// start(state): libc's way to do it. Where there is no memory to say what it is to do there is none for a thread.
template <typename StartIt>
int create(ThreadState* state, pthread_t* native, const Start& what, StartIt start) noexcept {
  const u32 number = state->number;
  const int error = keep_start(state, what) ? start() : EAGAIN;
  if (error != 0) {
    thread_did_not_begin(state);
    return error;
  }
  note_thread(*native, number);
  thread_runs(number);
  return 0;
}

// libc refuses such a join at once.
bool is_refused(const ThreadState* self, u32 number) noexcept {
  if (number == self->number) return true;
  if (!has_record(number) || thread_record(number).ended.load() != 0) return false;
  const Wait& wait = thread_in_slot(thread_record(number).slot)->wait;
  return (wait.sequence.load() & 1) != 0 && wait.type == ObjectType::kThread &&
         wait.target == self->number;
}

int join_in_slices(pthread_t native, void** result, bool& published) noexcept {
  constexpr u64 kSecond = 1'000'000'000;
  const u64 since = join_begins();
  for (;;) {
    const u64 end = now_ns() + join_slice();
    const timespec until{static_cast<time_t>(end / kSecond), static_cast<long>(end % kSecond)};
    const int error = real().pthread_clockjoin_np(native, result, CLOCK_MONOTONIC, &until);
    if (error != ETIMEDOUT) return error;
    if (join_can_end(since)) continue;
    published = false;
    return real().pthread_join(native, result);
  }
}

int join(ThreadState* state, u32 number, pthread_t native, void** result) noexcept {
  const Frame frame(state, __builtin_frame_address(0));
  bool published = thread_will_join(number) && has_record(number);
  int error = 0;
  GRIDLOCK_IF_CANCELLED({
    if (published) end_wait(state);
  });
  error = published && join_slice() != 0 ? join_in_slices(native, result, published)
                                         : real().pthread_join(native, result);
  GRIDLOCK_END_IF_CANCELLED;
  if (error == 0 && published) {
    thread_joined(number);
  } else {
    if (published) end_wait(state);
    if (error == 0 && has_record(number)) joined_thread(state, number);
  }
  return error;
}

void note_cancelled(u32 number) noexcept {
  const RawGuard guard(g_mutex);
  if (g_cancelled.find(number) == nullptr && g_cancelled.insert(number, 1)) g_pending.fetch_add(1);
}

void note_joined(u32 number) noexcept {
  ThreadState* const state = watched_thread();
  if (state != nullptr && number != 0 && has_record(number)) joined_thread(state, number);
}

}  // namespace

bool init_thread_names() noexcept {
  return g_starts.reserve(kMaxThreadSlots) && g_numbers.prepare();
}

bool cancellation_is_pending() noexcept { return g_pending.load() != 0; }

void note_end_of_thread(u32 number) noexcept {
  if (g_pending.load() == 0) return;
  const RawGuard guard(g_mutex);
  u32* const pending = g_cancelled.find(number);
  if (pending == nullptr || *pending == 0) return;
  *pending = 0;
  g_pending.fetch_sub(1);
}

void note_thread(pthread_t native, u32 number) noexcept {
  const RawGuard guard(g_mutex);
  u32* const known = g_numbers.find(native);
  if (known == nullptr) {
    g_numbers.insert(native, number);
  } else if (*known < number) {
    *known = number;
  }
}

u32 number_of(pthread_t native) noexcept {
  const RawGuard guard(g_mutex);
  const u32* const known = native != 0 ? g_numbers.find(native) : nullptr;
  return known != nullptr ? *known : 0;
}

}  // namespace gridlock::internal

// NOLINTNEXTLINE(google-build-using-namespace): outside the wall
using namespace gridlock::internal;

// NOLINTBEGIN(readability-identifier-naming,readability-inconsistent-declaration-parameter-name): libc's names
extern "C" {

GRIDLOCK_EXPORT int pthread_create(pthread_t* native, const pthread_attr_t* attributes,
                                   void* (*function)(void*), void* argument) noexcept {
  ThreadState* const state = prepare();
  if (state == nullptr) return real().pthread_create(native, attributes, function, argument);
  const u32 number = state->number;
  const int error = create(state, native,
                           {reinterpret_cast<void*>(function), argument, stack_size_of(attributes)},
                           [&] { return real().pthread_create(native, attributes, &run, state); });
  if (error == 0 && is_detached(attributes)) note_detached(number);
  return error;
}

GRIDLOCK_EXPORT int thrd_create(thrd_t* native, thrd_start_t function, void* argument) {
  ThreadState* const state = prepare();
  if (state == nullptr) return real().thrd_create(native, function, argument);
  return create(state, native, {reinterpret_cast<void*>(function), argument, usual_stack_size()},
                [&] { return real().thrd_create(native, &run_c11, state); });
}

GRIDLOCK_EXPORT int pthread_join(pthread_t native, void** result) {
  ThreadState* const state = watched_thread();
  const u32 number = state != nullptr ? number_of(native) : 0;
  if (number == 0 || is_refused(state, number)) return real().pthread_join(native, result);
  return join(state, number, native, result);
}

GRIDLOCK_EXPORT int pthread_detach(pthread_t native) noexcept {
  const u32 number = watched_thread() != nullptr ? number_of(native) : 0;
  const int error = real().pthread_detach(native);
  if (error == 0) note_detached(number);
  return error;
}

GRIDLOCK_EXPORT int pthread_tryjoin_np(pthread_t native, void** result) noexcept {
  const u32 number = number_of(native);
  const int error = real().pthread_tryjoin_np(native, result);
  if (error == 0) note_joined(number);
  return error;
}

GRIDLOCK_EXPORT int pthread_timedjoin_np(pthread_t native, void** result, const timespec* until) {
  const u32 number = number_of(native);
  const int error = real().pthread_timedjoin_np(native, result, until);
  if (error == 0) note_joined(number);
  return error;
}

GRIDLOCK_EXPORT int pthread_clockjoin_np(pthread_t native, void** result, clockid_t clock,
                                         const timespec* until) {
  const u32 number = number_of(native);
  const int error = real().pthread_clockjoin_np(native, result, clock, until);
  if (error == 0) note_joined(number);
  return error;
}

GRIDLOCK_EXPORT int pthread_cancel(pthread_t native) {
  const u32 number = watched_thread() != nullptr ? number_of(native) : 0;
  if (number != 0) note_cancelled(number);
  return real().pthread_cancel(native);
}

GRIDLOCK_EXPORT int pthread_setname_np(pthread_t native, const char* name) noexcept {
  const int error = real().pthread_setname_np(native, name);
  const u32 number = error == 0 && watched_thread() != nullptr ? number_of(native) : 0;
  if (number != 0 && has_record(number))
    name_object(thread_record(number).object, {name, length_of(name)});
  return error;
}

}  // extern "C"
// NOLINTEND(readability-identifier-naming,readability-inconsistent-declaration-parameter-name)
