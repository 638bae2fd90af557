// SPDX-License-Identifier: Apache-2.0
//
// What a reader is told first. A finding lists its threads as the runtime met them, and begins a
// cycle at whichever thread closed it; the reader wants the cause, then what it stops, then those
// that only wait for them, and the same order in every run.
#include "reports/frames.h"
#include "reports/object_types.h"
#include "reports/thread_steps.h"
#include "reports/utf8.h"
#include "reports/wording.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <tuple>

namespace gridlock::internal::reports {
namespace {

/// "T12" before "T3" is right for no reader: by length first.
auto by_id(const std::string& id) { return std::tuple(id.size(), std::string_view(id)); }

/// A cycle may begin at any of its steps: at the one of its first thread.
void turn_cycle(Finding& finding) {
  std::vector<LockOrderEdge>& edges = finding.edges;
  const bool one_object = finding.cycle.size() == 1;  // that several threads hold and want
  if (edges.size() < 2 || (!one_object && edges.size() != finding.cycle.size())) return;
  for (std::size_t i = 0; i < edges.size(); ++i) {
    if (edges[i].from != finding.cycle[one_object ? 0 : i]) return;
  }
  const auto first = std::ranges::min_element(
      edges, {}, [](const LockOrderEdge& edge) { return by_id(edge.thread); });
  const auto turn = first - edges.begin();
  std::rotate(edges.begin(), first, edges.end());
  if (one_object) return;
  std::rotate(finding.cycle.begin(), finding.cycle.begin() + turn, finding.cycle.end());
}

/// A thread that is on its way out of a Rendezvous at that moment: a test's own order, and no part of
/// what went wrong.
void drop_meetings(Finding& finding) {
  const bool race = finding.kind == FindingKind::kDataRace;
  if (!race && !info(finding.kind).name.starts_with("misuse-")) return;
  const Names names(finding);
  for (ThreadInfo& thread : finding.threads) {
    if (!thread.wants || names.type(thread.wants->object) != "Rendezvous") continue;
    thread.wants.reset();
    thread.state = "running";
  }
}

class Ranks {
 public:
  explicit Ranks(const Finding& finding) : finding_(finding), names_(finding) {}

  int operator()(const ThreadInfo& thread) const {
    const bool acts =
        std::ranges::any_of(finding_.acts, [&](const Act& act) { return act.thread == thread.id; });
    if (acts) return 0;
    const bool took_it_along = thread.state == "ended" && !thread.held.empty();
    if (!thread.wants) return took_it_along ? 1 : 4;
    if (is_execution(names_.type(thread.wants->object))) return thread.name == "main" ? 6 : 5;
    return is_in_the_way(thread) ? 2 : 3;
  }

 private:
  bool is_in_the_way(const ThreadInfo& thread) const {
    return std::ranges::any_of(thread.held, [&](const HeldObject& held) {
      return std::ranges::any_of(finding_.threads, [&](const ThreadInfo& other) {
        return other.wants && &other != &thread && other.wants->object == held.object;
      });
    });
  }

  const Finding& finding_;
  const Names names_;
};

/// The newest record, of what the thread waits for now.
bool is_present_wait(const ThreadInfo& thread, std::size_t index) {
  const RecentRecord& record = thread.recent[index];
  return !record.granted && index + 1 == thread.recent.size() && thread.wants &&
         thread.wants->object == record.object;
}

/// Whether the thread still has what this record acquired.
const HeldObject* still_held(const ThreadInfo& thread, std::size_t index) {
  const RecentRecord& record = thread.recent[index];
  if (!record.granted || !acquires(record.operation)) return nullptr;
  for (std::size_t later = index + 1; later < thread.recent.size(); ++later) {
    const RecentRecord& other = thread.recent[later];
    if (other.object == record.object && other.granted) return nullptr;
  }
  const auto held = std::ranges::find(thread.held, record.object, &HeldObject::object);
  return held == thread.held.end() ? nullptr : &*held;
}

}  // namespace

Finding in_reading_order(Finding finding) {
  turn_cycle(finding);
  drop_meetings(finding);
  if (finding.kind != FindingKind::kStarvation && finding.kind != FindingKind::kLostWakeup &&
      finding.kind != FindingKind::kOwnerDied && finding.kind != FindingKind::kDeadlock) {
    return finding;
  }
  const Ranks rank(finding);
  std::vector<std::pair<int, const ThreadInfo*>> order;
  order.reserve(finding.threads.size());
  for (const ThreadInfo& thread : finding.threads) order.emplace_back(rank(thread), &thread);
  std::ranges::sort(order, [](const auto& a, const auto& b) {
    return std::tuple(a.first, by_id(a.second->id)) < std::tuple(b.first, by_id(b.second->id));
  });
  std::vector<ThreadInfo> threads;
  threads.reserve(order.size());
  for (const auto& [unused, thread] : order) threads.push_back(*thread);
  finding.threads = std::move(threads);
  return finding;
}

std::string title_text(const Finding& finding) {
  const FindingKindInfo& kind = info(finding.kind);
  // The detail of a misuse is the operation, which the sentence below names.
  const bool says_more =
      !finding.detail.empty() && finding.detail != kind.name && !kind.name.starts_with("misuse-");
  return std::string(kind.title) + (says_more ? ": " + printable_line(finding.detail) : "");
}

bool has_history(const ThreadInfo& thread) {
  return std::ranges::any_of(
      thread.recent, [](const RecentRecord& record) { return record.operation != "start"; });
}

std::string record_text(const ThreadInfo& thread, std::size_t index, const Names& names) {
  const RecentRecord& record = thread.recent[index];
  std::string text = printable_line(record.operation);
  if (!record.object.empty()) text += " " + names.of(record.object);
  if (record.granted) return text;
  if (is_present_wait(thread, index)) return text + ", waits";
  return text + (releases(record.operation) ? ", refused" : ", not granted");
}

const Frame* record_site(const ThreadInfo& thread, std::size_t index) {
  const RecentRecord& record = thread.recent[index];
  if (const Frame* const site = site_of(record.stack)) return site;
  if (is_present_wait(thread, index)) return site_of(thread.wants->stack);
  if (const HeldObject* const held = still_held(thread, index)) return site_of(held->stack);
  // Refused just now: the thread is still there.
  const bool newest = !record.granted && index + 1 == thread.recent.size();
  return newest && releases(record.operation) ? site_of(thread.stack) : nullptr;
}

}  // namespace gridlock::internal::reports
