// SPDX-License-Identifier: Apache-2.0
//
// Situations of misuse and of statements that were not true: which thread did what to which object,
// and what went before it.
#include "reports/frames.h"
#include "reports/object_types.h"
#include "reports/situation.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace gridlock::internal::reports {
namespace {

/// What was wrong; from the finding's first thread and object where a log has no acts.
Act act_of(const Finding& finding) {
  if (!finding.acts.empty()) return finding.acts.front();
  Act act;
  act.operation = finding.detail;
  if (!finding.objects.empty()) act.object = finding.objects.front().id;
  if (!finding.threads.empty()) {
    act.thread = finding.threads.front().id;
    act.stack = finding.threads.front().stack;
  }
  return act;
}

/// "at bank.cc:35", "by payer (T2) at bank.cc:35"; empty if there was nothing before.
std::string before(const View& view, const Act& act) {
  if (view.finding.acts.size() < 2) return {};
  const Act& earlier = view.finding.acts[1];
  const std::string place = act_place(earlier);
  const std::string by = earlier.thread == act.thread ? "" : "by " + view.name(earlier.thread);
  return by + (by.empty() || place.empty() ? "" : " ") + (place.empty() ? "" : "at " + place);
}

const ThreadInfo* other_holder(const View& view, const Act& act) {
  for (const ThreadInfo& thread : view.finding.threads) {
    if (thread.id != act.thread && held_of(thread, act.object) != nullptr) return &thread;
  }
  return nullptr;
}

void set_holder(Words& words, const View& view, const ThreadInfo* holder,
                const std::string& object) {
  const HeldObject* const held = holder == nullptr ? nullptr : held_of(*holder, object);
  words["holder"] = holder == nullptr ? "another thread" : view.name(holder->id);
  words["held_at"] = held == nullptr ? "" : View::place(held->stack);
}

Situation of_unlock(Words& words, const View& view, const Act& act) {
  const bool reading = act.operation == "unlock_shared" || act.operation == "upgrade";
  if (reading) return Situation::kNotReading;
  if (view.finding.kind == FindingKind::kMisuseUnlockFree) return Situation::kUnlockFree;
  const bool tried =
      view.finding.acts.size() > 1 && view.finding.acts[1].operation.starts_with("try_");
  if (!tried) return Situation::kUnlockOthers;
  words["tried_at"] = act_place(view.finding.acts[1]);
  return Situation::kUnlockAfterFailedTry;
}

Situation of_destroy(Words& words, const View& view, const Act& act) {
  const ThreadInfo* const self = view.thread(act.thread);
  if (self != nullptr && held_of(*self, act.object) != nullptr) {
    words["held_at"] = View::place(held_of(*self, act.object)->stack);
    return Situation::kDestroyOwnLock;
  }
  if (const ThreadInfo* const holder = other_holder(view, act)) {
    set_holder(words, view, holder, act.object);
    return Situation::kDestroyHeld;
  }
  std::vector<std::string> waiters;
  for (const ThreadInfo& thread : view.finding.threads) {
    if (thread.wants && thread.wants->object == act.object) waiters.push_back(thread.id);
  }
  if (waiters.empty()) return Situation::kDestroyInUse;
  words["waiters"] = listed(view, waiters);
  words["waiters_wait"] = waiters.size() == 1 ? "waits" : "wait";
  return Situation::kDestroyWaitedFor;
}

std::string guard_line(const View& view, const ThreadInfo& thread, const std::string& object) {
  const HeldObject* const held = held_of(thread, object);
  const std::string what = held == nullptr ? "" : locked_expression(view.line(held->stack));
  return what.empty() ? what : "std::lock_guard hold{" + what + "};";
}

const Stack* location(const Finding& finding, std::string_view type) {
  const auto found = std::ranges::find(finding.locations, type, &MemoryLocation::type);
  return found == finding.locations.end() ? nullptr : &found->allocated;
}

/// Statements of the program: the assertion, its thread, and what that thread holds.
Case of_assertion(const View& view, const Act& act, Words words) {
  const ThreadInfo* const thread = view.thread(act.thread);
  words["holds"] = thread == nullptr ? "nothing" : held_text(*thread, view.names);
  if (view.finding.kind == FindingKind::kAssertionFailed) {
    words["statement"] = view.finding.detail;
    const bool held = thread != nullptr &&
                      std::ranges::any_of(
                          thread->held, [](const HeldObject& one) { return one.mode != "permit"; });
    return {held ? Situation::kUntrueUnderLock : Situation::kUntrue, words};
  }
  if (act.operation == "assert_held") return {Situation::kNotHeld, words};
  if (act.operation == "assert_no_locks_held") return {Situation::kHoldsSomeLock, words};
  const HeldObject* const held = thread == nullptr ? nullptr : held_of(*thread, act.object);
  words["held_at"] = held == nullptr ? "" : View::place(held->stack);
  return {Situation::kHeldAgainstAssertion, words};
}

/// The thread that is gone with what it held, and the one that met that.
struct Heritage {
  const ThreadInfo* holder = nullptr;
  const ThreadInfo* heir = nullptr;
};

Heritage heritage(const Finding& finding) {
  Heritage found;
  for (const ThreadInfo& thread : finding.threads) {
    const bool gone = thread.state == "ended" && !thread.held.empty();
    const ThreadInfo*& place = gone ? found.holder : found.heir;
    if (place == nullptr) place = &thread;
  }
  return found;
}

/// The process forked, ended, or died.
std::optional<Case> of_process(const View& view, Words words) {
  const Finding& finding = view.finding;
  if (finding.kind == FindingKind::kMisuseExitRunning) {
    const Stack* const detached = location(finding, "detach");
    words["detached_at"] = detached == nullptr ? "" : View::place(*detached);
    words["where"] = "";
    return Case{Situation::kExitRunning, words};
  }
  const auto [holder, heir] = heritage(finding);
  if (holder == nullptr || heir == nullptr) return std::nullopt;
  words["thread"] = view.name(heir->id);
  words["where"] = View::place(heir->stack);
  words["object"] = view.name(holder->held.front().object);
  words["holder"] = view.name(holder->id);
  words["held_at"] = View::place(holder->held.front().stack);
  if (finding.kind == FindingKind::kOwnerDied) return Case{Situation::kOwnerDied, words};
  const Stack* const fork = location(finding, "fork");
  words["fork_at"] = fork == nullptr ? "" : View::place(*fork);
  return Case{Situation::kForkHeld, words};
}

}  // namespace

