// SPDX-License-Identifier: Apache-2.0
//
// Each situation of probe_sync.cc beside its harmless twin, which is the same with the number 1.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string>

#include "tests/runtime/child.h"

namespace gridlock::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr char kReport[] = "predict=0";

struct Pair {
  const char* situation;
  const char* kind;
  bool hangs = true;
};
void PrintTo(const Pair& pair, std::ostream* out) { *out << pair.situation; }

class WaitOfAnySort : public testing::TestWithParam<Pair> {};

TEST_P(WaitOfAnySort, ThatCannotEndIsFound) {
  const Probe run = probe(std::string(GetParam().situation) + " 0", kReport);
  EXPECT_FALSE(run.timed_out);
  EXPECT_EQ(run.exit_code, GetParam().hangs ? 1 : 0) << run.output;
  EXPECT_THAT(run.kinds(), ElementsAre(GetParam().kind));
}

TEST_P(WaitOfAnySort, ThatEndsIsNoFinding) {
  const Probe run = probe(std::string(GetParam().situation) + " 1", kReport);
  EXPECT_EQ(run.exit_code, 0) << run.output;
  EXPECT_THAT(run.kinds(), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
    Pairs, WaitOfAnySort,
    testing::Values(Pair{"barrier-short", "starvation"}, Pair{"barrier-and-lock", "starvation"},
                    Pair{"latch-short", "starvation"}, Pair{"latch-and-lock", "starvation"},
                    Pair{"latch-over", "misuse-release-over-bound", false},
                    Pair{"once-crossed", "deadlock"}, Pair{"once-in-itself", "self-deadlock"},
                    Pair{"once-and-lock", "deadlock"}, Pair{"future-and-lock", "starvation"},
                    Pair{"queues-full", "starvation"}, Pair{"queue-empty", "starvation"},
                    Pair{"queue-join", "starvation"},
                    Pair{"queue-done-twice", "misuse-release-over-bound", false}));

TEST(OnceFlag, AndALockHaveAnOrderAlsoWhereTheFlagIsDoneAlready) {
  EXPECT_THAT(probe("once-order 0").kinds(), ElementsAre("lock-order-cycle"));
  EXPECT_THAT(probe("once-order 1").kinds(), IsEmpty());
}

TEST(Queue, SaysWhichOperationWasOneTooMany) {
  const Probe run = probe("queue-done-twice 0", kReport);
  ASSERT_THAT(run.kinds(), ElementsAre("misuse-release-over-bound"));
  EXPECT_EQ(run.wire.findings[0].detail, "task_done");
}

}  // namespace
}  // namespace gridlock::test
