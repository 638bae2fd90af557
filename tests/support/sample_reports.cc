// SPDX-License-Identifier: Apache-2.0
#include "tests/support/sample_reports.h"

#include <utility>

namespace gridlock::support {
namespace {

constexpr const char* kBank = "/src/bank/bank.cc";
constexpr const char* kBankText = R"(#include <gridlock/gridlock.h>

GRIDLOCK_SCENARIO(opposite_order, {.name = "bank/opposite-order"}) {
  gridlock::Lock accounts("accounts");
  gridlock::Lock journal("journal");

  gridlock::Thread payer("payer", [&] {
    std::lock_guard first(accounts);
    std::lock_guard second(journal);  // accounts, then journal
  });
  gridlock::Thread auditor("auditor", [&] {
    std::lock_guard first(journal);
    std::lock_guard second(accounts);  // journal, then accounts: <the other way round> & "quoted"
  });
}
)";

Frame user(std::string function, int line, int column = 21) {
  return {.function = std::move(function), .file = kBank, .line = line, .column = column};
}

Frame in_std(std::string function) {
  return {.function = std::move(function),
          .file = "/usr/include/c++/12/bits/std_thread.h",
          .line = 210,
          .column = 4};
}

/// As it looks at -O0: the site is inside std::lock_guard, and a thread starts in libstdc++ and
/// libc.
Stack thread_stack(const std::string& lambda, int line) {
  return {{.function = "gridlock::Lock::lock(std::source_location)",
           .file = "/src/gridlock/harness/primitives/lock.cc",
           .line = 40},
          {.function = "std::lock_guard<gridlock::Lock>::lock_guard(gridlock::Lock&)",
           .file = "/usr/include/c++/12/bits/std_mutex.h",
           .line = 229},
          user(lambda, line),
          in_std("void std::__invoke_impl<void, payer>(std::__invoke_other, payer&&)"),
          in_std("std::thread::_State_impl<payer>::_M_run()"),
          {.module = "/lib/x86_64-linux-gnu/libc.so.6", .offset = 0x89044}};
}

std::vector<Object> accounts_and_journal() {
  return {
      {.id = "M1", .type = "Lock", .name = "accounts", .created = {user("opposite_order()", 4)}},
      {.id = "M2", .type = "Lock", .name = "journal", .created = {user("opposite_order()", 5)}}};
}

std::vector<ThreadInfo> payer_and_auditor(const std::string& state) {
  ThreadInfo payer{.id = "T1", .name = "payer", .os_id = 4711, .state = state};
  payer.held = {
      {.object = "M1", .mode = "exclusive", .stack = thread_stack("payer::operator()()", 8)}};
  payer.wants = {
      .object = "M2", .operation = "lock", .stack = thread_stack("payer::operator()()", 9)};
  payer.created = {user("opposite_order()", 7)};
  payer.recent = {{.operation = "lock", .object = "M1", .stack = {user("payer::operator()()", 8)}},
                  {.operation = "lock",
                   .object = "M2",
                   .granted = false,
                   .stack = {user("payer::operator()()", 9)}}};
  ThreadInfo auditor{.id = "T2", .name = "auditor", .os_id = 4712, .state = state};
  auditor.held = {
      {.object = "M2", .mode = "exclusive", .stack = thread_stack("auditor::operator()()", 12)}};
  auditor.wants = {
      .object = "M1", .operation = "lock", .stack = thread_stack("auditor::operator()()", 13)};
  auditor.created = {user("opposite_order()", 11)};
  return {payer, auditor};
}

Outcome outcome_of(std::string name, std::vector<Finding> findings) {
  Outcome outcome;
  outcome.name = std::move(name);
  outcome.summary = "Two threads take two locks in opposite orders";
  outcome.story =
      "The payer locks the accounts and then the journal, the auditor locks them the other way "
      "round.\n\n"
      "Most runs end well. One in which both have their first lock never ends.";
  outcome.case_number = 3;
  outcome.twin = "bank/one-order";
  for (const Finding& finding : findings) {
    bool known = false;
    for (const FindingKind kind : outcome.expected) known = known || kind == finding.kind;
    if (!known) outcome.expected.push_back(finding.kind);
  }
  outcome.file = kBank;
  outcome.first_line = 3;
  outcome.last_line = 15;
  outcome.reason = findings.empty() ? "clean, as expected" : "found what it expects";
  outcome.findings = std::move(findings);
  outcome.seconds = 0.12;
  outcome.exit_code = 0;
  outcome.rerun = "./build/tsan/catalogue run " + outcome.name;
  return outcome;
}

Report one(Outcome outcome) {
  Report report = empty_report();
  report.outcomes.push_back(std::move(outcome));
  return report;
}

Outcome missed() {
  Outcome outcome = outcome_of("bank/missed", {});
  outcome.verdict = Verdict::kMissed;
  outcome.expected = {FindingKind::kLockOrderCycle, FindingKind::kDataRace};
  outcome.reason = "expected lock-order-cycle and data-race, found nothing";
  return outcome;
}

Outcome timed_out() {
  Outcome outcome = outcome_of("bank/timeout", {});
  outcome.verdict = Verdict::kTimedOut;
  outcome.reason = "ran past its deadline of 10 s";
  outcome.dump = sample_dump();
  outcome.seconds = 10.004;
  outcome.exit_code = -1;
  outcome.signal = 9;
  outcome.output = "payer: got accounts\nauditor: got journal\n";
  return outcome;
}

Outcome crashed() {
  Outcome outcome = outcome_of("bank/crash", {});
  outcome.verdict = Verdict::kCrashed;
  outcome.reason = "ended by signal 11 (SIGSEGV at 0x10)";
  outcome.dump = sample_dump();
  outcome.dump->reason = "SIGSEGV at 0x10";
  outcome.dump->threads[0].stack = {user("payer::operator()()", 9),
                                    in_std("std::thread::_M_run()")};
  outcome.exit_code = -1;
  outcome.signal = 11;
  // An escape sequence, bytes that are not UTF-8, markup, and more lines than a terminal wants.
  outcome.output = "\x1b[31mred\x1b[0m \xFF\xFE <b>bold</b>\n";
  for (int i = 1; i <= 30; ++i) outcome.output += "line " + std::to_string(i) + "\n";
  return outcome;
}

Outcome not_checked() {
  Outcome outcome = outcome_of("shared-counter/unsafe", {});
  outcome.verdict = Verdict::kNotChecked;
  outcome.expected = {FindingKind::kDataRace};
  outcome.reason = "data-race needs ThreadSanitizer, which this build lacks";
  return outcome;
}

Outcome unexpected() {
  Outcome outcome = outcome_of("bank/one-order", {lock_order_cycle()});
  outcome.verdict = Verdict::kUnexpected;
  outcome.expected = {};
  outcome.twin = "bank/opposite-order";
  outcome.reason = "expected no finding, found lock-order-cycle";
  return outcome;
}

Report mixed() {
  Report report = empty_report();
  report.outcomes = {outcome_of("bank/opposite-order", {lock_order_cycle()}),
                     unexpected(),
                     not_checked(),
                     crashed(),
                     timed_out(),
                     missed()};
  return report;
}

}  // namespace

