// SPDX-License-Identifier: Apache-2.0
//
// Conditions of one process. glibc's own cannot be watched: nobody knows which of its waiters a notification is given
// to, and each of them gets its mutex again inside glibc. So the waiters stand in a line here, as those of Condition
// do (primitives/condition.cc), each at a place on its own stack with a word to sleep at:
//   wait:    stand in line, only then release the mutex; sleep while the place's word is 0; lock the mutex
//   notify:  take the first out of the line (or all); let go of the line; make its word 1, wake it
// Whoever was notified touches the condition no more, so it may be destroyed at once. The line lies in the bytes of the
// pthread_cond_t, for which all zero is a condition without waiters, as in glibc; what glibc's pthread_cond_init has
// said of the clock, and whether processes share it, stays where it is. Those that processes share are glibc's.
#include <errno.h>
#include <linux/futex.h>
#include <time.h>

#include "harness/interpose/cancel.h"
#include "harness/interpose/libc_wait.h"
#include "harness/interpose/mark.h"
#include "harness/interpose/mutex.h"
#include "harness/interpose/named.h"
#include "harness/interpose/real.h"
#include "harness/interpose/watch.h"
#include "harness/platform/futex.h"
#include "harness/platform/syscall.h"
#include "harness/runtime/core/forked.h"
#include "harness/runtime/core/notices.h"
#include "harness/runtime/notifications.h"

