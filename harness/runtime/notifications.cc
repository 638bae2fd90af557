// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/notifications.h"

#include "harness/platform/pages.h"
#include "harness/runtime/registry/stack_depot.h"

namespace gridlock::internal {
namespace {

struct Entry {
  std::atomic<u32> thread;
  std::atomic<u32> stack;
};
Table<Entry> g_entries;  // by object

// Nothing is remembered of an object for which the table of objects had no room.
Entry* entry_of(ObjectId object) noexcept {
  return object != 0 && object < g_entries.reached() ? &g_entries[object] : nullptr;
}

}  // namespace

bool init_notifications(u32 capacity) noexcept {
  return g_entries.reserve(capacity + 1) &&
         follow_objects([](ObjectId object) noexcept { return g_entries.reach(object + 1); },
                        [](ObjectId object) noexcept {
                          if (g_entries[object].thread.load(std::memory_order_relaxed) != 0)
                            g_entries[object].thread.store(0, std::memory_order_relaxed);
                        });
}

void NotificationWait::begin(ThreadState* state, ObjectId object, u32 number, ObjectId lock,
                             bool no_timeout, const void* frame) noexcept {
  before_request(state, frame);
  before_sleep(state, notification(object, number), lock, no_timeout);
}

void NotificationWait::asks(Request& request) const noexcept {
  if (!told) request.receives(notification(object, number));
  if (!early_counts) return;
  const EarlyNotification early = early_notification(object);
  request.aims_at(early.thread, early.stack);
}

void NotificationWait::received(const Request& request) const noexcept {
  request.granted();
  after_receive(request.state(), notification(object, number));
}

void before_notification(const Release& release, Core& core) noexcept {
  release.signals(notification(release.object(), notification_count(core)));
  core.word.fetch_add(1);
}

void after_notification(ThreadState* state, ObjectId object, bool woke,
                        const void* frame) noexcept {
  Entry* const entry = entry_of(object);
  if (entry == nullptr) return;
  if (woke) {
    if (entry->thread.load(std::memory_order_relaxed) != 0)
      entry->thread.store(0, std::memory_order_relaxed);
    return;
  }
  uptr frames[kSiteFrames];
  walk_frames(frame, state->stack_top, &frames[0]);
  u32 size = 0;
  while (size < g_site_frames && frames[size] != 0) ++size;
  entry->stack.store(keep_stack(&frames[0], size), std::memory_order_relaxed);
  entry->thread.store(state->number, std::memory_order_relaxed);
}

EarlyNotification early_notification(ObjectId object) noexcept {
  const Entry* const entry = entry_of(object);
  if (entry == nullptr) return {0, 0};
  return {entry->thread.load(std::memory_order_relaxed),
          entry->stack.load(std::memory_order_relaxed)};
}

}  // namespace gridlock::internal
