// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gridlock/report.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/support/effort.h"
#include "tests/support/sample_reports.h"

namespace gridlock {
namespace {

using ::testing::HasSubstr;

/// Reports of every shape: each member is sometimes empty, sometimes awkward. The same for the same
/// seed.
class RandomReports {
 public:
  explicit RandomReports(std::uint64_t seed) : random_(seed) {}

  Report report() {
    Report r;
    r.tool_version = text();
    r.started = text();
    r.seconds = real();
    r.command = text();
    r.compiler = text();
    r.sanitizer = text();
    for (std::uint64_t i = below(4); i > 0; --i) r.outcomes.push_back(outcome());
    for (std::uint64_t i = below(3); i > 0; --i) {
      r.suppressions.push_back({text(), integer(), text(), wide()});
    }
    for (std::uint64_t i = below(3); i > 0; --i) r.sources[text()] = text();
    for (std::uint64_t i = below(3); i > 0; --i) {
      r.sightings.push_back({text(), text(), text(), wide(), wide()});
    }
    return r;
  }

 private:
  std::uint64_t below(std::uint64_t limit) {
    return std::uniform_int_distribution<std::uint64_t>(0, limit - 1)(random_);
  }
  bool coin() { return below(2) == 0; }
  int integer() { return static_cast<int>(below(2'000'000)) - 1'000'000; }
  std::uint64_t wide() { return coin() ? 0 : random_(); }
  double real() { return std::uniform_real_distribution<double>(0, 100)(random_); }
  std::string text() {
    static const std::vector<std::string> pieces = {
        "",     "a", "\"", "\\", "\n", "\t", "<b>", "&", "é", "\U0001F512", std::string("\0", 1),
        "\x1b", "/", "名", " ",  "0"};
    std::string out;
    for (std::uint64_t i = below(5); i > 0; --i) out += pieces[below(pieces.size())];
    return out;
  }
  template <typename Make>
  auto list(Make make) {
    std::vector<decltype(make())> out;
    for (std::uint64_t i = below(3); i > 0; --i) out.push_back(make());
    return out;
  }
  FindingKind kind() { return finding_kinds()[below(finding_kinds().size())].kind; }
  Stack stack() {
    return list(
        [&] { return Frame{text(), text(), integer(), integer(), coin(), text(), wide()}; });
  }
  ThreadInfo thread() {
    ThreadInfo t;
    t.id = text();
    t.name = text();
    t.os_id = wide();
    t.state = text();
    t.held = list([&] { return HeldObject{text(), text(), integer(), stack()}; });
    if (coin()) t.wants = WantedObject{text(), text(), coin(), stack()};
    t.stack = stack();
    t.created = stack();
    t.recent = list([&] { return RecentRecord{text(), text(), coin(), stack()}; });
    t.process = text();
    return t;
  }
  Object object() { return {text(), text(), text(), stack(), wide(), text()}; }
  ProcessInfo process() {
    return {text(), wide(), wide(), text(), coin(), text(), coin() ? -1 : integer(), integer()};
  }
  Finding finding() {
    Finding f;
    f.kind = kind();
    f.detail = text();
    f.fingerprint = text();
    f.threads = list([&] { return thread(); });
    f.objects = list([&] { return object(); });
    f.cycle = list([&] { return text(); });
    f.edges = list(
        [&] { return LockOrderEdge{text(), text(), text(), stack(), stack(), text(), text()}; });
    f.accesses = list([&] {
      return MemoryAccess{text(),
                          coin(),
                          coin(),
                          integer(),
                          wide(),
                          stack(),
                          list([&] { return text(); }),
                          list([&] { return text(); }),
                          wide(),
                          coin()};
    });
    f.locations = list([&] {
      return MemoryLocation{text(), text(), wide(), wide(), stack(), text(), text(), wide()};
    });
    f.tsan_text = text();
    f.pid = wide();
    f.suppressed_by = text();
    f.processes = list([&] { return process(); });
    f.reports = wide();
    return f;
  }
  InfeasibleCycle infeasible_cycle() {
    InfeasibleCycle s{text(), text(), wide(), finding()};
    s.claim.kind = FindingKind::kLockOrderCycle;
    s.claim.processes.clear();  // it is about one process, and is written without any
    s.claim.accesses.clear();   // nor any access
    return s;
  }
  Contention contention() {
    Contention c;
    c.object = text();
    for (std::uint64_t* number : {&c.acquisitions, &c.waits, &c.wait_ns, &c.longest_wait_ns,
                                  &c.holds, &c.hold_ns, &c.longest_hold_ns}) {
      *number = wide();
    }
    c.longest_wait_thread = text();
    c.longest_wait = stack();
    c.longest_hold_thread = text();
    c.longest_hold = stack();
    c.objects = list([&] { return object(); });
    c.threads = list([&] { return thread(); });
    return c;
  }
  LearnedOrder learned_order() {
    return {text(), text(), text(), stack(), stack(), list([&] { return object(); }), list([&] {
              return thread();
            })};
  }
  Outcome outcome() {
    Outcome o;
    o.name = text();
    o.summary = text();
    o.story = text();
    o.case_number = integer();
    o.twin = text();
    o.expected = list([&] { return kind(); });
    o.file = text();
    o.first_line = integer();
    o.last_line = integer();
    o.verdict = static_cast<Verdict>(below(6));
    o.reason = text();
    o.findings = list([&] { return finding(); });
    o.suppressed = list([&] { return finding(); });
    o.infeasible_cycles = list([&] { return infeasible_cycle(); });
    o.infeasible_cycles_dropped = wide();
    o.contention = list([&] { return contention(); });
    if (coin())
      o.watching = WatchingCost{wide(), wide(), wide(), wide(), wide(), wide(), wide(), wide()};
    o.learned_order = list([&] { return learned_order(); });
    o.processes = list([&] { return process(); });
    if (coin())
      o.dump = ProcessDump{text(), list([&] { return thread(); }), list([&] { return object(); })};
    o.seconds = real();
    o.exit_code = integer();
    o.signal = integer();
    o.output = text();
    o.tsan_text = text();
    o.rerun = text();
    if (coin()) {
      o.program = ProgramInfo{text(), text(), list([&] { return wide(); }), coin(), coin(), text()};
    }
    return o;
  }

