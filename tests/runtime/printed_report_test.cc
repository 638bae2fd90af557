// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>

#include "harness/runtime/findings/tsan_text.h"

namespace gridlock::internal {
namespace {

constexpr const char* kRace =
    "WARNING: ThreadSanitizer: data race (pid=1)\n"
    "  Write of size 4 at 0x55d0 by thread T2 (mutexes: write M0, read M12):\n"
    "    #0 pay() bank.cc:10:5 (bank+0x10)\n\n"
    "  Previous atomic read of size 8 at 0x55d0 by main thread:\n"
    "    #0 look(Account of size 3) bank.cc:20:5 (bank+0x20)\n\n"
    "  Location is heap block of size 80 at 0x55d0 allocated by main thread:\n"
    "    #0 operator new(unsigned long) <null> (bank+0x30)\n\n"
    "  Mutex M0 (0x7f00) created at:\n"
    "SUMMARY: ThreadSanitizer: data race bank.cc:10:5 in pay()\n";

TEST(PrintedReport, SaysWhichMutexesAnAccessWasMadeUnderAndHow) {
  const PrintedHolds holds = printed_holds(kRace, 0);
  ASSERT_TRUE(holds.known);
  ASSERT_EQ(holds.count, 2U);
  EXPECT_EQ(holds.mutexes[0].number, 0U);
  EXPECT_TRUE(holds.mutexes[0].write);
  EXPECT_EQ(holds.mutexes[1].number, 12U);
  EXPECT_FALSE(holds.mutexes[1].write);
}

TEST(PrintedReport, KnowsThatAnAccessWasMadeUnderNone) {
  const PrintedHolds holds = printed_holds(kRace, 1);
  EXPECT_TRUE(holds.known);
  EXPECT_EQ(holds.count, 0U);
}

TEST(PrintedReport, KnowsNothingOfAnAccessThatIsNotThere) {
  EXPECT_FALSE(printed_holds(kRace, 2).known);
  EXPECT_FALSE(printed_holds("", 0).known);
  EXPECT_FALSE(printed_holds("WARNING: ThreadSanitizer: data race (pid=1)\n", 0).known);
}

TEST(PrintedReport, KnowsNothingWhereItDoesNotUnderstandAMutex) {
  for (const std::string mutexes :
       {"(mutexes: some M1)", "(mutexes: write X1)", "(mutexes: write M)",
        "(mutexes: write M1; read M2)", "(mutexes: write M1, "}) {
    const std::string text =
        "  Write of size 4 at 0x55d0 by thread T2 " + mutexes + ":\n    #0 pay()\n";
    EXPECT_FALSE(printed_holds(text.c_str(), 0).known) << mutexes;
  }
}

std::string global_of(const std::string& line) {
  std::array<char, 24> name{};
  printed_global(line.c_str(), name.data(), static_cast<unsigned>(name.size()));
  return name.data();
}

TEST(PrintedReport, NamesAGlobalVariable) {
  EXPECT_EQ(global_of("  Location is global 'counter' of size 8 at 0x10 (a.out+0x10)\n"),
            "counter");
  EXPECT_EQ(global_of("  Location is global 'counter' at 0x10 (a.out+0x10)\n"), "counter");
  EXPECT_EQ(global_of("  Location is global 'f()::'lambda'::x' of size 8 at 0x10\n"),
            "f()::'lambda'::x");
}

TEST(PrintedReport, HasNoNameWhereThereIsNoneOrItIsTooLong) {
  EXPECT_EQ(global_of("  Location is heap block of size 8 at 0x10 allocated by T1\n"), "");
  EXPECT_EQ(global_of("  Location is global '\?\?' at 0x10 (a.out+0x10)\n"), "");
  EXPECT_EQ(global_of("  Location is global '<null>' at 0x10 (a.out+0x10)\n"), "");
  EXPECT_EQ(global_of("  Location is global 'a_name_that_does_not_fit' of size 8 at 0x10\n"), "");
}

}  // namespace
}  // namespace gridlock::internal
