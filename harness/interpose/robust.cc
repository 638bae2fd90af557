// SPDX-License-Identifier: Apache-2.0
//
// Everything is glibc's own; around it the order is asked and a wait published. `holder` is cleared when a thread ends, before the
// kernel hands the mutex on, so a mutex of a thread that has ended is nobody's and no wait for it is claimed to be endless.
#include "harness/interpose/robust.h"

#include <errno.h>

#include "harness/interpose/address_table.h"
#include "harness/interpose/libc_wait.h"
#include "harness/interpose/once_flags.h"
#include "harness/interpose/real.h"
#include "harness/runtime/registry/publication.h"

namespace gridlock::internal {
namespace {

struct Entry {
  std::atomic<uptr> address;
  std::atomic<ObjectId> object;  // 0: not watched
  std::atomic<u32> holder;       // ThreadState::slot_word
};
constinit AddressTable<Entry, 1u << 14> g_mutexes;  // those beyond are not watched

__thread u32 tls_held __attribute__((tls_model("initial-exec"))) = 0;

Entry* entry_of(pthread_mutex_t* mutex) noexcept {
  Entry* const entry = g_mutexes.find(mutex, false);
  return entry != nullptr && entry->object.load() != 0 ? entry : nullptr;
}

// Not tried first: glibc's try leaves a mutex that cannot be recovered as if it were held.
int lock_or_wait(pthread_mutex_t* mutex, Entry& entry, const Request& request, clockid_t clock,
                 const timespec* until) noexcept {
  if (request.operation().nanoseconds == kNoWait) return real().pthread_mutex_trylock(mutex);
  if (entry.holder.load() == 0) return really_lock(mutex, kNoTimeout, clock, until);
  const Operation& what = request.operation();
  LibcWait wait(request.state(), {what.type, what.op, what.object, &entry.holder},
                until != nullptr);
  wait.begin([&] { return entry.holder.load(); },
             [&] { return entry.holder.load() == 0 ? 0 : EBUSY; });
  const int error = wait.sleep([&] { return really_lock(mutex, kNoTimeout, clock, until); },
                               [&](const timespec* slice) {
                                 return really_lock(mutex, kNoTimeout, CLOCK_MONOTONIC, slice);
                               });
  wait.end();
  return error;
}

int lock(ThreadState* state, pthread_mutex_t* mutex, Entry& entry, Op op, u64 nanoseconds,
         clockid_t clock, const timespec* until, const void* own_frame) noexcept {
  const MutexParts& parts = parts_of(mutex);
  const bool again = entry.holder.load() == state->slot_word;
  // At once, in whatever way.
  if (again && (parts.kind & kTypeMask) != PTHREAD_MUTEX_TIMED_NP &&
      (parts.kind & kTypeMask) != PTHREAD_MUTEX_ADAPTIVE_NP)
    return really_lock(mutex, nanoseconds, clock, until);
  pass_statics(state);
  const Frame frame(state, own_frame);
  const Request request({type_of(parts), op, entry.object.load(), nullptr, nanoseconds},
                        frame.address());
  if (!again) request.orders(Ask::kLock);
  const int error = lock_or_wait(mutex, entry, request, clock, until);
  if (error != 0 && error != EOWNERDEAD) return error;
  request.granted();
  entry.holder.store(state->slot_word);
  request.holds();
  ++tls_held;
  return error;
}

}  // namespace

void note_new_robust(pthread_mutex_t* mutex, const pthread_mutexattr_t* attributes,
                     const void* own_frame) noexcept {
  forget_robust(mutex);
  int shared = PTHREAD_PROCESS_SHARED;
  pthread_mutexattr_getpshared(attributes, &shared);
  ThreadState* const state = watched_thread();
  if (state == nullptr || shared != PTHREAD_PROCESS_PRIVATE) return;
  Entry* const entry = g_mutexes.find(mutex, true);
  if (entry == nullptr) return;
  const ObjectId object = add_object(type_of(parts_of(mutex)), 0, CallSite{}, false);
  made_by_callers(object, Frame(state, own_frame).address());
  if (object != 0) note_made(object, made_now());
  entry->holder.store(0);
  entry->object.store(object);
}

void forget_robust(pthread_mutex_t* mutex) noexcept {
  if (Entry* const entry = entry_of(mutex)) entry->object.store(0);
}

int lock_robust(pthread_mutex_t* mutex, Op op, u64 nanoseconds, clockid_t clock,
                const timespec* until, const void* own_frame) noexcept {
  ThreadState* const state = watched_thread();
  Entry* const entry = state != nullptr ? entry_of(mutex) : nullptr;
  if (entry == nullptr) return really_lock(mutex, nanoseconds, clock, until);
  return lock(state, mutex, *entry, op, nanoseconds, clock, until, own_frame);
}

int unlock_robust(pthread_mutex_t* mutex, const void* caller) noexcept {
  ThreadState* const state = watched_thread();
  Entry* const entry = state != nullptr ? entry_of(mutex) : nullptr;
  const MutexParts& parts = parts_of(mutex);
  const bool stays = (parts.kind & kTypeMask) == PTHREAD_MUTEX_RECURSIVE_NP && parts.count > 1;
  if (entry == nullptr || stays || entry->holder.load() != state->slot_word)
    return real().pthread_mutex_unlock(mutex);
  const Release release({type_of(parts), Op::kUnlock, entry->object.load(), nullptr, 0}, caller);
  release.drops();
  entry->holder.store(0);
  --tls_held;
  return real().pthread_mutex_unlock(mutex);
}

void leave_robust(ThreadState* state) noexcept {
  if (tls_held == 0) return;
  tls_held = 0;
  g_mutexes.each([&](Entry& entry) {
    if (entry.holder.load() != state->slot_word) return;
    if (Held* const held = find_held(state, entry.object.load())) drop_held(state, held);
    entry.holder.store(0);
  });
}

MutexUse use_of_robust(const ThreadState* state, pthread_mutex_t* mutex) noexcept {
  const Entry* const entry = entry_of(mutex);
  if (entry == nullptr) return {0, true};
  return {entry->object.load(), entry->holder.load() == state->slot_word};
}

ObjectId number_of_robust(pthread_mutex_t* mutex) noexcept {
  const Entry* const entry = entry_of(mutex);
  return entry != nullptr ? entry->object.load() : 0;
}

}  // namespace gridlock::internal
