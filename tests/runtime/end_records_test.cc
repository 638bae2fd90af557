// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/runtime/child.h"

namespace gridlock::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr std::uint64_t kMillisecond = 1'000'000;

std::string name_of(const Contention& lock) {
  for (const Object& object : lock.objects) {
    if (object.id == lock.object) return object.name;
  }
  return "";
}

const Contention* find(const Probe& run, const std::string& name) {
  for (const Contention& lock : run.wire.contention) {
    if (name_of(lock) == name) return &lock;
  }
  return nullptr;
}

TEST(Contention, OfEachLockThatWasWaitedForIsWrittenTheWorstFirst) {
  const Probe run = probe("waits-three-sorts");
  EXPECT_EQ(run.wire.error, "");
  ASSERT_THAT(run.wire.contention, SizeIs(2));  // and none of "calm"
  const Contention& shared = run.wire.contention[0];
  EXPECT_EQ(name_of(shared), "shared");
  EXPECT_EQ(shared.waits, 1u);
  EXPECT_GE(shared.wait_ns, 20 * kMillisecond);
  const Contention& busy = run.wire.contention[1];
  EXPECT_EQ(name_of(busy), "busy");
  EXPECT_EQ(busy.waits, 2u);
  EXPECT_GE(busy.longest_wait_ns, 5 * kMillisecond);
  EXPECT_GE(busy.wait_ns, busy.longest_wait_ns + 5 * kMillisecond);
  EXPECT_EQ(busy.longest_wait_thread, "T1");
  EXPECT_THAT(busy.longest_wait, Not(IsEmpty()));
  ASSERT_THAT(busy.threads, SizeIs(1));
  EXPECT_EQ(busy.threads[0].name, "main");
  EXPECT_EQ(busy.acquisitions, 0u);
  EXPECT_EQ(busy.holds, 0u);
  EXPECT_THAT(run.log, HasSubstr(R"({"record":"contention","pid":)"));
}

TEST(Contention, WithoutAWaitAndWithoutTheOptionIsNotWritten) {
  EXPECT_THAT(probe("waits-for-nobody").wire.contention, IsEmpty());
}

TEST(Contention, WithTheOptionCountsAcquisitionsAndHoldsAlsoWhereNobodyWaits) {
  const Probe run = probe("waits-for-nobody", "contention=1");
  EXPECT_THAT(run.wire.contention, SizeIs(3));
  const Contention* const calm = find(run, "calm");
  const Contention* const again = find(run, "again");
  const Contention* const shared = find(run, "shared");
  ASSERT_TRUE(calm != nullptr && again != nullptr && shared != nullptr) << run.log;
  EXPECT_EQ(calm->acquisitions, 3u);
  EXPECT_EQ(calm->holds, 3u);
  EXPECT_EQ(calm->waits, 0u);
  EXPECT_GE(calm->hold_ns, again->hold_ns);
  EXPECT_EQ(calm->longest_hold_thread, "T1");
  EXPECT_THAT(calm->longest_hold, Not(IsEmpty()));
  EXPECT_EQ(again->acquisitions, 3u);  // whoever takes it again has it
  EXPECT_EQ(again->holds, 3u);
  EXPECT_EQ(shared->acquisitions, 2u);
  EXPECT_EQ(shared->holds, 2u);  // a downgrade is no end
}

TEST(Contention, OfALockThatIsGivenBackBeforeTheOneTakenAfterItIsItsOwn) {
  const Probe run = probe("holds-long", "contention=1");
  const Contention* const held = find(run, "held");
  const Contention* const other = find(run, "other");
  ASSERT_TRUE(held != nullptr && other != nullptr) << run.log;
  EXPECT_EQ(held->holds, 2u);
  EXPECT_EQ(other->holds, 1u);
}

TEST(Contention, OfAWriterCountsTheReadersThatWentPastItWhileItWaited) {
  const Probe run = probe("readers-overtake 0");
  EXPECT_THAT(run.kinds(), IsEmpty());  // a matter of time, and so no finding
  const Contention* const book = find(run, "book");
  ASSERT_NE(book, nullptr) << run.log;
  EXPECT_EQ(book->overtaken, 200U);
  EXPECT_EQ(book->overtaken_thread, "T2");
  EXPECT_THAT(book->overtaken_at, Not(IsEmpty()));
  EXPECT_GT(book->overtaken_ns, 0U);
  EXPECT_LE(book->overtaken_ns, book->longest_wait_ns);
  EXPECT_FALSE(book->overtaken_still);
}

TEST(Contention, OfAWriterThatOnlyWaitsForOneReaderHasNobodyGoingPast) {
  const Probe run = probe("readers-overtake 1");
  ASSERT_NE(find(run, "book"), nullptr);
  EXPECT_EQ(find(run, "book")->overtaken, 0U);
}

TEST(Contention, OfALockThatLetsWritersGoFirstHasNobodyGoingPast) {
  const Probe run = probe("readers-overtake 2");
  ASSERT_NE(find(run, "book"), nullptr);
  EXPECT_EQ(find(run, "book")->overtaken, 0U);
}

TEST(Contention, OfAWriterThatStillWaitsAtTheEndIsWrittenToo) {
  const Probe run = probe("readers-overtake 3");
  const Contention* const book = find(run, "book");
  ASSERT_NE(book, nullptr) << run.log;
  EXPECT_EQ(book->overtaken, 200U);
  EXPECT_EQ(book->overtaken_thread, "T2");
  EXPECT_THAT(book->overtaken_at, Not(IsEmpty()));
  EXPECT_TRUE(book->overtaken_still);
}

TEST(EndRecords, AreWrittenBeforeADeadlockEndsTheProcess) {
  const Probe run = probe("waits-and-deadlock");
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.kinds(), ElementsAre("self-deadlock"));
  ASSERT_THAT(run.wire.contention, SizeIs(1));
  EXPECT_EQ(name_of(run.wire.contention[0]), "busy");
  EXPECT_FALSE(run.wire.ended);

  const Probe aborted = probe("waits-and-deadlock", "on_deadlock=abort");
  EXPECT_EQ(aborted.signal, 6);
  EXPECT_THAT(aborted.wire.contention, SizeIs(1));
}

TEST(EndRecords, AreWrittenUponQuickExit) {
  const Probe run = probe("waits-and-quick-exit");
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_THAT(run.wire.contention, SizeIs(1));
  EXPECT_TRUE(run.wire.ended);
}

TEST(EndRecords, AreWrittenOnceWithADumpAndNotAgainAtTheEnd) {
  const Probe run = probe("waits-and-signal 10", "dump_signal=10");
  EXPECT_TRUE(run.wire.dump.has_value());
  EXPECT_TRUE(run.wire.ended);
  EXPECT_THAT(run.wire.contention, SizeIs(1));
  EXPECT_THAT(run.log, HasSubstr(R"({"record":"dump","pid":)"));
}

TEST(EndRecords, AreWrittenWithTheDumpOfACrash) {
  const Probe run = probe("waits-and-signal 11", "crash_handler=1");
  EXPECT_EQ(run.signal, 11);
  EXPECT_THAT(run.wire.contention, SizeIs(1));
}

TEST(EndRecords, OfAForkedProcessAreItsOwn) {
  const Probe run = probe("waits-and-fork");
  EXPECT_EQ(run.wire.processes, 2u);
  EXPECT_THAT(run.wire.contention, SizeIs(1));  // the parent's
}

}  // namespace
}  // namespace gridlock::test