namespace gridlock::internal {
namespace {

constexpr ObjectType kType = ObjectType::kCondition;
constexpr u32 kSharedFlag = 1;
constexpr u32 kMonotonicFlag = 2;

struct Place {
  Place* before;
  Place* behind;
  std::atomic<u32> handed;  // 1: a notification
  bool in_line;
};

struct ConditionParts {
  Mark mark;
  Place* first;
  Place* last;
  std::atomic<u32> line;  // raw_lock
  std::atomic<u32> notifications;
  std::atomic<u32> waiting;  // in line
  u32 flags;                 // glibc's
  u32 fork;                  // of which process the line is
  u32 unused;
};
static_assert(sizeof(ConditionParts) == sizeof(pthread_cond_t) &&
                  offsetof(ConditionParts, flags) == offsetof(pthread_cond_t, __data.__wrefs),
              "the layout of glibc");

GRIDLOCK_INLINE ConditionParts& parts_of(pthread_cond_t* condition) noexcept {
  return *reinterpret_cast<ConditionParts*>(condition);
}

// Not asked: is the calling thread watched? A condition is ours for all threads or for none.
GRIDLOCK_INLINE bool is_ours(pthread_cond_t* condition) noexcept {
  return g_watching.load(std::memory_order_relaxed) &&
         (parts_of(condition).flags & kSharedFlag) == 0;
}

// A forked process has the line of its parent, and none of the threads that stand in it.
void lock_line(ConditionParts& parts) noexcept {
  raw_lock(parts.line);
  if (GRIDLOCK_LIKELY(parts.fork == fork_generation())) return;
  parts.fork = fork_generation();
  parts.first = parts.last = nullptr;
  parts.waiting.store(0);
}

// With the line locked.
void take_out(ConditionParts& parts, Place& place) noexcept {
  (place.before != nullptr ? place.before->behind : parts.first) = place.behind;
  (place.behind != nullptr ? place.behind->before : parts.last) = place.before;
  place.in_line = false;
  parts.waiting.fetch_sub(1);
}

// How many notifications there were.
u32 stand_in_line(ConditionParts& parts, Place& place) noexcept {
  lock_line(parts);
  place.in_line = true;
  place.before = parts.last;
  (parts.last != nullptr ? parts.last->behind : parts.first) = &place;
  parts.last = &place;
  parts.waiting.fetch_add(1);
  const u32 now = parts.notifications.load();
  raw_unlock(parts.line);
  return now;
}

// False: a notification was given to it.
bool leave_line(ConditionParts& parts, Place& place) noexcept {
  if (place.handed.load() != 0) return false;
  lock_line(parts);
  const bool was_in = place.in_line;
  if (was_in) take_out(parts, place);
  raw_unlock(parts.line);
  while (!was_in && place.handed.load() == 0) futex_wait(&place.handed, 0, kNoTimeout);
  return was_in;
}

// True: somebody was there.
bool hand_out(ConditionParts& parts, u32 most, ThreadState* state, ObjectId object,
              const void* frame) noexcept {
  Place* first = nullptr;
  Place* last = nullptr;
  if (parts.waiting.load() != 0) {
    lock_line(parts);
    first = parts.first;
    for (u32 i = 0; i < most && parts.first != nullptr; ++i) {
      last = parts.first;
      take_out(parts, *last);
    }
    if (last != nullptr) last->behind = nullptr;
    raw_unlock(parts.line);
  }
  if (state != nullptr) after_notification(state, object, last != nullptr, frame);
  for (Place* place = last != nullptr ? first : nullptr; place != nullptr;) {
    Place* const next = place->behind;
    place->handed.store(1);
    wake_waiters(place->handed, 1);
    place = next;
  }
  return last != nullptr;
}

int notify(pthread_cond_t* condition, Op op, u32 most, const void* own_frame) noexcept {
  ConditionParts& parts = parts_of(condition);
  ThreadState* const state = watched_thread();
  const ObjectId object = state != nullptr ? id_of(parts.mark, condition, kType) : 0;
  if (object == 0) {
    parts.notifications.fetch_add(1);
    hand_out(parts, most, nullptr, 0, nullptr);
    return 0;
  }
  const Frame frame(state, own_frame);
  const Release release({kType, op, object, nullptr, 0}, frame.caller());
  release.signals(notification(object, parts.notifications.load()));
  parts.notifications.fetch_add(1);
  hand_out(parts, most, state, object, frame.address());
  return 0;
}

struct Limit {
  clockid_t clock = CLOCK_MONOTONIC;
  const timespec* until = nullptr;  // none
};

// libc's waits are cancellation points; the mutex is locked again before the handlers of the program run.
int sleep_at(Place& place, Limit limit) {
  const int flags = FUTEX_PRIVATE_FLAG | (limit.clock == CLOCK_REALTIME ? FUTEX_CLOCK_REALTIME : 0);
  constexpr i64 kTimedOut = -ETIMEDOUT;
  while (place.handed.load() == 0) {
    int before = 0;
    // NOLINTNEXTLINE(cert-pos47-c,concurrency-thread-canceltype-asynchronous): around one system call
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &before);
    const i64 result =
        raw_syscall(SYS_futex, as_argument(&place.handed), FUTEX_WAIT_BITSET | flags, 0,
                    as_argument(limit.until), 0, static_cast<i64>(FUTEX_BITSET_MATCH_ANY));
    pthread_setcanceltype(before, nullptr);
    if (result == kTimedOut) return ETIMEDOUT;
  }
  return 0;
}

// The same with the wait published.
int sleep_told(Place& place, Limit limit, LibcWait& wait) {
  const auto look = [&] { return place.handed.load() != 0 ? 0 : EBUSY; };
  // Never what the word is now: it may have been notified in this moment.
  if (wait.begin([] { return 0u; }, look) != EBUSY) return 0;
  const int error = limit.until != nullptr
                        ? sleep_at(place, limit)
                        : wait.sleep([&] { return sleep_at(place, limit); },
                                     [&](const timespec* slice) {
                                       return sleep_at(place, {CLOCK_MONOTONIC, slice});
                                     });
  wait.end();
  return error;
}

WaitFor what_is_waited_for(ObjectId object, Place& place) noexcept {
  const EarlyNotification early = early_notification(object);
  return {kType, Op::kWait, object, &place.handed, early.thread, early.stack};
}

// From standing in line to being out of it. 0: notified.
int wait_at(ConditionParts& parts, Place& place, Limit limit, ThreadState* state,
            const NotificationWait& told, const Frame* frame) {
  if (state == nullptr) {
    const int error = sleep_at(place, limit);
    return error != 0 && leave_line(parts, place) ? error : 0;
  }
  const u64 nanoseconds = limit.until != nullptr ? 1 : kNoTimeout;
  Request request({kType, Op::kWait, told.object, &place.handed, nanoseconds}, frame->address());
  told.asks(request);
  LibcWait wait(state, what_is_waited_for(told.object, place), limit.until != nullptr);
  int error = 0;
  GRIDLOCK_IF_CANCELLED({ wait.end(); });
  error = sleep_told(place, limit, wait);
  GRIDLOCK_END_IF_CANCELLED;
  if (error != 0 && leave_line(parts, place)) return error;
  told.received(request);
  return 0;
}

// The thread is cancelled: a notification that it was given is another's.
void give_up(ConditionParts& parts, Place& place, pthread_mutex_t* mutex) noexcept {
  if (!leave_line(parts, place)) hand_out(parts, 1, nullptr, 0, nullptr);
  ::pthread_mutex_lock(mutex);
}

void report_wait_unlocked(ThreadState* state, ObjectId object, ObjectId lock,
                          const void* caller) noexcept {
  state->ring.add(Op::kWait, object, reinterpret_cast<uptr>(caller), 0);
  report_misuse(Kind::kMisuseWaitUnlocked, state, Op::kWait, object, 0, lock);
}

// A function of its own, because of what setjmp does to the variables of a function.
GRIDLOCK_NOINLINE int wait_unless_cancelled(ConditionParts& parts, Place& place,
                                            pthread_mutex_t* mutex, Limit limit, ThreadState* state,
                                            const NotificationWait& told, const Frame& frame) {
  int error = 0;
  GRIDLOCK_IF_CANCELLED({ give_up(parts, place, mutex); });
  error = wait_at(parts, place, limit, state, told, &frame);
  GRIDLOCK_END_IF_CANCELLED;
  return error;
}

int wait(pthread_cond_t* condition, pthread_mutex_t* mutex, Limit limit, const void* own_frame) {
  constexpr long kSecond = 1'000'000'000;
  if (limit.until != nullptr && (limit.until->tv_nsec < 0 || limit.until->tv_nsec >= kSecond))
    return EINVAL;
  ConditionParts& parts = parts_of(condition);
  ThreadState* state = watched_thread();
  const Frame frame(state, own_frame);
  const ObjectId object = state != nullptr ? id_of(parts.mark, condition, kType) : 0;
  if (object == 0) state = nullptr;  // the wait is one of a thread that is not watched
  const MutexUse use = state != nullptr ? use_of(state, mutex) : MutexUse{0, true};
  if (!use.held) report_wait_unlocked(state, object, use.object, frame.caller());
  Place place{};
  const u32 number = stand_in_line(parts, place);
  const ObjectId lock = use.held ? use.object : 0;
  if (state != nullptr)
    NotificationWait::begin(state, object, number, lock, limit.until == nullptr, frame.address());
  const int unlock_error =
      use.held ? ::pthread_mutex_unlock(mutex) : real().pthread_mutex_unlock(mutex);
  if (unlock_error != 0) {
    leave_line(parts, place);
    return unlock_error;
  }
  const NotificationWait told{object, number, lock != 0, true};
  const int error = wait_unless_cancelled(parts, place, mutex, limit, state, told, frame);
  const int lock_error = lock_again(mutex, own_frame);
  return lock_error != 0 ? lock_error : error;
}

// A function of its own, because of what setjmp does to the variables of a function.
template <typename Wait>
GRIDLOCK_NOINLINE int wait_and_have_again(ThreadState* state, pthread_mutex_t* mutex,
                                          ObjectId object, const Frame& frame, Wait& wait) {
  int error = 0;
  // glibc has the mutex again before it calls this.
  GRIDLOCK_IF_CANCELLED({ have_mutex_again(state, mutex, object, frame.address()); });
  error = wait();
  GRIDLOCK_END_IF_CANCELLED;
  have_mutex_again(state, mutex, object, frame.address());
  return error;
}

// A wait for a condition that processes share: tells what glibc does to the mutex meanwhile.
template <typename Wait>
int wait_in_libc(pthread_mutex_t* mutex, const void* own_frame, Wait wait) {
  ThreadState* const state = watched_thread();
  if (state == nullptr) return wait();
  const Frame frame(state, own_frame);
  const ObjectId object = let_go_of_mutex(state, mutex, frame.caller());
  return object == 0 ? wait() : wait_and_have_again(state, mutex, object, frame, wait);
}

}  // namespace