Report empty_report() {
  Report report;
  report.tool_version = "0.1.0";
  report.started = "2026-01-02T03:04:05Z";
  report.seconds = 1.5;
  report.command = "./build/tsan/catalogue run";
  report.compiler = "clang 19.1.7";
  report.sanitizer = "thread";
  report.sources[kBank] = kBankText;
  return report;
}

Report report_of(std::string name, std::vector<Finding> findings) {
  return one(outcome_of(std::move(name), std::move(findings)));
}

Finding bare(FindingKind kind) {
  Finding finding;
  finding.kind = kind;
  return finding;
}

Finding lock_order_cycle() {
  Finding finding = bare(FindingKind::kLockOrderCycle);
  finding.fingerprint = "0123456789abcdef";
  finding.cycle = {"M1", "M2"};
  finding.edges = {{.from = "M1",
                    .to = "M2",
                    .thread = "T1",
                    .held_stack = thread_stack("payer::operator()()", 8),
                    .wanted_stack = thread_stack("payer::operator()()", 9)},
                   {.from = "M2",
                    .to = "M1",
                    .thread = "T2",
                    .held_stack = thread_stack("auditor::operator()()", 12),
                    .wanted_stack = thread_stack("auditor::operator()()", 13)}};
  finding.threads = payer_and_auditor("running");
  finding.threads[0].wants.reset();
  finding.threads[0].held.clear();
  finding.threads[0].state = "ended";
  finding.objects = accounts_and_journal();
  return finding;
}

