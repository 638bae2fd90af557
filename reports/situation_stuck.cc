// SPDX-License-Identifier: Apache-2.0
//
// Situations of waits that nobody can end any more: starvation and lost-wakeup.
#include "reports/frames.h"
#include "reports/object_types.h"
#include "reports/situation.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace gridlock::internal::reports {
namespace {

using Threads = std::vector<const ThreadInfo*>;

/// The threads that are stuck by themselves: one that joins another is stuck because of that one.
Threads victims_of(const View& view) {
  Threads victims;
  for (const ThreadInfo& thread : view.finding.threads) {
    if (!thread.wants || thread.wants->timed || thread.wants->object.empty()) continue;
    if (!is_execution(view.type(thread.wants->object))) victims.push_back(&thread);
  }
  return victims;
}

const ThreadInfo* holder_of(const View& view, const std::string& object, const ThreadInfo* except) {
  for (const ThreadInfo& thread : view.finding.threads) {
    if (&thread != except && held_of(thread, object) != nullptr) return &thread;
  }
  return nullptr;
}

std::string permits(const HeldObject& held) {
  return counted(static_cast<std::size_t>(std::max(held.count, 0)), "permit");
}

/// Puts into `words` the names of the threads that wait for the object, and the place of the first.
void set_waiters(Words& words, const View& view, const Threads& victims,
                 const std::string& object) {
  std::vector<std::string> ids;
  for (const ThreadInfo* thread : victims) {
    if (thread->wants->object != object) continue;
    if (ids.empty()) words["where"] = View::place(thread->wants->stack);
    ids.push_back(thread->id);
  }
  set_threads(words, view, ids);
  words["object"] = view.name(object);
}

void set_holder(Words& words, const View& view, const ThreadInfo& holder,
                const std::string& object) {
  const HeldObject& held = *held_of(holder, object);
  words["holder"] = view.name(holder.id);
  words["permits"] = permits(held);
  words["held_at"] = View::place(held.stack);
}

/// One thread holds a lock while it waits for a signal, and another waits for that lock.
std::optional<Case> behind_a_lock(const View& view, const Threads& victims) {
  for (const ThreadInfo* other : victims) {
    const std::string& lock = other->wants->object;
    if (!is_lock(view.type(lock)) && view.type(lock) != "OnceFlag") continue;
    const ThreadInfo* const thread = holder_of(view, lock, other);
    if (thread == nullptr || !thread->wants) continue;
    const std::string& object = thread->wants->object;
    if (is_lock(view.type(object)) || is_execution(view.type(object))) continue;
    const HeldObject& held = *held_of(*thread, lock);
    LockOrderEdge edge;
    edge.from = lock;
    edge.to = object;
    edge.thread = thread->id;
    edge.held_mode = held.mode == "exclusive" ? "" : held.mode;
    const EdgeText text = edge_text(edge, view.names, false);
    Words words;
    words["where"] = View::place(thread->wants->stack);
    words["thread"] = view.name(thread->id);
    words["waits"] = "waits for " + wanted_text(*thread, view.names);
    words["keeps"] = text.keeps;
    words["lock"] = view.name(lock);
    words["object"] = view.name(object);
    words["other"] = view.name(other->id);
    words["signals"] = "can go on";
    return Case{under_lock(view.type(object)), words};
  }
  return std::nullopt;
}

/// A task of a ProcessPool that waits for another one of the same pool, in the process of a worker.
std::optional<Case> in_process_pool(const View& view, const ThreadInfo& victim) {
  if (victim.process.empty() || victim.process == "P1") return std::nullopt;
  // What ProcessPool calls its own semaphores (process_pool.h).
  constexpr std::string_view kResult = " result ";
  const std::string name = view.name(victim.wants->object);
  for (const HeldObject& held : victim.held) {
    const std::string slots = view.name(held.object);
    const std::size_t at = name.find(kResult);
    if (at == std::string::npos || !slots.starts_with(name.substr(0, at) + " slots")) continue;
    Words words;
    words["where"] = View::place(victim.wants->stack);
    words["pool"] = name.substr(0, at);
    words["thread"] = view.name(victim.id);
    return Case{Situation::kProcessPoolTask, words};
  }
  return std::nullopt;
}

Case of_permit(const View& view, const Threads& victims, const ThreadInfo& victim) {
  for (const ThreadInfo* worker : victims) {
    if (std::optional<Case> found = in_process_pool(view, *worker)) return *std::move(found);
  }
  const std::string& object = victim.wants->object;
  Words words;
  set_waiters(words, view, victims, object);
  const ThreadInfo* ended = nullptr;
  const ThreadInfo* waiting = nullptr;
  for (const ThreadInfo& thread : view.finding.threads) {
    if (held_of(thread, object) == nullptr) continue;
    if (thread.state == "ended") ended = ended == nullptr ? &thread : ended;
    if (thread.wants) waiting = waiting == nullptr ? &thread : waiting;
  }
  if (ended != nullptr) {
    set_holder(words, view, *ended, object);
    return {Situation::kPermitKept, words};
  }
  if (waiting == nullptr) return {Situation::kPermitNone, words};
  set_holder(words, view, *waiting, object);
  if (waiting->wants->object != object) return {Situation::kPermitHeldByWaiter, words};
  std::vector<std::string> holders;
  for (const ThreadInfo& thread : view.finding.threads) {
    if (held_of(thread, object) != nullptr && thread.wants) holders.push_back(thread.id);
  }
  words["thread"] = view.name(waiting->id);
  set_threads(words, view, holders);
  return {holders.size() == 1 ? Situation::kPermitAgain : Situation::kPermitsPiecemeal, words};
}

Case of_queue(const View& view, const Threads& victims, const ThreadInfo& victim) {
  const std::string& object = victim.wants->object;
  const std::string& operation = victim.wants->operation;
  Words words;
  set_waiters(words, view, victims, object);
  if (operation == "join") return {Situation::kTaskNotDone, words};
  if (operation != "put") {
    words["close"] = view.type(object) == "Queue" ? "close()" : "";
    return {Situation::kItemMissing, words};
  }
  std::vector<std::string> threads;
  std::vector<std::string> queues;
  for (const ThreadInfo* thread : victims) {
    if (thread->wants->operation != "put") continue;
    threads.push_back(thread->id);
    queues.push_back(thread->wants->object);
  }
  if (std::ranges::all_of(queues, [&](const std::string& queue) { return queue == object; })) {
    return {Situation::kRoomMissing, words};
  }
  set_threads(words, view, threads);
  words["objects"] = listed(view, queues);
  return {Situation::kRoomBothWays, words};
}

Case of_lock(const View& view, const Threads& victims, const ThreadInfo& victim) {
  const std::string& object = victim.wants->object;
  Words words;
  set_waiters(words, view, victims, object);
  const ThreadInfo* const holder = holder_of(view, object, &victim);
  const bool ended = holder != nullptr && holder->state == "ended";
  const bool sleeps = holder != nullptr && holder->state == "running" && !holder->wants;
  if (!ended && !sleeps) return {Situation::kLockLost, words};
  set_holder(words, view, *holder, object);
  return {ended ? Situation::kLockOfEnded : Situation::kLockOfSleeper, words};
}

Case of_anything(const View& view, const Threads& victims, const ThreadInfo& victim) {
  const std::string& object = victim.wants->object;
  const std::string_view type = view.type(object);
  if (is_semaphore(type)) return of_permit(view, victims, victim);
  if (is_queue(type)) return of_queue(view, victims, victim);
  if (is_lock(type)) return of_lock(view, victims, victim);
  Words words;
  set_waiters(words, view, victims, object);
  if (type == "Event") return {Situation::kEventNeverSet, words};
  if (type == "Future") return {Situation::kValueNeverSet, words};
  if (type == "Barrier") return {Situation::kBarrierShort, words};
  if (type == "Latch") return {Situation::kLatchShort, words};
  if (type == "Address" || type == "Atomic") return {Situation::kNobodyChanges, words};
  if (type == "Condition") return {Situation::kNobodyNotifies, words};
  words["thing"] = wanted_text(victim, view.names);
  words["dead_end"] = dead_end_text(*victim.wants, view.names);
  return {Situation::kNobodyLeft, words};
}

/// Which victim explains the others: one that waits for no lock that a waiting thread holds.
const ThreadInfo& first_of(const View& view, const Threads& victims) {
  for (const ThreadInfo* victim : victims) {
    const ThreadInfo* const holder = holder_of(view, victim->wants->object, victim);
    const bool behind =
        holder != nullptr && holder->wants && is_lock(view.type(victim->wants->object));
    if (!behind) return *victim;
  }
  return *victims.front();
}

/// Whether the wait had a test: it is then a template of the lock and of the test.
bool has_test(const Stack& stack) {
  for (const Frame& frame : stack) {
    const std::size_t at = frame.function.find("Condition::wait<");
    if (at == std::string::npos) continue;
    int depth = 0;
    for (std::size_t i = at; i < frame.function.size(); ++i) {
      const char c = frame.function[i];
      if (c == '<' || c == '(') ++depth;
      if (c == '>' || c == ')') --depth;
      if (c == ',' && depth == 1) return true;
      if (c == '>' && depth == 0) break;
    }
  }
  return false;
}

/// The lock that a wait on a condition gave back: the thread's last record but one.
std::string lock_of_wait(const View& view, const ThreadInfo& thread) {
  for (auto record = thread.recent.rbegin(); record != thread.recent.rend(); ++record) {
    if (record->operation == "unlock") return view.name(record->object);
  }
  return {};
}

std::optional<Case> lost(const View& view, const Threads& victims) {
  if (view.finding.acts.empty()) return std::nullopt;
  const Act& notified = view.finding.acts.front();
  const auto victim = std::ranges::find_if(
      victims, [&](const ThreadInfo* thread) { return thread->wants->object == notified.object; });
  if (victim == victims.end()) return std::nullopt;
  Words words;
  set_waiters(words, view, victims, notified.object);
  words["notifier"] = view.name(notified.thread);
  words["notified_at"] = View::place(notified.stack);
  words["lock"] = lock_of_wait(view, **victim);
  words["wait_line"] = wait_with_test(view.line((*victim)->wants->stack));
  return Case{has_test((*victim)->wants->stack) ? Situation::kNotifiedBetween
                                                : Situation::kNotifiedTooEarly,
              words};
}

}  // namespace

std::optional<Case> stuck_case(const View& view) {
  const FindingKind kind = view.finding.kind;
  if (kind != FindingKind::kStarvation && kind != FindingKind::kLostWakeup) return std::nullopt;
  const Threads victims = victims_of(view);
  if (victims.empty()) return std::nullopt;
  if (kind == FindingKind::kLostWakeup) return lost(view, victims);
  if (std::optional<Case> found = behind_a_lock(view, victims)) return found;
  return of_anything(view, victims, first_of(view, victims));
}

}  // namespace gridlock::internal::reports
