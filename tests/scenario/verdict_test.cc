// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/verdict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <initializer_list>

namespace gridlock::internal {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

Finding finding(FindingKind kind, std::vector<std::string> cycle = {}) {
  Finding result;
  result.kind = kind;
  result.cycle = std::move(cycle);
  return result;
}

RunFacts exited(int code, std::initializer_list<FindingKind> kinds = {}) {
  RunFacts facts;
  facts.exit_code = code;
  for (const FindingKind kind : kinds) facts.findings.push_back(finding(kind));
  return facts;
}

RunFacts killed(int signal, std::initializer_list<FindingKind> kinds = {}) {
  RunFacts facts = exited(-1, kinds);
  facts.signal = signal;
  return facts;
}

TEST(Verdict, CleanRunOfACleanScenarioIsAsExpected) {
  EXPECT_EQ(judge(clean(), exited(0)).verdict, Verdict::kAsExpected);
}

TEST(Verdict, WithoutTheFirstOrTheLastRecordOfTheLogACleanExitIsNotGreen) {
  RunFacts no_start = exited(0);
  no_start.log_started = false;
  no_start.log_ended = false;
  EXPECT_EQ(judge(clean(), no_start).verdict, Verdict::kCrashed);
  EXPECT_THAT(judge(clean(), no_start).reason, HasSubstr("no findings log"));

  RunFacts no_end = exited(0);
  no_end.log_ended = false;
  EXPECT_EQ(judge(clean(), no_end).verdict, Verdict::kCrashed);
  EXPECT_THAT(judge(clean(), no_end).reason, HasSubstr("no last record"));
}

TEST(Verdict, ADeadlockThatEndsTheProcessNeedsNoLastRecord) {
  RunFacts facts = exited(1, {FindingKind::kDeadlock});
  facts.log_ended = false;
  EXPECT_EQ(judge(finds(FindingKind::kDeadlock), facts).verdict, Verdict::kAsExpected);
}

TEST(Verdict, SaysHowManyFindingsWereNotWritten) {
  RunFacts facts = exited(0, {FindingKind::kMisuseUnlockFree});
  facts.left_out["misuse-unlock-free"] = 984;
  EXPECT_THAT(judge(finds(FindingKind::kMisuseUnlockFree), facts).reason,
              HasSubstr("; 984 more of misuse-unlock-free were not written"));
}

TEST(Verdict, AnyFindingOfACleanScenarioIsUnexpected) {
  for (const FindingKindInfo& row : finding_kinds()) {
    const Judgement judgement = judge(clean(), exited(0, {row.kind}));
    EXPECT_EQ(judgement.verdict, Verdict::kUnexpected) << row.name;
    EXPECT_THAT(judgement.reason, HasSubstr(row.name));
  }
}

TEST(Verdict, DeclaredFindingIsAsExpectedHoweverOftenItComes) {
  const Expectation expected = finds(FindingKind::kLockOrderCycle);
  EXPECT_EQ(judge(expected, exited(0, {FindingKind::kLockOrderCycle})).verdict,
            Verdict::kAsExpected);
  EXPECT_EQ(judge(expected, exited(0, {FindingKind::kLockOrderCycle, FindingKind::kLockOrderCycle}))
                .verdict,
            Verdict::kAsExpected);
}

TEST(Verdict, DeclaredFindingThatDoesNotComeIsMissed) {
  const Judgement judgement = judge(finds(FindingKind::kLockOrderCycle), exited(0));
  EXPECT_EQ(judgement.verdict, Verdict::kMissed);
  EXPECT_THAT(judgement.reason, HasSubstr("lock-order-cycle"));
}

TEST(Verdict, EveryDeclaredKindMustCome) {
  const Expectation both = finds({FindingKind::kLockOrderCycle, FindingKind::kMisuseUnlockFree});
  EXPECT_EQ(judge(both, exited(0, {FindingKind::kLockOrderCycle})).verdict, Verdict::kMissed);
  EXPECT_EQ(judge(both, exited(0, {FindingKind::kLockOrderCycle, FindingKind::kMisuseUnlockFree}))
                .verdict,
            Verdict::kAsExpected);
}

TEST(Verdict, OtherKindThanDeclaredIsUnexpectedRatherThanMissed) {
  EXPECT_EQ(judge(finds(FindingKind::kLockOrderCycle), exited(0, {FindingKind::kCapacity})).verdict,
            Verdict::kUnexpected);
}

TEST(Verdict, RaceWithoutThreadSanitizerIsNotChecked) {
  RunFacts facts = exited(0);
  EXPECT_EQ(judge(finds(FindingKind::kDataRace), facts).verdict, Verdict::kNotChecked);
  facts.has_tsan = true;
  EXPECT_EQ(judge(finds(FindingKind::kDataRace), facts).verdict, Verdict::kMissed);
}

TEST(Verdict, NotCheckedNeedsEverythingElseToMatch) {
  const Expectation both = finds({FindingKind::kDataRace, FindingKind::kLockOrderCycle});
  EXPECT_EQ(judge(both, exited(0)).verdict, Verdict::kMissed);
  EXPECT_EQ(judge(both, exited(0, {FindingKind::kLockOrderCycle})).verdict, Verdict::kNotChecked);
  EXPECT_EQ(judge(finds(FindingKind::kDataRace), exited(0, {FindingKind::kCapacity})).verdict,
            Verdict::kUnexpected);
}

TEST(Verdict, CrashMayBeWhatTheRaceDidWhereNobodySeesTheRace) {
  const Judgement judgement = judge(finds(FindingKind::kDataRace), killed(SIGSEGV));
  EXPECT_EQ(judgement.verdict, Verdict::kNotChecked);
  EXPECT_THAT(judgement.reason, AllOf(HasSubstr("needs ThreadSanitizer"), HasSubstr("SIGSEGV")));
  // AddressSanitizer ends the process so.
  EXPECT_EQ(judge(finds(FindingKind::kDataRace), exited(1)).verdict, Verdict::kNotChecked);

  RunFacts seen = killed(SIGSEGV);
  seen.has_tsan = true;
  EXPECT_EQ(judge(finds(FindingKind::kDataRace), seen).verdict, Verdict::kCrashed);
  EXPECT_EQ(judge(finds(FindingKind::kTsanReport), killed(SIGSEGV)).verdict, Verdict::kCrashed);
  EXPECT_EQ(judge(finds(FindingKind::kLockOrderCycle), killed(SIGSEGV)).verdict, Verdict::kCrashed);
  EXPECT_EQ(judge(finds(FindingKind::kDataRace), killed(SIGSEGV, {FindingKind::kCapacity})).verdict,
            Verdict::kCrashed);
}

TEST(Verdict, ExitCode1IsExplainedByAFindingThatEndsTheProcess) {
  for (const FindingKind kind : {FindingKind::kDeadlock, FindingKind::kSelfDeadlock,
                                 FindingKind::kStarvation, FindingKind::kLostWakeup}) {
    EXPECT_EQ(judge(finds(kind), exited(1, {kind})).verdict, Verdict::kAsExpected);
    EXPECT_EQ(judge(finds(kind), killed(SIGABRT, {kind})).verdict, Verdict::kAsExpected);
  }
}

TEST(Verdict, ExitCode1IsNotExplainedByAFindingThatGoesOn) {
  const FindingKind kind = FindingKind::kLockOrderCycle;
  EXPECT_EQ(judge(finds(kind), exited(1, {kind})).verdict, Verdict::kCrashed);
  EXPECT_EQ(judge(finds(kind), killed(SIGABRT, {kind})).verdict, Verdict::kCrashed);
}

TEST(Verdict, ExitCode66IsExplainedByThreadSanitizersFindingsOnly) {
  EXPECT_EQ(judge(finds(FindingKind::kDataRace), exited(66, {FindingKind::kDataRace})).verdict,
            Verdict::kAsExpected);
  EXPECT_EQ(judge(finds(FindingKind::kCapacity), exited(66, {FindingKind::kCapacity})).verdict,
            Verdict::kCrashed);
}

TEST(Verdict, RaceCountsAlthoughItsExitCodeWasLost) {
  EXPECT_EQ(judge(finds(FindingKind::kDataRace), exited(0, {FindingKind::kDataRace})).verdict,
            Verdict::kAsExpected);
  EXPECT_EQ(judge(clean(), exited(0, {FindingKind::kDataRace})).verdict, Verdict::kUnexpected);
}

RunFacts with_member_ended_by(int signal, std::initializer_list<FindingKind> kinds = {}) {
  RunFacts facts = exited(0, kinds);
  facts.process_tree = {{.id = "P1", .name = "main", .state = "ended"},
                        {.id = "P2", .name = "worker", .state = "killed", .signal = signal}};
  return facts;
}

TEST(Verdict, AProcessOfTheTreeThatCrashedIsACrashAlthoughTheFirstWentOn) {
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) {
    const Judgement judgement = judge(clean(), with_member_ended_by(signal));
    EXPECT_EQ(judgement.verdict, Verdict::kCrashed);
    EXPECT_THAT(judgement.reason, HasSubstr("P2 (worker) ended by SIG"));
  }
}