ObjectId number_of(pthread_cond_t* condition) noexcept {
  return is_ours(condition) ? id_of(parts_of(condition).mark, condition, kType) : 0;
}

}  // namespace gridlock::internal

// NOLINTNEXTLINE(google-build-using-namespace): outside the wall
using namespace gridlock::internal;

// NOLINTBEGIN(readability-identifier-naming,readability-inconsistent-declaration-parameter-name): libc's names
extern "C" {

GRIDLOCK_EXPORT int pthread_cond_init(pthread_cond_t* condition,
                                      const pthread_condattr_t* attributes) noexcept {
  const int error = real().pthread_cond_init(condition, attributes);  // all zero but for the flags
  if (error == 0 && is_ours(condition))
    mark_new(parts_of(condition).mark, condition, kType, __builtin_frame_address(0));
  return error;
}

GRIDLOCK_EXPORT int pthread_cond_destroy(pthread_cond_t* condition) noexcept {
  if (!is_ours(condition)) return real().pthread_cond_destroy(condition);
  ConditionParts& parts = parts_of(condition);
  ThreadState* const state = watched_thread();
  const ObjectId object = marked_id(parts.mark, condition);
  const bool waited_for = parts.waiting.load() != 0 && parts.fork == fork_generation();
  if (state != nullptr && object != 0 && waited_for)
    report_misuse(Kind::kMisuseDestroyHeld, state, Op::kDestroy, object, 0);
  retire(parts.mark, condition);
  return 0;
}

GRIDLOCK_EXPORT int pthread_cond_wait(pthread_cond_t* condition, pthread_mutex_t* mutex) {
  const void* const frame = __builtin_frame_address(0);
  if (is_ours(condition)) return wait(condition, mutex, {}, frame);
  return wait_in_libc(mutex, frame, [&] { return real().pthread_cond_wait(condition, mutex); });
}

GRIDLOCK_EXPORT int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex,
                                           const timespec* until) {
  const void* const frame = __builtin_frame_address(0);
  if (is_ours(condition)) {
    const bool monotonic = (parts_of(condition).flags & kMonotonicFlag) != 0;
    return wait(condition, mutex, {monotonic ? CLOCK_MONOTONIC : CLOCK_REALTIME, until}, frame);
  }
  return wait_in_libc(mutex, frame,
                      [&] { return real().pthread_cond_timedwait(condition, mutex, until); });
}

GRIDLOCK_EXPORT int pthread_cond_clockwait(pthread_cond_t* condition, pthread_mutex_t* mutex,
                                           clockid_t clock, const timespec* until) {
  const void* const frame = __builtin_frame_address(0);
  const bool known = clock == CLOCK_MONOTONIC || clock == CLOCK_REALTIME;
  if (is_ours(condition)) return known ? wait(condition, mutex, {clock, until}, frame) : EINVAL;
  return wait_in_libc(
      mutex, frame, [&] { return real().pthread_cond_clockwait(condition, mutex, clock, until); });
}

GRIDLOCK_EXPORT int pthread_cond_signal(pthread_cond_t* condition) noexcept {
  if (!is_ours(condition)) return real().pthread_cond_signal(condition);
  return notify(condition, Op::kNotify, 1, __builtin_frame_address(0));
}

GRIDLOCK_EXPORT int pthread_cond_broadcast(pthread_cond_t* condition) noexcept {
  if (!is_ours(condition)) return real().pthread_cond_broadcast(condition);
  return notify(condition, Op::kNotifyAll, kAll, __builtin_frame_address(0));
}

}  // extern "C"
// NOLINTEND(readability-identifier-naming,readability-inconsistent-declaration-parameter-name)
