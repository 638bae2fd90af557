// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/orders/pools.h"

#include "harness/platform/pages.h"
#include "harness/runtime/core/start.h"
#include "harness/runtime/orders/order.h"
#include "harness/runtime/orders/signals.h"
#include "harness/runtime/orders/worker_pools.h"
#include "harness/runtime/registry/process_graph.h"

namespace gridlock::internal {
namespace {

constexpr u32 kQueued = 0x80000000u;

// By object; of a queue: the pool that empties it.
struct Owed {
  std::atomic<u32> by;  // number of the thread; kQueued + pool; 0: not owed
  SegmentId submitted;  // written before the task is in the queue, read after it was taken out
};

Table<Owed> g_owed;
std::atomic<u32> g_pools{0};
std::atomic<bool> g_all_known{true};  // the workers of each pool

}  // namespace

bool init_pools(u32 objects) noexcept {
  return g_owed.reserve(objects + 1) &&
         follow_objects([](ObjectId object) noexcept { return g_owed.reach(object + 1); },
                        [](ObjectId object) noexcept {
                          if (g_owed[object].by.load() != 0) g_owed[object].by.store(0);
                          if (g_owed[object].submitted != 0) g_owed[object].submitted = 0;
                        });
}

u32 new_pool() noexcept { return g_pools.fetch_add(1) + 1; }

void each_submitted(void (*each)(SegmentId segment, void* argument), void* argument) noexcept {
  for (u32 object = 1; object <= object_count(); ++object) {
    if (g_owed[object].submitted != 0) each(g_owed[object].submitted, argument);
  }
}

bool pools_are_known() noexcept { return g_all_known.load(); }

Producer producer_of_future(ObjectId future) noexcept {
  const u32 by = g_owed[future].by.load();
  if ((by & kQueued) != 0) return {by & ~kQueued, nullptr};
  if (by == 0 || !has_record(by) || thread_record(by).ended.load() != 0) return {};
  return {0, thread_in_slot(thread_record(by).slot)};
}

void pool_empties_queue(ObjectId queue, u32 pool) noexcept {
  if (queue != 0) g_owed[queue].by.store(kQueued | pool);
}

u32 pool_that_empties(ObjectId queue) noexcept {
  return queue != 0 ? g_owed[queue].by.load() & ~kQueued : 0;
}

void task_queued(ThreadState* state, ObjectId future, u32 pool) noexcept {
  if (future == 0) return;
  if (!state->in_runtime && predicting()) {
    const GraphWork work(state);
    g_owed[future].submitted = prediction().queues_task(state->thread_node);
    hold_across(state, g_owed[future].submitted);
  }
  g_owed[future].by.store(kQueued | pool);
}

SegmentId task_begun(ThreadState* state, ObjectId future) noexcept {
  if (future == 0) return 0;
  g_owed[future].by.store(state->number);
  if (state->in_runtime || !predicting()) return 0;
  const GraphWork work(state);
  return prediction().task_begins(state->thread_node, g_owed[future].submitted,
                                  {future, Channel::kSignal, Rule::kOnce});
}

void task_ended(ThreadState* state, SegmentId before) noexcept {
  if (before == 0 || state->in_runtime || !predicting()) return;
  const GraphWork work(state);
  prediction().task_ended(state->thread_node, before);
}

std::uint32_t new_thread_pool() noexcept {
  ensure_runtime();
  return new_pool();
}

void thread_joins_pool(std::uint32_t number, std::uint32_t pool) noexcept {
  if (!has_record(number)) return g_all_known.store(false);
  thread_record(number).pool = pool;
}

std::uint32_t cancels_in_pool(std::uint32_t pool) noexcept {
  const ThreadState* const state = this_thread();
  return has_record(state->number) ? thread_record(state->number).cancels_in.exchange(pool) : 0;
}

}  // namespace gridlock::internal
