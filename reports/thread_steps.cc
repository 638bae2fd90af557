// SPDX-License-Identifier: Apache-2.0
#include "reports/thread_steps.h"

#include <algorithm>

namespace gridlock::internal::reports {
namespace {

/// What a thread holds, an id as often as it holds it.
using Held = std::vector<std::string>;

Held held_at_end(const ThreadInfo& thread) {
  constexpr int kMaxTimes = 16;
  Held held;
  for (const HeldObject& one : thread.held)
    held.insert(held.end(), static_cast<std::size_t>(std::clamp(one.count, 1, kMaxTimes)),
                one.object);
  return held;
}

/// A permit may be given by a thread that never took it: a release undoes something only if a lock is released, or the
/// permit was seen to be taken.
bool took_before(const ThreadInfo& thread, std::size_t index) {
  const RecentRecord& record = thread.recent[index];
  if (record.operation.starts_with("unlock")) return true;
  int taken = 0;
  for (std::size_t i = 0; i < index; ++i) {
    const RecentRecord& other = thread.recent[i];
    if (other.object != record.object || !other.granted) continue;
    taken += acquires(other.operation) ? 1 : releases(other.operation) ? -1 : 0;
  }
  return taken > 0;
}

void undo(const ThreadInfo& thread, std::size_t index, Held& held) {
  const RecentRecord& record = thread.recent[index];
  if (!record.granted) return;
  if (acquires(record.operation)) {
    const auto it = std::find(held.rbegin(), held.rend(), record.object);
    if (it != held.rend()) held.erase(std::next(it).base());
  } else if (releases(record.operation) && took_before(thread, index)) {
    held.push_back(record.object);
  }
}

ThreadStep::Kind kind_of(const RecentRecord& record) {
  if (!record.granted) return ThreadStep::Kind::kNotGranted;
  if (acquires(record.operation)) return ThreadStep::Kind::kTakes;
  return releases(record.operation) ? ThreadStep::Kind::kGives : ThreadStep::Kind::kOther;
}

ThreadSteps steps_of(const ThreadInfo& thread, const Names& names, std::size_t limit) {
  ThreadSteps all{.thread = &thread, .before = {}, .steps = {}};
  Held held = held_at_end(thread);
  for (std::size_t i = thread.recent.size(); i-- > 0 && all.steps.size() < limit;) {
    const RecentRecord& record = thread.recent[i];
    const bool is_last = i + 1 == thread.recent.size();
    const bool waits =
        is_last && !record.granted && thread.wants && thread.wants->object == record.object;
    all.steps.push_back({.kind = kind_of(record),
                         .what = record_text(thread, i, names),
                         .site = record_site(thread, i),
                         .held = held,
                         .wanted = waits ? record.object : std::string()});
    undo(thread, i, held);
  }
  std::ranges::reverse(all.steps);
  all.before = std::move(held);
  return all;
}

}  // namespace

bool releases(std::string_view operation) {
  return operation == "unlock" || operation == "unlock_shared" || operation == "release" ||
         operation == "task_done";
}

bool acquires(std::string_view operation) {
  if (operation.starts_with("try_")) operation.remove_prefix(4);
  return operation == "lock" || operation == "lock_shared" || operation == "acquire" ||
         operation == "call_once";
}

std::vector<ThreadSteps> thread_steps(const std::vector<ThreadInfo>& threads, const Names& names,
                                      std::size_t limit) {
  std::vector<ThreadSteps> all;
  for (const ThreadInfo& thread : threads) {
    if (!has_history(thread) || all.size() == kMaxItems) continue;
    all.push_back(steps_of(thread, names, limit));
  }
  return all;
}

}  // namespace gridlock::internal::reports
