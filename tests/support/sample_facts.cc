// SPDX-License-Identifier: Apache-2.0
//
// Samples of edges between things that are no locks, and of what a report says besides findings.
#include "tests/support/sample_reports.h"

#include <utility>

namespace gridlock::support {
namespace {

Stack at(std::string function, int line) {
  return {
      {.function = std::move(function), .file = "/src/bank/bank.cc", .line = line, .column = 5}};
}

const Object kAccounts{.id = "M1", .type = "Lock", .name = "accounts"};
const Object kJournal{.id = "M2", .type = "Lock", .name = "journal"};
const Object kGate{.id = "M3", .type = "Lock", .name = "kitchen <b>door</b>"};
const Object kCatalogue{.id = "M4", .type = "SharedLock", .name = "catalogue"};
const Object kReady{.id = "E1", .type = "Event", .name = "ready"};
const Object kSlots{.id = "S1", .type = "Semaphore", .name = "slots"};
const Object kInit{.id = "O1", .type = "OnceFlag", .name = "init"};
const Object kPrice{.id = "F1", .type = "Future", .name = "price"};
const Object kOrders{.id = "Q1", .type = "Queue", .name = "orders"};
const Object kFull{.id = "C1", .type = "Condition", .name = "not full"};
const Object kStart{.id = "B1", .type = "Barrier", .name = "start"};

std::vector<ThreadInfo> two_threads() {
  return {{.id = "T1", .name = "payer", .os_id = 4711},
          {.id = "T2", .name = "auditor", .os_id = 4712}};
}

LockOrderEdge edge(std::string from, std::string to, std::string thread, int line) {
  const bool payer = thread == "T1";
  const std::string function = payer ? "payer::operator()()" : "auditor::operator()()";
  return {.from = std::move(from),
          .to = std::move(to),
          .thread = std::move(thread),
          .held_stack = at(function, line),
          .wanted_stack = at(function, line + 1)};
}

LockOrderEdge signal(std::string from, std::string to, std::string thread, int line) {
  LockOrderEdge result = edge(std::move(from), std::move(to), std::move(thread), line);
  result.held_stack.clear();
  return result;
}

Finding cycle(std::vector<LockOrderEdge> edges, std::vector<Object> objects) {
  Finding finding = bare(FindingKind::kLockOrderCycle);
  for (const LockOrderEdge& one : edges) {
    if (finding.cycle.empty() || one.from != finding.cycle.front()) {
      finding.cycle.push_back(one.from);
    }
  }
  finding.edges = std::move(edges);
  finding.objects = std::move(objects);
  finding.threads = two_threads();
  return finding;
}

LockOrderEdge with_modes(LockOrderEdge one, std::string held, std::string wanted) {
  one.held_mode = std::move(held);
  one.wanted_mode = std::move(wanted);
  return one;
}

InfeasibleCycle safe(std::string reason, std::string object, Finding claim) {
  InfeasibleCycle result{.reason = std::move(reason), .object = std::move(object)};
  result.length = claim.edges.size();
  result.claim = std::move(claim);
  return result;
}

Finding two_locks() {
  return cycle({edge("M1", "M2", "T1", 8), edge("M2", "M1", "T2", 12)},
               {kAccounts, kJournal, kGate, kReady, kSlots});
}

}  // namespace

Finding event_under_lock() {
  return cycle({edge("M1", "E1", "T1", 8), signal("E1", "M1", "T2", 12)}, {kAccounts, kReady});
}

Finding join_under_lock() {
  return cycle({edge("M1", "T2", "T1", 8), signal("T2", "M1", "T2", 12)}, {kAccounts});
}

Finding future_under_once() {
  return cycle({edge("O1", "F1", "T1", 8), signal("F1", "O1", "T2", 12)}, {kInit, kPrice});
}

Finding condition_and_queue() {
  return cycle({signal("C1", "Q1", "T1", 8), signal("Q1", "C1", "T2", 12)}, {kFull, kOrders});
}

Finding permit_and_barrier() {
  return cycle({edge("S1", "B1", "T1", 8), signal("B1", "S1", "T2", 12)}, {kSlots, kStart});
}

Finding released_by_others() {
  return cycle({edge("M1", "S1", "T1", 8), signal("S1", "M1", "T2", 12)}, {kAccounts, kSlots});
}

Finding read_again() {
  return cycle({with_modes(edge("M4", "M4", "T1", 8), "shared", "shared")}, {kCatalogue});
}

Finding two_upgrades() {
  return cycle({with_modes(edge("M4", "M4", "T1", 8), "shared", "upgrade"),
                with_modes(edge("M4", "M4", "T2", 12), "shared", "upgrade")},
               {kCatalogue});
}

Finding one_class() {
  return cycle({edge("M1", "M1", "T1", 8), edge("M1", "M1", "T2", 12)}, {kAccounts});
}

Finding against_declaration() {
  Finding finding = bare(FindingKind::kDeclaredOrder);
  finding.edges = {edge("M2", "M1", "T1", 8)};
  finding.threads = {two_threads()[0]};
  finding.objects = {kAccounts, kJournal};
  finding.locations = {{.type = "declaration",
                        .name = "accounts (M1) before journal (M2)",
                        .allocated = at("bank::bank()", 3)}};
  return finding;
}

Finding held_at_fork() {
  Finding finding = bare(FindingKind::kMisuseForkHeld);
  finding.detail = "lock";
  finding.threads = two_threads();
  finding.threads[0].stack = at("payer::operator()()", 9);
  finding.threads[1].state = "ended";
  finding.threads[1].held = {{.object = "M1", .stack = at("auditor::operator()()", 12)}};
  finding.objects = {kAccounts};
  finding.locations = {{.type = "fork", .name = "fork", .allocated = at("payer::operator()()", 5)}};
  return finding;
}

Finding cycle_of_classes() {
  Object account = kAccounts;
  account.created = at("account::account()", 2);
  account.class_size = 413;
  Finding finding = cycle({edge("M1", "M1", "T1", 8), edge("M1", "M1", "T2", 12)}, {account});
  return finding;
}

Report places_report() {
  return report_of("bank/places", {against_declaration(), held_at_fork(), cycle_of_classes()});
}

Finding reader_and_writer() {
  return cycle({with_modes(edge("M4", "M1", "T1", 8), "shared", ""),
                with_modes(edge("M1", "M4", "T2", 12), "", "shared")},
               {kCatalogue, kAccounts});
}

std::vector<InfeasibleCycle> one_infeasible_cycle_a_reason() {
  Finding alone = two_locks();
  alone.edges[1].thread = "T1";
  return {safe("gate", "M3", two_locks()),
          safe("one-thread", "", std::move(alone)),
          safe("ordered", "", two_locks()),
          safe("ordered", "E1", two_locks()),
          safe("readers-only", "M4", reader_and_writer()),
          safe("no-writer", "M4", read_again()),
          safe("not-a-lock", "S1", released_by_others()),
          safe("not-a-lock", "E1", event_under_lock()),
          safe("unpublished", "M1", two_locks())};
}

Report edges_report() {
  return report_of("bank/edges", {event_under_lock(), join_under_lock(), future_under_once(),
                                  condition_and_queue(), permit_and_barrier(), released_by_others(),
                                  read_again(), two_upgrades(), one_class(), reader_and_writer()});
}

Report lock_facts_report() {
  Report report = report_of("bank/facts", {});
  Outcome& outcome = report.outcomes[0];
  outcome.reason = "found no finding, as declared; suppressed: lock-order-cycle";
  outcome.infeasible_cycles = one_infeasible_cycle_a_reason();
  outcome.infeasible_cycles[0].length = 5;  // of which two steps were kept
  outcome.infeasible_cycles_dropped = 3;
  outcome.watching = WatchingCost{.records = 120'400,
                                  .objects = 12,
                                  .edges = 9,
                                  .contexts = 14,
                                  .misses = 31,
                                  .graph_visits = 28,
                                  .graph_ns = 312'000,
                                  .graph_bytes = 318'464};
  outcome.contention = {{.object = "M1",
                         .acquisitions = 1200,
                         .waits = 31,
                         .wait_ns = 48'200'000,
                         .longest_wait_ns = 12'345'678,
                         .longest_wait_thread = "T2",
                         .longest_wait = at("auditor::operator()()", 13),
                         .holds = 1200,
                         .hold_ns = 2'050'000'000,
                         .longest_hold_ns = 9'870,
                         .longest_hold_thread = "T1",
                         .longest_hold = at("payer::operator()()", 8),
                         .overtaken = 1204,
                         .overtaken_ns = 2'100'000'000,
                         .overtaken_thread = "T2",
                         .overtaken_at = at("auditor::operator()()", 13),
                         .overtaken_still = true,
                         .objects = {kAccounts},
                         .threads = two_threads()},
                        {.object = "M3",
                         .acquisitions = 7,
                         .waits = 1,
                         .wait_ns = 840,
                         .longest_wait_ns = 840,
                         .objects = {kGate}}};
  outcome.learned_order = {{.from = "M1",
                            .to = "M2",
                            .thread = "T1",
                            .held_stack = at("payer::operator()()", 8),
                            .wanted_stack = at("payer::operator()()", 9),
                            .objects = {kAccounts, kJournal},
                            .threads = two_threads()},
                           {.from = "M3", .to = "M1", .objects = {kGate, kAccounts}}};
  Finding known = two_locks();
  known.fingerprint = "0123456789abcdef";
  known.suppressed_by = "known <1>.supp:2: lock:acc*";
  outcome.suppressed = {known};
  report.suppressions = {{"known <1>.supp", 2, "lock:acc*", 1},
                         {"known <1>.supp", 3, "data-race/site:*legacy.cc", 0}};
  return report;
}

}  // namespace gridlock::support