Finding deadlock() {
  Finding finding = lock_order_cycle();
  finding.kind = FindingKind::kDeadlock;
  finding.fingerprint = "0123456789abcdee";
  finding.threads = payer_and_auditor("blocked");
  return finding;
}

Finding self_deadlock() {
  Finding finding = bare(FindingKind::kSelfDeadlock);
  finding.cycle = {"M1"};
  finding.edges = {{.from = "M1",
                    .to = "M1",
                    .thread = "T1",
                    .held_stack = thread_stack("payer::operator()()", 8),
                    .wanted_stack = thread_stack("payer::operator()()", 9)}};
  finding.threads = {payer_and_auditor("blocked")[0]};
  finding.threads[0].wants->object = "M1";
  finding.objects = {accounts_and_journal()[0]};
  return finding;
}

Finding hostile_data_race() {
  const std::string script = "<script>alert(1)</script>";
  Finding finding = bare(FindingKind::kDataRace);
  finding.detail = "\"quoted\" & 'single' " + script;
  finding.accesses = {
      {.thread = "T1",
       .write = true,
       .size = 4,
       .address = 0x1000,
       .stack = {user("pay<std::vector<int> >(" + script + ")", 8), user("main", 15)},
       .held = {"M1", "M2"},
       .held_shared = {"M2"},
       .held_foreign = 1,
       .held_known = true},
      {.thread = "T2",
       .write = false,
       .atomic = true,
       .size = 1,
       .address = 0x1000,
       .stack = {user("audit(int const&)", 13), user("main", 15)},
       .held_known = true}};
  finding.locations = {{.type = "global",
                        .name = "counter" + script,
                        .address = 0x1000,
                        .size = 4,
                        .allocated = {user("opposite_order()", 4)}}};
  finding.threads = {{.id = "T1", .name = script, .os_id = 4711, .state = "running"},
                     {.id = "T2", .name = "esc\x1b[31m\nnewline", .os_id = 4712, .state = "ended"}};
  finding.threads[1].created = {user("opposite_order()", 11)};
  finding.objects = {{.id = "M1", .type = "Lock", .name = "\"><img src=x onerror=alert(2)>"},
                     {.id = "M2", .type = "Lock", .name = "\xFF bad utf-8 \xE2\x80\xAE reversed"}};
  finding.tsan_text =
      "WARNING: ThreadSanitizer: data race (pid=1)\n  Write of size 4 " + script + "\n";
  return finding;
}

Finding misuse() {
  Finding finding = bare(FindingKind::kMisuseUnlockNotOwner);
  finding.threads = payer_and_auditor("running");
  finding.threads[0].wants.reset();
  finding.threads[1].held.clear();
  finding.threads[1].wants.reset();
  finding.threads[1].stack = thread_stack("auditor::operator()()", 12);
  finding.objects = {accounts_and_journal()[0]};
  finding.acts = {{.operation = "unlock",
                   .object = "M1",
                   .thread = "T2",
                   .stack = thread_stack("auditor::operator()()", 12)},
                  {.operation = "try_lock",
                   .object = "M1",
                   .thread = "T2",
                   .stack = thread_stack("auditor::operator()()", 13)}};
  return finding;
}

