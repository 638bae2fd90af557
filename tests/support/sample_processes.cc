// SPDX-License-Identifier: Apache-2.0
//
// Samples of findings over several processes, and of a run that had them.
#include "tests/support/sample_reports.h"

#include <utility>

namespace gridlock::support {
namespace {

Stack shop_stack(std::string function, int line) {
  return {
      {.function = std::move(function), .file = "/src/shop/shop.cc", .line = line, .column = 5}};
}

const Object kStock{
    .id = "L1", .type = "IpcLock", .name = "stock", .created = shop_stack("shop()", 4)};
const Object kTill{.id = "P2.M1",
                   .type = "Lock",
                   .name = "till",
                   .created = shop_stack("consumer()", 9),
                   .process = "P2"};

ProcessInfo shop() {
  return {.id = "P1", .pid = 4711, .parent_pid = 4000, .name = "main", .state = "running"};
}

ProcessInfo consumer() {
  return {.id = "P2",
          .pid = 4712,
          .parent_pid = 4711,
          .name = "consumer",
          .daemon = true,
          .state = "running"};
}

ThreadInfo waiting(std::string id, std::string name, std::uint64_t os_id, HeldObject held,
                   WantedObject wants) {
  ThreadInfo thread{
      .id = std::move(id), .name = std::move(name), .os_id = os_id, .state = "blocked"};
  thread.process = thread.id.substr(0, thread.id.find('.'));
  thread.held = {std::move(held)};
  thread.wants = std::move(wants);
  return thread;
}

}  // namespace

// The shop holds the stock and joins the consumer, whose main thread waits for its helper's lock;
// the helper waits for the stock.
Finding deadlock_of_processes() {
  Finding finding = bare(FindingKind::kDeadlock);
  finding.processes = {shop(), consumer()};
  finding.edges = {{.from = "L1",
                    .to = "P2.T1",
                    .thread = "P1.T1",
                    .held_stack = shop_stack("shop()", 20),
                    .wanted_stack = shop_stack("shop()", 21)},
                   {.from = "P2.T1",
                    .to = "P2.M1",
                    .thread = "P2.T1",
                    .wanted_stack = shop_stack("consumer()", 11)},
                   {.from = "P2.M1",
                    .to = "L1",
                    .thread = "P2.T2",
                    .held_stack = shop_stack("helper()", 14),
                    .wanted_stack = shop_stack("helper()", 15)}};
  finding.cycle = {"L1", "P2.T1", "P2.M1"};
  finding.threads = {
      waiting("P1.T1", "main", 4711,
              {.object = "L1", .mode = "exclusive", .stack = shop_stack("shop()", 20)},
              {.object = "P2.T1", .operation = "join", .stack = shop_stack("shop()", 21)}),
      waiting("P2.T1", "main", 4712, {},
              {.object = "P2.M1", .operation = "lock", .stack = shop_stack("consumer()", 11)}),
      waiting("P2.T2", "helper", 4713,
              {.object = "P2.M1", .mode = "exclusive", .stack = shop_stack("helper()", 14)},
              {.object = "L1", .operation = "lock", .stack = shop_stack("helper()", 15)})};
  finding.threads[1].held.clear();
  finding.objects = {kStock, kTill};
  return finding;
}

Finding owner_killed() {
  Finding finding = bare(FindingKind::kStarvation);
  finding.detail = "the owner was killed by signal 9";
  finding.processes = {shop(), consumer()};
  finding.processes[1].state = "killed";
  finding.processes[1].signal = 9;
  finding.threads = {
      waiting("P1.T1", "main", 4711, {},
              {.object = "L1", .operation = "lock", .stack = shop_stack("shop()", 20)}),
      waiting("P2.T1", "main", 4712,
              {.object = "L1", .mode = "exclusive", .stack = shop_stack("consumer()", 11)}, {})};
  finding.threads[0].held.clear();
  finding.threads[1].wants.reset();
  finding.threads[1].state = "ended";
  finding.objects = {kStock};
  return finding;
}

// Two workers wait for an order that nobody writes: one process more than the boss has ends for.
Finding workers_without_orders() {
  Finding finding = bare(FindingKind::kStarvation);
  finding.processes = {shop(), consumer(), consumer()};
  finding.processes[2].id = "P3";
  finding.processes[2].pid = 4713;
  finding.processes[2].name = "consumer with <a name> that is longer than its box is wide";
  const WantedObject order{
      .object = "J1", .operation = "get", .stack = shop_stack("consumer()", 11)};
  finding.threads = {
      waiting("P1.T1", "main", 4711, {},
              {.object = "P2.T1", .operation = "join", .stack = shop_stack("shop()", 21)}),
      waiting("P2.T1", "main", 4712, {}, order), waiting("P3.T1", "main", 4713, {}, order)};
  for (ThreadInfo& thread : finding.threads) thread.held.clear();
  finding.objects = {{.id = "J1", .type = "JoinableQueue", .name = "orders"}};
  return finding;
}

// A program that is fed through a pipe while nobody reads what it answers.
Finding pipes_full() {
  Finding finding = bare(FindingKind::kDeadlock);
  finding.threads = {{.id = "T1", .name = "main", .state = "blocked"}};
  finding.threads[0].wants =
      WantedObject{.object = "X1", .operation = "write", .stack = shop_stack("feed()", 30)};
  finding.objects = {{.id = "X1", .type = "Pipe", .name = "input of sort"},
                     {.id = "X2", .type = "Pipe", .name = "output of sort"},
                     {.id = "X3", .type = "Program", .name = "sort"}};
  return finding;
}

Report processes_report() {
  Report report = report_of("shop/stock", {deadlock_of_processes(), owner_killed(),
                                           workers_without_orders(), pipes_full()});
  Outcome& outcome = report.outcomes[0];
  outcome.file = "/src/shop/shop.cc";
  outcome.first_line = 3;
  outcome.processes = {shop(),
                       consumer(),
                       {.id = "P3",
                        .pid = 4720,
                        .parent_pid = 4712,
                        .name = "cashier with <a name> that is longer than anybody would wish for",
                        .state = "ended",
                        .exit_code = 0},
                       {.id = "P4", .pid = 4721, .parent_pid = 4711, .state = "running"}};
  outcome.processes[0].state = "ended";
  outcome.processes[0].exit_code = 1;
  outcome.processes[1].state = "killed";
  outcome.processes[1].signal = 9;
  return report;
}

}  // namespace gridlock::support
