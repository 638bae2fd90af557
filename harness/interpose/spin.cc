// SPDX-License-Identifier: Apache-2.0
//
// Spin locks: four bytes, all of them libc's, so who they are lies in a table by address. pthread_spin_init has to be
// called for each, and makes a new lock of what was there before.
#include <errno.h>
#include <pthread.h>

#include "harness/interpose/spin.h"

#include "harness/interpose/address_table.h"
#include "harness/interpose/libc_wait.h"
#include "harness/interpose/named.h"
#include "harness/interpose/once_flags.h"
#include "harness/interpose/real.h"
#include "harness/interpose/taken_away.h"
#include "harness/interpose/watch.h"
#include "harness/runtime/core/notices.h"
#include "harness/runtime/registry/publication.h"

namespace gridlock::internal {
namespace {

constexpr ObjectType kType = ObjectType::kLock;

struct Entry {
  std::atomic<uptr> address;
  std::atomic<ObjectId> object;  // 0: not watched
  std::atomic<u32> holder;       // ThreadState::slot_word
};
constinit AddressTable<Entry, 1u << 16> g_locks;  // those beyond are not watched

// `adds`: an address that is not there is put in, if there is room.
Entry* find_entry(pthread_spinlock_t* lock, bool adds) noexcept {
  return g_locks.find(const_cast<int*>(lock), adds);
}

void note_new(pthread_spinlock_t* lock, bool shared, const void* own_frame) noexcept {
  ThreadState* const state = watched_thread();
  if (state == nullptr) return;
  Entry* const entry = find_entry(lock, !shared);
  if (entry == nullptr) return;
  entry->holder.store(0);
  retire_object(entry->object.exchange(0));
  const ObjectId object = shared ? 0 : add_foreign_object(kType);
  made_by_callers(object, Frame(state, own_frame).address());
  if (object != 0) note_made(object, made_now());
  entry->object.store(object);
}

// Its entry stays, and is that of the next lock at this address.
void note_gone(ThreadState* state, Entry& entry) noexcept {
  const ObjectId object = entry.object.exchange(0);
  const u32 holder = entry.holder.exchange(0);
  if (holder != 0) {
    report_misuse(Kind::kMisuseDestroyHeld, state, Op::kDestroy, object, holder);
    take_away(holder, object);
  }
  retire_object(object);
}

GRIDLOCK_INLINE Entry* watching(pthread_spinlock_t* lock, ThreadState*& state) noexcept {
  if (GRIDLOCK_LIKELY(g_locks.empty())) return nullptr;
  state = watched_thread();
  Entry* const entry = state != nullptr ? find_entry(lock, false) : nullptr;
  return entry != nullptr && entry->object.load(std::memory_order_relaxed) != 0 ? entry : nullptr;
}

// The holder of a spin lock is back soon, unless something is wrong.
int wait_for_lock(pthread_spinlock_t* lock, Entry& entry, const Request& request) noexcept {
  constexpr u32 kPatience = 20000;
  const bool own = entry.holder.load() == request.state()->slot_word;
  for (u32 i = 0; i < kPatience && !own; ++i) {
    if (real().pthread_spin_trylock(lock) == 0) return 0;
    cpu_relax();
  }
  const Operation& what = request.operation();
  LibcWait wait(request.state(), {what.type, what.op, what.object, &entry.holder}, false);
  const int meanwhile = wait.begin([&] { return entry.holder.load(); },
                                   [&] { return real().pthread_spin_trylock(lock); });
  if (meanwhile != EBUSY) return meanwhile;
  const int error = real().pthread_spin_lock(lock);
  wait.end();
  return error;
}

int take(ThreadState* state, pthread_spinlock_t* lock, Entry& entry, Op op,
         const void* own_frame) noexcept {
  look_what_was_taken_away(state);
  pass_statics(state);
  const Frame frame(state, own_frame);
  const u64 nanoseconds = op == Op::kLock ? kNoTimeout : 0;
  const Request request({kType, op, entry.object.load(), nullptr, nanoseconds}, frame.address());
  request.orders(Ask::kLock);
  int error = real().pthread_spin_trylock(lock);
  if (error != 0 && op == Op::kLock) error = wait_for_lock(lock, entry, request);
  if (error != 0) return error;
  request.granted();
  entry.holder.store(state->slot_word);
  request.holds();
  return 0;
}

void let_go(ThreadState* state, Entry& entry, const void* caller) noexcept {
  const ObjectId object = entry.object.load();
  const u32 holder = entry.holder.load();
  if (holder != state->slot_word) {
    if (holder != 0) take_away(holder, object);
    entry.holder.store(0);
    return;
  }
  const Release release({kType, Op::kUnlock, object, nullptr, 0}, caller);
  release.drops();
  entry.holder.store(0);
}

}  // namespace

ObjectId number_of_spin_lock(const void* address) noexcept {
  auto* const lock = static_cast<pthread_spinlock_t*>(const_cast<void*>(address));
  const Entry* const entry = find_entry(lock, false);
  return entry != nullptr ? entry->object.load() : 0;
}

bool is_spin_word(const std::atomic<u32>* word) noexcept { return g_locks.contains(word); }

}  // namespace gridlock::internal

// NOLINTNEXTLINE(google-build-using-namespace): outside the wall
using namespace gridlock::internal;

// NOLINTBEGIN(readability-identifier-naming,readability-inconsistent-declaration-parameter-name): libc's names
extern "C" {

GRIDLOCK_EXPORT int pthread_spin_init(pthread_spinlock_t* lock, int shared) noexcept {
  const int error = real().pthread_spin_init(lock, shared);
  if (error == 0) note_new(lock, shared != PTHREAD_PROCESS_PRIVATE, __builtin_frame_address(0));
  return error;
}

GRIDLOCK_EXPORT int pthread_spin_destroy(pthread_spinlock_t* lock) noexcept {
  ThreadState* state = nullptr;
  Entry* const entry = watching(lock, state);
  if (entry != nullptr) note_gone(state, *entry);
  return real().pthread_spin_destroy(lock);
}

GRIDLOCK_EXPORT int pthread_spin_lock(pthread_spinlock_t* lock) noexcept {
  ThreadState* state = nullptr;
  Entry* const entry = watching(lock, state);
  if (entry == nullptr) return real().pthread_spin_lock(lock);
  return take(state, lock, *entry, Op::kLock, __builtin_frame_address(0));
}

GRIDLOCK_EXPORT int pthread_spin_trylock(pthread_spinlock_t* lock) noexcept {
  ThreadState* state = nullptr;
  Entry* const entry = watching(lock, state);
  if (entry == nullptr) return real().pthread_spin_trylock(lock);
  return take(state, lock, *entry, Op::kTryLock, __builtin_frame_address(0));
}

GRIDLOCK_EXPORT int pthread_spin_unlock(pthread_spinlock_t* lock) noexcept {
  ThreadState* state = nullptr;
  Entry* const entry = watching(lock, state);
  if (entry != nullptr) let_go(state, *entry, __builtin_return_address(0));
  return real().pthread_spin_unlock(lock);
}

}  // extern "C"
// NOLINTEND(readability-identifier-naming,readability-inconsistent-declaration-parameter-name)