TEST(Verdict, AProcessOfTheTreeThatWasKilledIsNone) {
  for (const int signal : {SIGKILL, SIGTERM, SIGINT})
    EXPECT_EQ(judge(clean(), with_member_ended_by(signal)).verdict, Verdict::kAsExpected);
}

TEST(Verdict, AnAbortOfAMemberIsExplainedByAFindingThatEndsTheProcess) {
  const FindingKind kind = FindingKind::kDeadlock;
  EXPECT_EQ(judge(finds(kind), with_member_ended_by(SIGABRT, {kind})).verdict,
            Verdict::kAsExpected);
  EXPECT_EQ(judge(finds(kind), with_member_ended_by(SIGSEGV, {kind})).verdict, Verdict::kCrashed);
}

TEST(Verdict, OtherExitCodesAndSignalsAreCrashesEvenWithTheDeclaredFinding) {
  const FindingKind kind = FindingKind::kDeadlock;
  EXPECT_EQ(judge(finds(kind), exited(3, {kind})).verdict, Verdict::kCrashed);
  const Judgement segv = judge(finds(kind), killed(SIGSEGV, {kind}));
  EXPECT_EQ(segv.verdict, Verdict::kCrashed);
  EXPECT_THAT(segv.reason, HasSubstr("SIGSEGV"));
}