  std::mt19937_64 random_;
};

// The types have no ==. Two reports are the same if every member is, and the dump below visits
// every member through the codec; the checks by hand (KeepsTheMembersOfAFinding) see to it that the
// codec leaves none out.
TEST(JsonReport, ComesBackAsItWasForRandomReports) {
  for (std::uint64_t seed = 1; seed <= test::effort(200); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const Report report = RandomReports(seed).report();
    const std::string json = to_json(report);
    const Report again = report_from_json(json);
    ASSERT_EQ(to_json(again), json);
    ASSERT_EQ(to_html(again), to_html(report));
    ASSERT_EQ(to_text(again, {.verbose = true}), to_text(report, {.verbose = true}));
    ASSERT_EQ(again.sources, report.sources);
    ASSERT_EQ(again.seconds, report.seconds);
  }
}

TEST(JsonReport, KeepsTheMembersOfAFinding) {
  const Finding finding = support::deadlock();
  const Finding again = finding_from_json(to_json(finding));
  EXPECT_EQ(again.kind, finding.kind);
  EXPECT_EQ(again.fingerprint, finding.fingerprint);
  EXPECT_EQ(again.cycle, finding.cycle);
  ASSERT_EQ(again.threads.size(), 2U);
  EXPECT_EQ(again.threads[0].os_id, 4711U);
  EXPECT_EQ(again.threads[0].held[0].mode, "exclusive");
  ASSERT_TRUE(again.threads[0].wants.has_value());
  EXPECT_EQ(again.threads[0].wants->operation, "lock");
  EXPECT_FALSE(again.threads[0].recent[1].granted);
  EXPECT_EQ(again.edges[1].wanted_stack[2].line, 13);
  EXPECT_EQ(again.edges[1].wanted_stack[2].column, 21);
  EXPECT_EQ(again.edges[0].held_stack[5].module, "/lib/x86_64-linux-gnu/libc.so.6");
  EXPECT_EQ(again.edges[0].held_stack[5].offset, 0x89044U);
  EXPECT_EQ(again.objects[1].created[0].line, 5);
}

TEST(JsonReport, ReadsInfeasibleCyclesUnderTheirOldName) {
  std::string json = to_json(support::lock_facts_report());
  for (const std::string name : {"infeasible_cycles", "infeasible_cycles_dropped"}) {
    const std::string quoted = '"' + name + '"';
    const std::size_t at = json.find(quoted);
    ASSERT_NE(at, std::string::npos);
    json.replace(at, quoted.size(),
                 '"' + ("safe" + name.substr(std::string("infeasible").size())) + '"');
  }
  const Report again = report_from_json(json);
  EXPECT_EQ(again.outcomes.at(0).infeasible_cycles.size(), 9U);
  EXPECT_EQ(again.outcomes[0].infeasible_cycles_dropped, 3U);
}

TEST(JsonReport, KeepsTheMembersOfWhatIsNoFinding) {
  const Report report = support::lock_facts_report();
  const Report again = report_from_json(to_json(report));
  const Outcome& outcome = again.outcomes.at(0);
  ASSERT_EQ(outcome.infeasible_cycles.size(), 9U);
  EXPECT_EQ(outcome.infeasible_cycles[0].reason, "gate");
  EXPECT_EQ(outcome.infeasible_cycles[0].object, "M3");
  EXPECT_EQ(outcome.infeasible_cycles[0].length, 5U);
  EXPECT_EQ(outcome.infeasible_cycles[0].claim.kind, FindingKind::kLockOrderCycle);
  EXPECT_EQ(outcome.infeasible_cycles[0].claim.edges.size(), 2U);
  EXPECT_EQ(outcome.infeasible_cycles[4].claim.edges[1].wanted_mode, "shared");
  EXPECT_EQ(outcome.infeasible_cycles_dropped, 3U);
  EXPECT_EQ(outcome.watching.value().graph_ns, 312'000U);
  EXPECT_EQ(outcome.contention.at(0).longest_wait_ns, 12'345'678U);
  EXPECT_EQ(outcome.contention[0].longest_hold_thread, "T1");
  EXPECT_EQ(outcome.contention[0].longest_hold[0].line, 8);
  EXPECT_EQ(outcome.learned_order.at(1).from, "M3");
  EXPECT_EQ(outcome.suppressed.at(0).suppressed_by, "known <1>.supp:2: lock:acc*");
  EXPECT_EQ(again.suppressions.at(1).text, "data-race/site:*legacy.cc");
  EXPECT_EQ(again.suppressions[0].uses, 1U);
}

TEST(JsonReport, KeepsTheMembersOfProcesses) {
  const Report again = report_from_json(to_json(support::processes_report()));
  const Outcome& outcome = again.outcomes.at(0);
  ASSERT_EQ(outcome.processes.size(), 4U);
  EXPECT_EQ(outcome.processes[1].id, "P2");
  EXPECT_EQ(outcome.processes[1].pid, 4712U);
  EXPECT_EQ(outcome.processes[1].parent_pid, 4711U);
  EXPECT_EQ(outcome.processes[1].name, "consumer");
  EXPECT_TRUE(outcome.processes[1].daemon);
  EXPECT_EQ(outcome.processes[1].state, "killed");
  EXPECT_EQ(outcome.processes[1].signal, 9);
  EXPECT_EQ(outcome.processes[1].exit_code, -1) << "it did not exit by itself";
  EXPECT_EQ(outcome.processes[2].exit_code, 0) << "which is not the same as unknown";
  ASSERT_EQ(outcome.findings.at(0).processes.size(), 2U);
  EXPECT_EQ(outcome.findings[0].processes[1].state, "running");
  EXPECT_EQ(outcome.findings[0].threads.at(1).process, "P2");
  EXPECT_EQ(outcome.findings[0].objects.at(1).process, "P2");
}

TEST(JsonReport, IsAsItAlwaysWasWhenThereIsNothingOfThat) {
  const std::string json = to_json(support::report_of("a", {support::lock_order_cycle()}));
  for (const char* member :
       {"suppress", "infeasible_cycles", "contention", "learned", "_mode", "pid", "process"}) {
    EXPECT_THAT(json, ::testing::Not(HasSubstr(member)));
  }
}

TEST(JsonReport, KeepsAddressesAbove53Bits) {
  Finding finding = support::bare(FindingKind::kDataRace);
  finding.accesses = {{"T1", true, false, 8, 0xFFFF'FFFF'FFFF'FFFFU, {}, {}}};
  EXPECT_EQ(finding_from_json(to_json(finding)).accesses[0].address, 0xFFFF'FFFF'FFFF'FFFFU);
}

TEST(JsonReport, ShowsBytesThatAreNotUtf8AndHiddenCharacters) {
  Report report = support::report_of("a", {});
  report.outcomes[0].output = "before \xFF\xC3 after";
  const std::string json = to_json(report);
  EXPECT_THAT(json, HasSubstr(R"(before \\xff\\xc3 after)"));
  EXPECT_EQ(report_from_json(json).outcomes[0].output, R"(before \xff\xc3 after)");

  report.outcomes[0].output = "\x7F \u0085\u202e\u2028\u200b\U000E0041";
  const std::string hidden = to_json(report);
  EXPECT_THAT(hidden, HasSubstr(R"(\u007f \u0085\u202e\u2028\u200b\udb40\udc41)"));
  EXPECT_EQ(report_from_json(hidden).outcomes[0].output, report.outcomes[0].output);
}

TEST(JsonReport, IgnoresMembersThatItDoesNotKnow) {
  const Report report = report_from_json(
      R"({"version":1,"later":[1],"outcomes":[{"name":"a","verdict":"missed","later":{}}]})");
  EXPECT_EQ(report.outcomes.at(0).verdict, Verdict::kMissed);
}

std::string error_of(std::string_view json) {
  try {
    report_from_json(json);
    return "no error";
  } catch (const std::runtime_error& error) {
    return error.what();
  }
}

TEST(JsonReport, NamesWhatIsWrongAndWhere) {
  const auto in_finding = [](const std::string& members) {
    return R"({"version":1,"outcomes":[{"name":"a","verdict":"missed","findings":[{)" + members +
           "}]}]}";
  };
  EXPECT_EQ(error_of(""), "line 1, column 1: the document is empty");
  EXPECT_EQ(error_of("{\n  \"version\": 1,\n  oops\n}"), "line 3, column 3: not valid JSON");
  EXPECT_EQ(error_of("[]"), "expected an object, found array");
  EXPECT_EQ(error_of("{}"), "version: missing");
  EXPECT_EQ(error_of(R"({"version":2})"), "version: this program reads version 1, found 2");
  EXPECT_EQ(error_of(R"({"version":1})"), "outcomes: missing");
  EXPECT_EQ(error_of(R"({"version":1,"outcomes":[7]})"),
            "outcomes[0]: expected an object, found number");
  EXPECT_EQ(error_of(R"({"version":1,"outcomes":[{"name":"a","verdict":"fine"}]})"),
            "outcomes[0].verdict: no verdict is called 'fine'");
  EXPECT_EQ(error_of(in_finding("")), "outcomes[0].findings[0].kind: missing");
  EXPECT_EQ(error_of(in_finding(R"("kind":"nonsense")")),
            "outcomes[0].findings[0].kind: no kind of finding is called 'nonsense'");
  EXPECT_EQ(
      error_of(in_finding(R"("kind":"deadlock","threads":[{"held":[{"count":1.5}]}])")),
      "outcomes[0].findings[0].threads[0].held[0].count: expected a whole number, found number");
  EXPECT_EQ(error_of(in_finding(R"("kind":"deadlock","cycle":"M1")")),
            "outcomes[0].findings[0].cycle: expected a list, found string");
  EXPECT_EQ(error_of(in_finding(R"("kind":"deadlock","cycle":["M1"])")), "no error");
  EXPECT_EQ(error_of(R"({"version":1,"outcomes":[{"name":"a","verdict":"missed",)"
                     R"("infeasible_cycles":[{"length":-1}]}]})"),
            "outcomes[0].infeasible_cycles[0].reason: missing");
  EXPECT_EQ(error_of(R"({"version":1,"outcomes":[],"suppressions":[{"file":"f","line":1,)"
                     R"("text":"t","uses":-1}]})"),
            "suppressions[0].uses: expected a whole number, not negative, found number");
}

TEST(Verdicts, HaveNamesThatLeadBackToThem) {
  for (int i = 0; i < 6; ++i) {
    const auto verdict = static_cast<Verdict>(i);
    EXPECT_EQ(verdict_from_name(name(verdict)), verdict);
  }
  EXPECT_EQ(verdict_from_name("fine"), std::nullopt);
  EXPECT_TRUE(passed(Verdict::kNotChecked));
  EXPECT_FALSE(passed(Verdict::kUnexpected));
}

}  // namespace
}  // namespace gridlock
