// SPDX-License-Identifier: Apache-2.0
//
// Read-write locks that processes share (shared_locks.h). As the mutexes, with one difference: several may have one for reading,
// and only the one that got it last is named. That is enough for a writer, which waits for each of them; when that one
// leaves, nobody is named and nothing is claimed. A reader waits for a writer that has it, whom glibc names, too; one that lets
// waiting writers go first is in no claim.
#include <errno.h>

#include "harness/interpose/libc_wait.h"
#include "harness/interpose/once_flags.h"
#include "harness/interpose/rwlock.h"
#include "harness/interpose/shared_locks.h"

namespace gridlock::internal {
namespace {

Wake look(ThreadState* state, RwlockParts& parts, bool reads) noexcept {
  const auto& writer = reinterpret_cast<const std::atomic<int>&>(parts.writer);
  const bool is_written = writer.load() != 0;
  if (reads && !is_written) return Wake::kLookAgain;
  return look_at_followed(state, {parts.writing, is_written ? &writer : nullptr, &parts});
}

GRIDLOCK_NOINLINE int wait_for(pthread_rwlock_t* lock, const Request& request,
                               const Taking& taking) noexcept {
  RwlockParts& parts = parts_of(lock);
  const Operation& what = request.operation();
  LibcWait wait(request.state(), {what.type, what.op, what.object, &parts.writing},
                !taking.no_timeout());
  const int meanwhile =
      wait.begin([&] { return parts.writing.load(); }, [&] { return taking.try_now(lock); });
  if (meanwhile != EBUSY) return meanwhile;
  const int error =
      taking.until != nullptr
          ? taking.sleep_until(lock, taking.clock, taking.until)
          : wait.sleep_and_look([&] { return taking.sleep(lock); },
                                [&](const timespec* slice) {
                                  return taking.sleep_until(lock, CLOCK_MONOTONIC, slice);
                                },
                                [&] { return look(request.state(), parts, taking.reads); });
  wait.end();
  return error;
}

GRIDLOCK_NOINLINE int take(ThreadState* state, pthread_rwlock_t* lock, ObjectId object,
                           const Taking& taking, const void* own_frame) noexcept {
  RwlockParts& parts = parts_of(lock);
  pass_statics(state);
  const Frame frame(state, own_frame);
  const u64 nanoseconds = taking.no_timeout() ? kNoTimeout : taking.tries ? 0 : 1;
  const Request request({kSharedType, taking.op, object, nullptr, nanoseconds}, frame.address());
  Held* const before = find_held(state, object);
  // Its own once more is refused at once.
  if (before != nullptr && !is_shared(*before)) return taking.unwatched(lock);
  request.orders(ask_for(parts, taking.reads));
  int error = taking.try_now(lock);
  if (error != 0 && !taking.tries) error = wait_for(lock, request, taking);
  if (error != 0) return error;
  request.granted();
  parts.writing.store(followed_token(state));
  Held* const again = taking.reads ? shared_hold(state, object) : nullptr;
  if (again != nullptr) {
    ++again->amount;
    return 0;
  }
  if (taking.reads) request.held()->amount |= kSharedHold;
  request.holds();
  note_shared_held();
  return 0;
}

}  // namespace

int take_shared(pthread_rwlock_t* lock, const Taking& taking, const void* own_frame) noexcept {
  ThreadState* const state = watched_thread();
  const ObjectId object = state != nullptr ? id_of_shared(parts_of(lock).mark) : 0;
  return object != 0 ? take(state, lock, object, taking, own_frame) : taking.unwatched(lock);
}

void let_go_of_shared(pthread_rwlock_t* lock, const void* caller) noexcept {
  RwlockParts& parts = parts_of(lock);
  ThreadState* const state = watched_thread();
  const ObjectId object = state != nullptr ? id_of_shared(parts.mark) : 0;
  Held* const held = object != 0 ? find_held(state, object) : nullptr;
  if (held == nullptr) {
    parts.writing.store(0);  // whoever is named may not have it any more
    return;
  }
  const Op op = is_shared(*held) ? Op::kUnlockShared : Op::kUnlock;
  const Release release({kSharedType, op, object, nullptr, 0}, caller);
  if (is_shared(*held) && count_of(*held) > 1) {
    --held->amount;
    return;
  }
  drop_held(state, held);
  note_shared_left();
  // One that came later stays named.
  u32 own = followed_token(state);
  parts.writing.compare_exchange_strong(own, 0);
}

}  // namespace gridlock::internal
