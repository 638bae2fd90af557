// SPDX-License-Identifier: Apache-2.0
//
// Barriers. glibc's own word says which round is over. Behind its fields there is room for who the barrier is and for
// how many have come: whoever completes a round by that count does not publish a wait, because it ends those of the
// others.
#include <errno.h>
#include <pthread.h>

#include "harness/interpose/libc_wait.h"
#include "harness/interpose/mark.h"
#include "harness/interpose/named.h"
#include "harness/interpose/real.h"
#include "harness/interpose/watch.h"

namespace gridlock::internal {
namespace {

constexpr ObjectType kType = ObjectType::kBarrier;

struct BarrierParts {
  u32 in;
  std::atomic<u32> round;  // slept at
  u32 parties;
  int shared;  // between processes
  u32 out;
  std::atomic<u32> arrived;
  Mark mark;
};
static_assert(sizeof(BarrierParts) == sizeof(pthread_barrier_t), "the layout of glibc");

GRIDLOCK_INLINE BarrierParts& parts_of(pthread_barrier_t* barrier) noexcept {
  return *reinterpret_cast<BarrierParts*>(barrier);
}

int arrive(ThreadState* state, pthread_barrier_t* barrier, const void* own_frame) noexcept {
  BarrierParts& parts = parts_of(barrier);
  const Frame frame(state, own_frame);
  const ObjectId object = id_of(parts.mark, barrier, kType);
  if (object == 0) return real().pthread_barrier_wait(barrier);
  const Request request({kType, Op::kArrive, object, nullptr, kNoTimeout}, frame.address());
  before_arrive(state, object, parts.parties, true);
  const u32 round = parts.round.load();
  const u32 arrived = parts.arrived.fetch_add(1) + 1;
  int result = 0;
  if (arrived % parts.parties == 0) {
    result = real().pthread_barrier_wait(barrier);
  } else {
    LibcWait wait(state, {kType, Op::kArrive, object, &parts.round}, false);
    wait.begin([&] { return round; }, [] { return 0; });
    result = real().pthread_barrier_wait(barrier);  // also if that round is over already
    wait.end();
  }
  request.granted();
  after_depart(state, object);
  return result;
}

}  // namespace

ObjectId number_of(pthread_barrier_t* barrier) noexcept {
  BarrierParts& parts = parts_of(barrier);
  return parts.shared == 0 ? id_of(parts.mark, barrier, kType) : 0;
}

}  // namespace gridlock::internal

// NOLINTNEXTLINE(google-build-using-namespace): outside the wall
using namespace gridlock::internal;

// NOLINTBEGIN(readability-identifier-naming,readability-inconsistent-declaration-parameter-name): libc's names
extern "C" {

GRIDLOCK_EXPORT int pthread_barrier_init(pthread_barrier_t* barrier,
                                         const pthread_barrierattr_t* attributes,
                                         unsigned parties) noexcept {
  const int error = real().pthread_barrier_init(barrier, attributes, parties);
  if (error != 0) return error;
  if (parts_of(barrier).shared == 0)
    mark_new(parts_of(barrier).mark, barrier, kType, __builtin_frame_address(0));
  parts_of(barrier).arrived.store(0);
  return 0;
}

// libc waits for those that are still about to leave, so it comes first; it looks at none of our bytes.
GRIDLOCK_EXPORT int pthread_barrier_destroy(pthread_barrier_t* barrier) noexcept {
  const bool watched = watched_thread() != nullptr && parts_of(barrier).shared == 0;
  const int error = real().pthread_barrier_destroy(barrier);
  if (error == 0 && watched) retire(parts_of(barrier).mark, barrier);
  return error;
}

GRIDLOCK_EXPORT int pthread_barrier_wait(pthread_barrier_t* barrier) noexcept {
  ThreadState* const state = watched_thread();
  if (state == nullptr || parts_of(barrier).shared != 0 || parts_of(barrier).parties == 0)
    return real().pthread_barrier_wait(barrier);
  return arrive(state, barrier, __builtin_frame_address(0));
}

}  // extern "C"
// NOLINTEND(readability-identifier-naming,readability-inconsistent-declaration-parameter-name)