TEST(Verdict, CrashSaysWhatTheDumpKnows) {
  RunFacts facts = killed(SIGSEGV);
  facts.dump_reason = "SIGSEGV at 0x10";
  EXPECT_THAT(judge(clean(), facts).reason, HasSubstr("at 0x10"));
}

TEST(Verdict, AnExceptionThatNobodyCaughtIsNamedWithTheSignalOnce) {
  RunFacts facts = killed(SIGABRT);
  facts.dump_reason = "SIGABRT";
  facts.output =
      "before\nterminate called after throwing an instance of 'std::runtime_error'\n"
      "  what():  no money\nafter\n";
  EXPECT_EQ(judge(clean(), facts).reason,
            "ended by SIGABRT: std::runtime_error was not caught: no money");
  facts.output = "terminate called after throwing an instance of 'int'\n";
  EXPECT_EQ(judge(clean(), facts).reason, "ended by SIGABRT: int was not caught");
  facts.output = "terminate called without an active exception\n";
  EXPECT_EQ(judge(clean(), facts).reason, "ended by SIGABRT");
  facts.signal = SIGSEGV;
  facts.output = "terminate called after throwing an instance of 'int'\n";
  EXPECT_THAT(judge(clean(), facts).reason, Not(HasSubstr("caught")));
}

TEST(Verdict, RunPastItsDeadlineTimedOutWhateverEndedIt) {
  RunFacts facts = killed(SIGKILL);
  facts.timed_out = true;
  facts.deadline_seconds = 2.5;
  const Judgement judgement = judge(clean(), facts);
  EXPECT_EQ(judgement.verdict, Verdict::kTimedOut);
  EXPECT_THAT(judgement.reason, HasSubstr("2.5 s"));
}

TEST(Verdict, HangThatIsAllThatIsKnownTimedOut) {
  RunFacts facts = exited(1);
  facts.dump_reason = "hang";
  EXPECT_EQ(judge(clean(), facts).verdict, Verdict::kTimedOut);
  EXPECT_THAT(judge(clean(), facts).reason, HasSubstr("hung"));
}

TEST(Verdict, HangWithAFindingIsJudgedByTheFinding) {
  RunFacts facts = exited(1);
  facts.dump_reason = "hang";
  facts.findings = {finding(FindingKind::kStarvation)};
  EXPECT_EQ(judge(clean(), facts).verdict, Verdict::kUnexpected);
}

