// SPDX-License-Identifier: Apache-2.0
#include "reports/lock_facts.h"

#include "reports/frames.h"
#include "reports/utf8.h"
#include "reports/wording.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <utility>

namespace gridlock::internal::reports {
namespace {

// "payer (T1) and auditor (T2)", each once, in the order of the steps.
std::string threads_of(const Finding& claim, const Names& names) {
  std::vector<std::string> ids;
  for (const LockOrderEdge& edge : claim.edges) {
    if (std::ranges::find(ids, edge.thread) == ids.end()) ids.push_back(edge.thread);
  }
  std::string text;
  const std::size_t shown = std::min(ids.size(), kMaxItems);
  for (std::size_t i = 0; i < shown; ++i) {
    if (i > 0) text += i + 1 == ids.size() ? " and " : ", ";
    text += names.of(ids[i]);
  }
  return text.empty() ? "its threads" : text;
}

std::string by_text(const std::string& thread, const Stack& stack, const Names& names) {
  std::string text;
  if (!thread.empty()) text = ", " + names.of(thread);
  if (const Frame* site = site_of(stack)) {
    text += (thread.empty() ? ", at " : " at ") + short_place_text(*site);
  }
  return text;
}

std::string number_text(std::uint64_t value) { return value == 0 ? "" : std::to_string(value); }
std::string time_text(std::uint64_t value) { return value == 0 ? "" : duration_text(value); }

}  // namespace

std::string infeasible_reason_text(const InfeasibleCycle& safe) {
  const Names names(safe.claim);
  const std::string object = names.of(safe.object);
  const std::string_view type = names.type(safe.object);
  const auto why = [&]() -> std::string {
    if (safe.reason == "one-thread") {
      return "one thread, " + threads_of(safe.claim, names) + ", takes every step";
    }
    const bool permits = type == "Semaphore" || type == "BoundedSemaphore";
    if (safe.reason == "gate" && permits) {
      return "every step holds a permit of " + object + ", which has too few for all of them";
    }
    if (safe.reason == "gate") return object + " keeps its steps apart";
    if (safe.reason == "permits-left") {
      return "the steps cannot hold all permits of " + object + ", and one is enough";
    }
    if (safe.reason == "ordered" && safe.object.empty()) {
      return threads_of(safe.claim, names) +
             " do not run at the same time: start and join put their steps in order";
    }
    if (safe.reason == "ordered") return "ordered through " + object;
    if (safe.reason == "readers-only") {
      return "the steps only read under " + object + ", and readers do not wait for readers";
    }
    if (safe.reason == "no-writer") {
      return "no other thread can be waiting to write under " + object +
             ", so a reader does not wait";
    }
    if (safe.reason == "not-a-lock") {
      return permits ? object + " is no lock: others than its holder release it"
                     : "several threads signal " + object + ", so it depends on none of them";
    }
    if (safe.reason == "unpublished") return "no other thread could see " + object + " yet";
    return printable_line(safe.reason) + (safe.object.empty() ? "" : ", " + object);
  };
  return "harmless: " + why();
}

std::string infeasible_count_text(const Outcome& outcome) {
  const std::size_t kept = outcome.infeasible_cycles.size();
  if (kept == 0 && outcome.infeasible_cycles_dropped == 0) return {};
  std::string text = counted(kept, "cycle") + " judged infeasible";
  if (outcome.infeasible_cycles_dropped > 0) {
    text += ", " + std::to_string(outcome.infeasible_cycles_dropped) + " more not kept";
  }
  return text;
}

std::string watching_text(const Outcome& outcome) {
  if (!outcome.watching) return {};
  const WatchingCost& cost = *outcome.watching;
  const auto many = [](std::uint64_t count, std::string_view noun) {
    return grouped(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
  };
  return many(cost.records, "operation") + ", " + many(cost.objects, "object") + "; " +
         many(cost.edges, "edge") + " in " + many(cost.contexts, "context") + "; " +
         grouped(cost.misses) + " new ways of nesting; " + many(cost.graph_visits, "visit") +
         " to the graph, about " + duration_text(cost.graph_ns) + "; " +
         grouped((cost.graph_bytes + 1023) / 1024) + " KiB";
}

std::string duration_text(std::uint64_t nanoseconds) {
  constexpr std::array<std::pair<std::uint64_t, std::string_view>, 3> kUnits = {
      {{1'000'000'000, " s"}, {1'000'000, " ms"}, {1'000, " us"}}};
  for (const auto& [unit, text] : kUnits) {
    if (nanoseconds < unit) continue;
    std::string whole = std::to_string(nanoseconds / unit);
    const std::string part = std::to_string(nanoseconds % unit * 1000 / unit + 1000).substr(1);
    // Three digits that count, without needless zeros behind the point.
    const std::size_t digits = whole.size() >= 3 ? 0 : 3 - whole.size();
    std::string rest = part.substr(0, digits);
    rest.erase(rest.find_last_not_of('0') + 1);
    if (!rest.empty()) whole += "." + rest;
    return whole + std::string(text);
  }
  return std::to_string(nanoseconds) + " ns";
}

ContentionText contention_text(const Contention& contention) {
  const Names names(contention.threads, contention.objects);
  ContentionText text;
  text.lock = names.of(contention.object);
  text.acquisitions = number_text(contention.acquisitions);
  text.waits = std::to_string(contention.waits);
  text.wait = time_text(contention.wait_ns);
  if (contention.longest_wait_ns > 0) {
    text.longest_wait = duration_text(contention.longest_wait_ns) +
                        by_text(contention.longest_wait_thread, contention.longest_wait, names);
  }
  text.holds = number_text(contention.holds);
  text.hold = time_text(contention.hold_ns);
  if (contention.longest_hold_ns > 0) {
    text.longest_hold = duration_text(contention.longest_hold_ns) +
                        by_text(contention.longest_hold_thread, contention.longest_hold, names);
  }
  return text;
}

std::string starved_writer_text(const Contention& contention) {
  if (contention.overtaken < kManyReaders || contention.overtaken_ns < kLongWait) return {};
  const Names names(contention.threads, contention.objects);
  const std::string lock = names.of(contention.object);
  const std::string writer =
      contention.overtaken_thread.empty() ? "a writer" : names.of(contention.overtaken_thread);
  const Frame* const site = site_of(contention.overtaken_at);
  return (site == nullptr ? "" : short_place_text(*site) + ": ") + writer +
         (contention.overtaken_still ? " has waited " : " waited ") +
         duration_text(contention.overtaken_ns) + " for " + lock +
         " to write while readers took it " + grouped(contention.overtaken) +
         " times: readers starve writers; use Prefer::kWriters";
}

bool has_holds(const Outcome& outcome) {
  return std::ranges::any_of(outcome.contention,
                             [](const Contention& one) { return one.holds > 0; });
}

std::string order_text(const LearnedOrder& order) {
  const Names names(order.threads, order.objects);
  return names.of(order.from) + " before " + names.of(order.to);
}

std::string order_place_text(const LearnedOrder& order) {
  const Names names(order.threads, order.objects);
  const std::string text = by_text(order.thread, order.wanted_stack, names);
  return text.empty() ? text : text.substr(2);
}

std::string suppressed_text(const Outcome& outcome) {
  if (outcome.suppressed.empty()) return {};
  std::set<std::string_view> kinds;
  for (const Finding& finding : outcome.suppressed) kinds.insert(info(finding.kind).name);
  std::string text;
  for (const std::string_view kind : kinds) text += (text.empty() ? "" : ", ") + std::string(kind);
  return std::to_string(outcome.suppressed.size()) + " suppressed (" + text + ")";
}

std::string entry_text(const Suppression& suppression) {
  return printable_line(suppression.file) + ":" + std::to_string(suppression.line) + ": " +
         printable_line(suppression.text);
}

std::size_t suppressed_count(const Report& report) {
  std::size_t all = 0;
  for (const Outcome& outcome : report.outcomes) all += outcome.suppressed.size();
  return all;
}

}  // namespace gridlock::internal::reports