std::string act_words(const Act& act, const Names& names) {
  const std::string what = names.of(act.object);
  const std::string& operation = act.operation;
  if (operation == "unlock") return "unlocks " + what;
  if (operation == "unlock_shared") return "unlocks " + what + " for reading";
  if (operation == "upgrade") return "upgrades " + what;
  if (operation == "lock") return "locks " + what;
  if (operation == "lock_shared") return "locks " + what + " for reading";
  if (operation == "try_lock") return "tries to lock " + what;
  if (operation == "try_lock_shared") return "tries to lock " + what + " for reading";
  if (operation == "destroy") return "destroys " + what;
  if (operation == "release") return "releases a permit of " + what;
  if (operation == "acquire") return "acquires a permit of " + what;
  if (operation == "try_acquire") return "tries to acquire a permit of " + what;
  if (operation == "task_done") return "calls task_done() of " + what;
  if (operation == "notify") return "notifies " + what;
  if (operation == "set") return "sets " + what;
  if (operation == "put" || operation == "try_put") return "puts into " + what;
  if (operation == "get" || operation == "try_get") return "takes from " + what;
  if (operation == "wait") return "waits for " + what;
  if (operation == "end") return "ends";
  if (operation.starts_with("assert_")) return "calls " + operation;
  return "uses " + what;
}

std::string act_place(const Act& act) {
  const Frame* const site = act_site(act);
  return site == nullptr || is_library_frame(*site) ? "" : short_place_text(*site);
}

const Frame* act_site(const Act& act) {
  if (act.operation == "destroy") {
    // A destructor that the compiler wrote says nothing; its caller does.
    for (const Frame& frame : act.stack) {
      if (!is_library_frame(frame) && frame.function.find('~') == std::string::npos) return &frame;
    }
  }
  return site_of(act.stack);
}

std::optional<Case> misuse_case(const View& view) {
  const Finding& finding = view.finding;
  if (finding.kind == FindingKind::kCapacity) {
    if (finding.detail.empty()) return std::nullopt;
    return Case{Situation::kTableFull, {{"option", finding.detail}}};
  }
  const Act act = act_of(finding);
  if (act.thread.empty()) return std::nullopt;
  Words words;
  words["thread"] = view.name(act.thread);
  words["object"] = view.name(act.object);
  words["does"] = act_words(act, view.names);
  words["where"] = act_place(act);
  words["before"] = before(view, act);
  words["lock"] = act.lock.empty() ? "" : view.name(act.lock);
  switch (finding.kind) {
    case FindingKind::kMisuseExitRunning:
    case FindingKind::kMisuseForkHeld:
    case FindingKind::kOwnerDied:
      return of_process(view, words);
    case FindingKind::kAssertionFailed:
      return of_assertion(view, act, words);
    default:
      break;
  }
  if (act.object.empty()) return std::nullopt;
  set_holder(words, view, other_holder(view, act), act.object);
  const ThreadInfo* const self = view.thread(act.thread);
  switch (finding.kind) {
    case FindingKind::kLockAssertion:
      return of_assertion(view, act, words);
    case FindingKind::kMisuseUnlockFree:
    case FindingKind::kMisuseUnlockNotOwner: {
      const Situation situation = of_unlock(words, view, act);
      return Case{situation, words};
    }
    case FindingKind::kMisuseReleaseOverBound:
      if (act.operation == "task_done") return Case{Situation::kTaskDoneTooOften, words};
      if (act.operation == "count_down") return Case{Situation::kCountedTooOften, words};
      return Case{Situation::kReleaseOverBound, words};
    case FindingKind::kMisuseDestroyHeld: {
      const Situation situation = of_destroy(words, view, act);
      return Case{situation, words};
    }
    case FindingKind::kMisuseUseAfterDestroy:
      return Case{Situation::kUseAfterDestroy, words};
    case FindingKind::kMisuseThreadExitHolding: {
      const HeldObject* const held = self == nullptr ? nullptr : held_of(*self, act.object);
      words["held_at"] = held == nullptr ? "" : View::place(held->stack);
      words["guard_line"] = self == nullptr ? "" : guard_line(view, *self, act.object);
      words["where"] = "";  // where a thread ended is no place
      return Case{Situation::kExitHolding, words};
    }
    case FindingKind::kMisuseWaitUnlocked:
      return Case{Situation::kWaitUnlocked, words};
    case FindingKind::kMisuseDestroyRunning:
      return Case{Situation::kDestroyRunning, words};
    default:
      return std::nullopt;
  }
}

}  // namespace gridlock::internal::reports