TEST(Verdict, FatalErrorOfThreadSanitizerIsTheEnvironmentsFault) {
  RunFacts facts = exited(66);
  facts.has_tsan = true;
  facts.output = "==7==FATAL: ThreadSanitizer: unexpected memory mapping 0x1-0x2\nmore\n";
  const Judgement judgement = judge(clean(), facts);
  EXPECT_EQ(judgement.verdict, Verdict::kCrashed);
  EXPECT_THAT(judgement.reason, HasSubstr("setarch -R"));
  EXPECT_THAT(judgement.reason, Not(HasSubstr("\n")));
}

TEST(Verdict, ProgramThatPrintsSuchALineWithoutThreadSanitizerIsBelieved) {
  RunFacts facts = exited(0);
  facts.output = "FATAL: ThreadSanitizer: just a joke\n";
  EXPECT_EQ(judge(clean(), facts).verdict, Verdict::kAsExpected);
}

TEST(Verdict, ReportOfThreadSanitizerThatDidNotArriveIsNeverAPass) {
  RunFacts facts = exited(0);
  facts.has_tsan = true;
  facts.tsan_text = "WARNING: ThreadSanitizer: data race (pid=7)\n";
  EXPECT_EQ(judge(clean(), facts).verdict, Verdict::kCrashed);
  facts.findings = {finding(FindingKind::kDataRace)};
  EXPECT_EQ(judge(finds(FindingKind::kDataRace), facts).verdict, Verdict::kAsExpected);
}

TEST(Verdict, DamagedLogIsNeverAPassAndIsNamed) {
  RunFacts facts = exited(0);
  facts.log_error = "findings.jsonl:2: not a JSON value";
  const Judgement judgement = judge(clean(), facts);
  EXPECT_EQ(judgement.verdict, Verdict::kCrashed);
  EXPECT_THAT(judgement.reason, HasSubstr("findings.jsonl:2"));
}

TEST(MergeFindings, DeadlockAbsorbsTheCycleThatForetoldIt) {
  Finding cycle = finding(FindingKind::kLockOrderCycle, {"M2", "M1"});
  cycle.edges.resize(2);
  const std::vector<Finding> merged =
      merge_findings({cycle, finding(FindingKind::kDeadlock, {"M1", "M2"})});
  ASSERT_EQ(merged.size(), 1U);
  EXPECT_EQ(merged[0].kind, FindingKind::kDeadlock);
  EXPECT_EQ(merged[0].edges.size(), 2U) << "what only the cycle knew is kept";
}

TEST(MergeFindings, CycleOverOtherObjectsStays) {
  EXPECT_EQ(merge_findings({finding(FindingKind::kLockOrderCycle, {"M1", "M3"}),
                            finding(FindingKind::kDeadlock, {"M1", "M2"})})
                .size(),
            2U);
  EXPECT_EQ(merge_findings({finding(FindingKind::kLockOrderCycle), finding(FindingKind::kDeadlock)})
                .size(),
            2U)
      << "nothing known of either is no reason to take them for one";
}

TEST(MergeFindings, OneOfEachFingerprintStaysAndNoFingerprintIsNoMatch) {
  Finding a = finding(FindingKind::kDataRace);
  a.fingerprint = "0123456789abcdef";
  Finding b = a;
  b.fingerprint = "fedcba9876543210";
  EXPECT_EQ(merge_findings({a, b, a, b, a}).size(), 2U);
  const Finding none = finding(FindingKind::kDataRace);
  EXPECT_EQ(merge_findings({none, none}).size(), 2U);
}

TEST(MergeFindings, CountsTheReportsOfOneRace) {
  Finding race = finding(FindingKind::kDataRace);
  race.fingerprint = "0123456789abcdef";
  race.accesses.resize(2);
  EXPECT_EQ(merge_findings({race})[0].reports, 0U) << "once goes without saying";
  const std::vector<Finding> merged = merge_findings({race, race, race});
  ASSERT_EQ(merged.size(), 1U);
  EXPECT_EQ(merged[0].reports, 3U);
  EXPECT_EQ(merge_findings({merged[0], race})[0].reports, 4U);
  EXPECT_EQ(merge_findings(merged)[0].reports, 3U);
}

TEST(SignalName, KnowsTheUsualOnesAndSurvivesTheOthers) {
  EXPECT_EQ(signal_name(SIGSEGV), "SIGSEGV");
  EXPECT_EQ(signal_name(77), "signal 77");
}

RunFacts with_suppressed(RunFacts facts, FindingKind kind) {
  facts.suppressed.push_back(finding(kind));
  return facts;
}

