// SPDX-License-Identifier: Apache-2.0
//
// What calls the program's own code, and so is compiled like it.
#include <gridlock/stop.h>
#include <gridlock/thread.h>

#include <mutex>

namespace gridlock::internal {

bool StopState::request() {
  if (!claim()) return false;
  requested_.set();
  while (StopNode* const node = take()) {
    bool gone = false;
    node->gone = &gone;
    node->caller = this_thread_id();
    register_named(LockAccess::core(node->running), ObjectType::kLock, "stop callback");
    // Free: only its destructor asks for it, and not before it is told that it is held.
    (void)node->running.try_lock();
    node->begun.store(true, std::memory_order_release);
    node->call(node);
    if (gone) continue;
    node->gone = nullptr;
    node->running.unlock();  // whoever waits may destroy it from here on
  }
  return true;
}

void StopState::remove(StopNode& node) {
  if (leave(node) != StopNode::Where::kTaken) return;
  await_begin(node);
  if (node.caller == this_thread_id() && node.gone != nullptr) {
    *node.gone = true;
    node.running.unlock();
    return;
  }
  const std::lock_guard until_it_has_run{node.running};
}

}  // namespace gridlock::internal
