// SPDX-License-Identifier: Apache-2.0
//
// Everything is glibc's own; around it the order is asked and a wait published. In the list field, which glibc leaves alone,
// lies what all processes of the run have in common: the number of the mutex with the stamp of the run, and the holder as
// process and slot, set behind each acquisition and cleared before each release. A mark of another run stays: such a mutex
// is not watched.
#include "harness/interpose/shared_mutex.h"

#include <errno.h>

#include "harness/interpose/address_table.h"
#include "harness/interpose/libc_wait.h"
#include "harness/interpose/once_flags.h"
#include "harness/interpose/real.h"
#include "harness/interpose/watch.h"
#include "harness/runtime/process_tree/followed.h"
#include "harness/runtime/process_tree/tables.h"
#include "harness/runtime/registry/publication.h"

namespace gridlock::internal {
namespace {

constexpr ObjectType kType = ObjectType::kProcessLock;

// What this process calls it, by its number.
struct Entry {
  std::atomic<uptr> address;
  std::atomic<ObjectId> object;
};
constinit AddressTable<Entry, 1u << 14> g_objects;  // those beyond are not watched

__thread u32 tls_held __attribute__((tls_model("initial-exec"))) = 0;

ObjectId object_of_number(u32 number) noexcept {
  Entry* const entry = g_objects.find(reinterpret_cast<const void*>(uptr{number}), true);
  if (entry == nullptr) return 0;
  ObjectId seen = entry->object.load();
  if (seen != 0) return seen;
  const ObjectId fresh = add_object(kType, number, CallSite{}, false);
  return entry->object.compare_exchange_strong(seen, fresh) ? fresh : seen;
}

// 0: it is not watched.
ObjectId object_of(MutexParts& mutex) noexcept {
  if (!join_followed()) return 0;
  const u64 stamp = u64{followed_stamp()} << 32;
  u64 seen = mutex.mark.id_and_check.load();
  if (seen == 0) {
    const u64 fresh = stamp | next_shared_number(type_letter(kType));
    if (mutex.mark.id_and_check.compare_exchange_strong(seen, fresh)) seen = fresh;
  }
  return seen >> 32 == stamp >> 32 ? object_of_number(static_cast<u32>(seen)) : 0;
}

bool is_held_by(const MutexParts& mutex, const ThreadState* state) noexcept {
  return followed_process() != 0 && mutex.holder.load() == followed_token(state);
}

void note_locked(MutexParts& mutex, const Request& request) noexcept {
  request.granted();
  mutex.holder.store(followed_token(request.state()));
  request.holds();
  ++tls_held;
}

void note_unlocking(MutexParts& mutex, const Release& release) noexcept {
  release.drops();
  mutex.holder.store(0);
  if (tls_held != 0) --tls_held;
}

GRIDLOCK_NOINLINE int wait_for(pthread_mutex_t* mutex, const Request& request, clockid_t clock,
                               const timespec* until) noexcept {
  MutexParts& parts = parts_of(mutex);
  const Operation& what = request.operation();
  LibcWait wait(request.state(), {what.type, what.op, what.object, &parts.holder},
                until != nullptr);
  const int meanwhile = wait.begin([&] { return parts.holder.load(); },
                                   [&] { return real().pthread_mutex_trylock(mutex); });
  if (meanwhile != EBUSY) return meanwhile;
  const auto& owner = reinterpret_cast<const std::atomic<int>&>(parts.owner);
  const int error =
      until != nullptr
          ? real().pthread_mutex_clocklock(mutex, clock, until)
          : wait.sleep_and_look(
                [&] { return real().pthread_mutex_lock(mutex); },
                [&](const timespec* slice) {
                  return real().pthread_mutex_clocklock(mutex, CLOCK_MONOTONIC, slice);
                },
                [&] {
                  return look_at_followed(request.state(), {parts.holder, owner, &parts.lock});
                });
  wait.end();
  return error;
}

GRIDLOCK_NOINLINE int lock(ThreadState* state, pthread_mutex_t* mutex, ObjectId object, Op op,
                           u64 nanoseconds, clockid_t clock, const timespec* until,
                           const void* own_frame) noexcept {
  MutexParts& parts = parts_of(mutex);
  const int type = parts.kind & kTypeMask;
  // At once, in whatever way.
  if (is_held_by(parts, state) &&
      (type == PTHREAD_MUTEX_RECURSIVE_NP || type == PTHREAD_MUTEX_ERRORCHECK_NP))
    return really_lock(mutex, nanoseconds, clock, until);
  pass_statics(state);
  const Frame frame(state, own_frame);
  const Request request({kType, op, object, nullptr, nanoseconds}, frame.address());
  request.orders(Ask::kLock);
  int error = real().pthread_mutex_trylock(mutex);
  if (error == EBUSY && nanoseconds != kNoWait) error = wait_for(mutex, request, clock, until);
  if (error == 0) note_locked(parts, request);
  return error;
}

}  // namespace

void note_new_shared(pthread_mutex_t* mutex, const void* own_frame) noexcept {
  ThreadState* const state = watched_thread();
  const ObjectId object = state != nullptr ? object_of(parts_of(mutex)) : 0;
  if (object == 0) return;
  made_by_callers(object, Frame(state, own_frame).address());
  note_made(object, made_now());
}

int lock_shared(pthread_mutex_t* mutex, Op op, u64 nanoseconds, clockid_t clock,
                const timespec* until, const void* own_frame) noexcept {
  ThreadState* const state = watched_thread();
  const ObjectId object = state != nullptr ? object_of(parts_of(mutex)) : 0;
  if (object == 0) return really_lock(mutex, nanoseconds, clock, until);
  return lock(state, mutex, object, op, nanoseconds, clock, until, own_frame);
}

int unlock_shared(pthread_mutex_t* mutex, const void* caller) noexcept {
  ThreadState* const state = watched_thread();
  MutexParts& parts = parts_of(mutex);
  const bool stays = (parts.kind & kTypeMask) == PTHREAD_MUTEX_RECURSIVE_NP && parts.count > 1;
  const bool is_mine = state != nullptr && is_held_by(parts, state);
  const ObjectId object = is_mine && !stays ? object_of(parts) : 0;
  if (object == 0) return real().pthread_mutex_unlock(mutex);
  note_unlocking(parts, Release({kType, Op::kUnlock, object, nullptr, 0}, caller));
  return real().pthread_mutex_unlock(mutex);
}

ObjectId let_go_of_shared(ThreadState* state, pthread_mutex_t* mutex, const void* caller) noexcept {
  MutexParts& parts = parts_of(mutex);
  const ObjectId object = is_held_by(parts, state) ? object_of(parts) : 0;
  if (object != 0) note_unlocking(parts, Release({kType, Op::kUnlock, object, nullptr, 0}, caller));
  return object;
}

void have_shared_again(ThreadState* /*state*/, pthread_mutex_t* mutex, ObjectId object,
                       const void* own_frame) noexcept {
  const Request request({kType, Op::kLock, object, nullptr, kNoTimeout}, own_frame);
  request.orders(Ask::kLock);
  note_locked(parts_of(mutex), request);
}

void leave_shared(ThreadState* state) noexcept {
  if (tls_held == 0) return;
  tls_held = 0;
  g_objects.each([&](Entry& entry) {
    if (Held* const held = find_held(state, entry.object.load())) drop_held(state, held);
  });
}

ObjectId number_of_shared(pthread_mutex_t* mutex) noexcept { return object_of(parts_of(mutex)); }

}  // namespace gridlock::internal