Finding starvation() {
  Finding finding = bare(FindingKind::kStarvation);
  finding.detail = "no thread that can run holds a permit of S1";
  ThreadInfo waiter{.id = "T1", .name = "printer", .os_id = 4711, .state = "blocked"};
  waiter.wants = {
      .object = "S1", .operation = "acquire", .timed = true, .stack = {user("print()", 9)}};
  waiter.recent = {
      {.operation = "acquire", .object = "S1", .granted = false, .stack = {user("print()", 9)}}};
  ThreadInfo holder{.id = "T2", .state = "ended"};
  holder.held = {{.object = "S1", .mode = "permit", .count = 2, .stack = {user("hoard()", 12)}}};
  finding.threads = {waiter, holder};
  finding.objects = {{.id = "S1", .type = "Semaphore", .name = "slots"}};
  return finding;
}

ProcessDump sample_dump() {
  ProcessDump dump;
  dump.reason = "timeout";
  dump.threads = payer_and_auditor("blocked");
  dump.threads.insert(dump.threads.begin(),
                      {.id = "T0", .name = "main", .os_id = 4710, .state = "blocked"});
  dump.threads[0].wants = {
      .object = "T1", .operation = "join", .stack = {user("opposite_order()", 15)}};
  dump.threads[0].stack = {user("opposite_order()", 15)};
  dump.objects = accounts_and_journal();
  return dump;
}

Finding long_cycle(int locks) {
  Finding finding = bare(FindingKind::kLockOrderCycle);
  for (int i = 1; i <= locks; ++i) {
    const std::string number = std::to_string(i);
    const std::string next = std::to_string(i % locks + 1);
    finding.cycle.push_back("M" + number);
    finding.edges.push_back({.from = "M" + number,
                             .to = "M" + next,
                             .thread = "T" + number,
                             .held_stack = {user("take()", 8)},
                             .wanted_stack = {user("take()", 9)}});
    finding.objects.push_back({.id = "M" + number, .type = "Lock", .name = "lock " + number});
    finding.threads.push_back({.id = "T" + number, .name = "worker " + number});
  }
  return finding;
}

namespace {

// One finding is new, one known, and one of the earlier run is fixed.
Report compared() {
  Finding known = lock_order_cycle();
  Finding fresh = deadlock();
  Finding fixed = starvation();
  fixed.fingerprint = "00000000000000ff";
  Report old = report_of("bank/two", {known, fixed});
  old.started = "2026-01-01T03:04:05Z";
  Report report = report_of("bank/two", {known, fresh});
  report.outcomes[0].verdict = Verdict::kUnexpected;
  report.outcomes[0].reason = "expected no finding, found lock-order-cycle, deadlock";
  report.project = "/src";
  compare_with(report, old, "last.json");
  return report;
}

}  // namespace

std::vector<Sample> samples() {
  return {{"empty", empty_report()},
          {"lock_order_cycle", report_of("bank/opposite-order", {lock_order_cycle()})},
          {"deadlock", report_of("bank/deadlock", {deadlock()})},
          {"self_deadlock", report_of("bank/self", {self_deadlock()})},
          {"data_race", report_of("bank/<b>race</b>", {hostile_data_race()})},
          {"misuse", report_of("bank/misuse", {misuse()})},
          {"starvation", report_of("bank/starvation", {starvation()})},
          {"crash", one(crashed())},
          {"timeout", one(timed_out())},
          {"missed", one(missed())},
          {"not_checked", one(not_checked())},
          {"edges", edges_report()},
          {"places", places_report()},
          {"confirmations", confirmations_report()},
          {"explored", explored_report()},
          {"lock_facts", lock_facts_report()},
          {"processes", processes_report()},
          {"programs", programs_report()},
          {"baseline", compared()},
          {"past", past_report()},
          {"mixed", mixed()}};
}

}  // namespace gridlock::support