TEST(SuppressedFinding, DoesNotCountButIsNamed) {
  const RunFacts facts = with_suppressed(exited(0), FindingKind::kLockOrderCycle);
  const Judgement clean_one = judge(clean(), facts);
  EXPECT_EQ(clean_one.verdict, Verdict::kAsExpected);
  EXPECT_EQ(clean_one.reason, "found no finding, as declared; suppressed: lock-order-cycle");
  EXPECT_EQ(judge(finds(FindingKind::kLockOrderCycle), facts).verdict, Verdict::kMissed);
}

TEST(SuppressedFinding, ExplainsAnEndAndSaysThatTheRestWasNotTested) {
  const Judgement judgement = judge(clean(), with_suppressed(exited(1), FindingKind::kDeadlock));
  EXPECT_EQ(judgement.verdict, Verdict::kAsExpected);
  EXPECT_THAT(judgement.reason, HasSubstr("suppressed: deadlock, which ended the process"));
  EXPECT_EQ(judge(clean(), with_suppressed(exited(1), FindingKind::kLockOrderCycle)).verdict,
            Verdict::kCrashed)
      << "this kind does not end a process";
  EXPECT_EQ(judge(clean(), with_suppressed(killed(SIGSEGV), FindingKind::kDeadlock)).verdict,
            Verdict::kCrashed);
}

TEST(SuppressedFinding, DidNotEndTheProcessIfAnotherThatCountsDid) {
  const Judgement judgement =
      judge(finds(FindingKind::kDeadlock),
            with_suppressed(exited(1, {FindingKind::kDeadlock}), FindingKind::kStarvation));
  EXPECT_EQ(judgement.verdict, Verdict::kAsExpected);
  EXPECT_THAT(judgement.reason, Not(HasSubstr("which ended")));
}

TEST(SuppressedFinding, DoesNotHideATimeout) {
  RunFacts facts = with_suppressed(killed(SIGKILL), FindingKind::kDeadlock);
  facts.timed_out = true;
  EXPECT_EQ(judge(clean(), facts).verdict, Verdict::kTimedOut);
}

TEST(JudgeAgain, ChangesWhatTheFindingsSayButNeitherCrashNorTimeout) {
  Outcome outcome;
  outcome.verdict = Verdict::kUnexpected;
  outcome.suppressed = {finding(FindingKind::kDeadlock)};
  outcome.exit_code = 1;
  const Judgement judgement = judge_again(outcome, false);
  EXPECT_EQ(judgement.verdict, Verdict::kAsExpected);
  EXPECT_THAT(judgement.reason, HasSubstr("which ended the process"));
  outcome.findings = {finding(FindingKind::kCapacity)};
  EXPECT_EQ(judge_again(outcome, false).verdict, Verdict::kUnexpected);
  outcome.verdict = Verdict::kCrashed;
  outcome.reason = "ended by SIGSEGV; suppressed: starvation";
  EXPECT_EQ(judge_again(outcome, false).verdict, Verdict::kCrashed);
  EXPECT_EQ(judge_again(outcome, false).reason.find("starvation"), std::string::npos);
}

TEST(MergedFindings, OfTwoProcessesAreNotOneBecauseTheirIdsAgree) {
  Finding cycle = finding(FindingKind::kLockOrderCycle, {"M1", "M2"});
  Finding deadlock = finding(FindingKind::kDeadlock, {"M2", "M1"});
  cycle.pid = deadlock.pid = 7;
  EXPECT_EQ(merge_findings({cycle, deadlock}).size(), 1U);
  deadlock.pid = 8;
  EXPECT_EQ(merge_findings({cycle, deadlock}).size(), 2U);
}

TEST(MergedFindings, OfTwoProcessesAreOneWhenAllThatTheyAreAboutIsShared) {
  Finding cycle = finding(FindingKind::kLockOrderCycle, {"L1", "K2"});
  Finding deadlock = finding(FindingKind::kDeadlock, {"K2", "L1"});
  cycle.pid = 7;
  deadlock.pid = 8;
  EXPECT_EQ(merge_findings({cycle, deadlock}).size(), 1U);
  cycle = finding(FindingKind::kLockOrderCycle, {"L1", "M2"});
  deadlock = finding(FindingKind::kDeadlock, {"M2", "L1"});
  cycle.pid = 7;
  deadlock.pid = 8;
  EXPECT_EQ(merge_findings({cycle, deadlock}).size(), 2U);
}

}  // namespace
}  // namespace gridlock::internal
