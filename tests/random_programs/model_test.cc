// SPDX-License-Identifier: Apache-2.0
//
// The model by itself: programs of which everybody can see whether one of their schedules hangs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include "tests/random_programs/explore.h"
#include "tests/random_programs/generate.h"
#include "tests/support/effort.h"

namespace gridlock::random_programs {
namespace {

struct Twins {
  const char* hangs;
  const char* ends;
};

// Each program with a schedule that hangs beside its nearest one without.
constexpr Twins kTwins[] = {
    {"t1: lock a b, unlock b a | main: lock b a, unlock a b",
     "t1: lock a b, unlock b a | main: lock a b, unlock b a"},
    {"t1: lock g a b, unlock b a g | main: lock b a, unlock a b",
     "t1: lock g a b, unlock b a g | main: lock g b a, unlock a b g"},
    {"t1: lock a b, unlock b a | main: lock b, try a { lock c, unlock c }, lock a, unlock a b",
     "t1: lock a b, unlock b a | main: lock b, try a { lock c, unlock c }, unlock b"},
    {"t1: lock a b, unlock b a | main: lock b a, unlock a b",
     "t1: lock a b, unlock b a | main: scoped b a { lock c, unlock c }"},
    {"rlock r | t1: lock r a, unlock a r | main: lock a r r, unlock r r a",
     "rlock r | t1: lock r a, unlock a r | main: lock r a r, unlock r a r"},
    {"shared m | t1: lock m:r, lock a, unlock a m:r | main: lock a, lock m, unlock m a",
     "shared m | t1: lock m:r, lock a, unlock a m:r | main: lock a, lock m:r, unlock m:r a"},
    {"shared m | t1: lock m:r, upgrade m, unlock m | main: lock m:r, upgrade m, unlock m",
     "shared m | t1: lock m:r, upgrade m, unlock m | main: lock m:r, try_upgrade m, unlock m"},
    {"shared m writers_first | t1: lock m:r, lock a, unlock a m:r | t2: lock m, unlock m |"
     "main: lock a, lock m:r, unlock m:r a",
     "shared m | t1: lock m:r, lock a, unlock a m:r | t2: lock m, unlock m |"
     "main: lock a, lock m:r, unlock m:r a"},
    {"semaphore s 2 | t1: lock s s, unlock s s | main: lock s s, unlock s s",
     "semaphore s 3 | t1: lock s s, unlock s s | main: lock s s, unlock s s"},
    {"semaphore s 0 | t1: lock a, unlock a, release s | main: lock a, acquire s, unlock a",
     "semaphore s 0 | t1: release s, lock a, unlock a | main: lock a, acquire s, unlock a"},
    {"semaphore s 0 | main: acquire s", "semaphore s 0 | main: acquire_for s"},
    {"event e | t1: set e | t2: clear e | main: wait e",
     "event e | t1: set e | t2: wait e | main: wait e"},
    {"future v | t1: lock a, unlock a, set v | main: lock a, wait v, unlock a",
     "future v | t1: lock a, unlock a, set v | main: lock a, unlock a, wait v"},
    {"condition n | t1: lock a, notify n, unlock a | main: lock a, wait n a, unlock a",
     "condition n | t1: lock a, raise x, notify n, unlock a | main: lock a, wait n a until x, "
     "unlock a"},
    {"condition n | t1: lock a, raise x, notify_one n, unlock a | t2: lock a, wait n a until x, "
     "unlock a |"
     "main: lock a, wait n a until x, unlock a",
     "condition n | t1: lock a, raise x, notify n, unlock a | t2: lock a, wait n a until x, unlock "
     "a |"
     "main: lock a, wait n a until x, unlock a"},
    {"barrier h 2 | t1: lock a, arrive h, unlock a | main: lock a, unlock a, arrive h",
     "barrier h 2 | t1: arrive h, lock a, unlock a | main: lock a, unlock a, arrive h"},
    {"barrier h 3 | t1: arrive h | main: arrive h", "barrier h 2 | t1: arrive h | main: arrive h"},
    {"once o | t1: once o { lock a, unlock a } | main: lock a, once o { }, unlock a",
     "once o | t1: once o { lock a, unlock a } | main: once o { }, lock a, unlock a"},
    {"queue q 1 | t1: put q, put q | main: get q, lock a, unlock a, get q, get q",
     "queue q 1 | t1: put q, put q | main: get q, lock a, unlock a, get q"},
    {"queue q 1 | t1: lock a, put q, put q, unlock a | main: lock a, get q, unlock a",
     "queue q | t1: lock a, put q, put q, unlock a | main: lock a, try_get q, unlock a"},
    {"queue q | t1: put q | main: put q, get q, task_done q, drain q",
     "queue q | t1: put q | main: put q, get q, task_done q, get q, task_done q, drain q"},
    {"queue q | t1: get q | main: put q, get q",
     "queue q | t1: get q | main: put q, close q, get q"},
    {"pool w 1 | task k w: submit l, wait l | task l w: | main: submit k, wait k",
     "pool w 2 | task k w: submit l, wait l | task l w: | main: submit k, wait k"},
    {"pool w 2 | task k w: submit m, wait m | task l w: submit n, wait n | task m w: | task n w: |"
     "main: submit k, submit l, wait k, wait l",
     "pool w 2 | task k w: submit m, wait m | task l w: submit n, wait n | task m w: | task n w: |"
     "main: submit k, wait k, submit l, wait l"},
    {"pool w 1 | pool x 1 | task k w: submit l, wait l | task l x: submit m, wait m | task m w: |"
     "main: submit k, wait k",
     "pool w 1 | pool x 1 | task k w: submit l, wait l | task l x: submit m | task m w: |"
     "main: submit k, wait k"},
    {"pool w 1 | task k w: lock a, unlock a | main: lock a, submit k, wait k, unlock a",
     "pool w 1 | task k w: lock a, unlock a | main: lock a, submit k, unlock a, wait k"},
    {"pool w 1 | task k w: lock a, unlock a | main: lock a, submit k, shutdown w, unlock a",
     "pool w 1 | task k w: | main: lock a, submit k, shutdown w, unlock a"},
    {"pool w 1 1 | task k w: submit l, submit m | task l w: | task m w: | main: submit k",
     "pool w 1 2 | task k w: submit l, submit m | task l w: | task m w: | main: submit k"},
    {"pool w 1 | task k w: submit l, wait l | task l w: | t1: submit k | main: cancel w",
     "pool w 1 | task k w: submit l, wait_for l | task l w: | t1: submit k | main: cancel w"},
    {"event e | pool w 1 | task k w: wait e | task l w: set e | main: submit k, submit l",
     "event e | pool w 1 | task k w: wait e | task l w: set e | main: submit l, submit k"},
    {"pool w 1 | task k w: lock a, unlock a | task l w: | main: submit k, lock a, submit l, wait "
     "l, "
     "unlock a",
     "pool w 2 | task k w: lock a, unlock a | task l w: | main: submit k, lock a, submit l, wait "
     "l, "
     "unlock a"},
    {"pool w 1 | task k w: lock a, unlock a | main: lock a, map k, unlock a",
     "pool w 1 | task k w: lock a, unlock a | main: map k, lock a, unlock a"},
    {"pool w 1 | task k w: map l m | task l w: | task m w: | main: map k",
     "pool w 2 | task k w: map l m | task l w: | task m w: | main: map k"},
    {"pool w 1 | task k w: lock a, unlock a | task l w: | main: submit k, submit l, lock a, "
     "completed k l { }, unlock a",
     "pool w 1 | task k w: lock a, unlock a | task l w: | main: submit k, submit l, completed k l "
     "{ lock a, unlock a }"},
    {"pool w 1 | task k w: | task l w: until x | main: submit k, submit l, completed k l { }, "
     "raise x",
     "pool w 1 | task k w: | task l w: until x | main: submit k, submit l, raise x, completed k l "
     "{ }"},
    {"timer z: lock a, unlock a | main: start z, lock a, join z, unlock a",
     "timer z: lock a, unlock a | main: lock a, start z, cancel z, unlock a, join z"},
    {"timer z: lock a, unlock a | main: start z, lock a, drop z, unlock a",
     "timer z: lock a, unlock a | main: cancel z, start z, lock a, drop z, unlock a"},
    {"timer z: set e | event e | main: start z, cancel z, wait e",
     "timer z: set e | event e | main: start z, join z, wait e"},
    {"timer z: set e | event e | main: wait e, start z",
     "timer z: set e | event e | main: start z, wait e"},
    {"t1: lock a, unlock a | main: lock a, start t1, join t1, unlock a",
     "t1: lock a, unlock a | main: lock a, start t1, unlock a, join t1"},
};

class Model : public testing::TestWithParam<Twins> {};

TEST_P(Model, FindsTheScheduleThatHangsAndNoneOfItsTwin) {
  for (const unsigned seed : {0U, 1U}) {
    const Schedules hangs = explore(traces::parse(GetParam().hangs), seed);
    EXPECT_TRUE(hangs.complete);
    EXPECT_TRUE(hangs.can_hang) << GetParam().hangs;
    EXPECT_FALSE(hangs.hanging.empty());
    const Schedules ends = explore(traces::parse(GetParam().ends), seed);
    EXPECT_TRUE(ends.complete);
    EXPECT_FALSE(ends.can_hang) << GetParam().ends;
    EXPECT_TRUE(ends.can_end);
    EXPECT_TRUE(ends.standstills.empty());
  }
}
INSTANTIATE_TEST_SUITE_P(All, Model, testing::ValuesIn(kTwins));

TEST(Explore, SaysWhatIsWaitedFor) {
  const traces::Program program =
      traces::parse("t1: lock a b, unlock b a | main: lock b a, unlock a b");
  const Schedules schedules = explore(program, 1);
  Objects locks = 0;
  Objects with_c = 1;
  for (u32 i = 1; i < program.objects.size(); ++i) {
    if (program.objects[i].kind == traces::Kind::kLock) locks |= bit_of(i);
  }
  with_c |= locks;
  EXPECT_TRUE(is_reached(schedules, locks));
  EXPECT_FALSE(is_reached(schedules, with_c)) << "nobody waits for object 0";
}

// Of what is submitted after the shutdown nobody gets a future, so nobody waits for it; what is in the queue
// is run, or not.
TEST(Explore, KnowsWhatBecomesOfTasksAtAShutdown) {
  for (const char* const text :
       {"pool w 1 | task k w: until x, raise x | main: shutdown w, submit k, wait k",
        "pool w 1 | task k w: | task l w: until x, raise x | t1: submit k, wait k, raise y |"
        "main: until y, shutdown w, submit l, wait l"}) {
    const Schedules schedules = explore(traces::parse(text), 1);
    EXPECT_TRUE(schedules.can_end) << text;
    EXPECT_FALSE(schedules.can_hang) << text;
  }
  // k is in the queue while l waits for what is raised behind the cancel.
  const char* const cancelled =
      "pool w 1 | task l w: until x | task k w: until never, raise never |"
      "main: submit l, submit k, raise x, cancel w, wait k";
  const Schedules schedules = explore(traces::parse(cancelled), 1);
  EXPECT_TRUE(schedules.can_end) << "k is cancelled";
  EXPECT_TRUE(schedules.can_hang) << "k has begun";
}

TEST(Parse, SaysWhichTaskOrPoolThereIsNot) {
  EXPECT_THROW(traces::parse("pool w 1 | main: map k"), std::invalid_argument);
  EXPECT_THROW(traces::parse("t1: | main: cancel t1"), std::invalid_argument);
  EXPECT_THROW(traces::parse("t1: | main: drop t1"), std::invalid_argument);
  EXPECT_THROW(traces::parse("pool w 1 | main: submit k"), std::invalid_argument);
  EXPECT_THROW(traces::parse("task k w: | main: submit k"), std::invalid_argument);
  EXPECT_THROW(traces::parse("pool w 1 | main: shutdown x"), std::invalid_argument);
  EXPECT_THROW(explore(traces::parse("pool w 1 | task k w: | main: submit k, submit k"), 1),
               std::invalid_argument);
}

TEST(Generate, IsTheSameForASeedAndParsesForEachKind) {
  for (const KindOfProgram& kind : kinds_of_programs()) {
    for (unsigned seed = 1; seed <= test::effort(50); ++seed) {
      const Tree tree = generate(kind, seed);
      EXPECT_EQ(tree.text(), generate(kind, seed).text());
      EXPECT_NO_THROW(explore(traces::parse(tree.text()), seed)) << tree.text();
    }
  }
}

TEST(Generate, MakesATreeSmallerByOneStatementAThreadOrTheLayerAroundABody) {
  Tree tree;
  tree.threads = {
      {"t1", {{"lock a", "unlock a", {{"set e"}}}}}, {"t2", {}}, {"main", {{"wait e"}}}};
  std::vector<std::string> texts;
  for (const Tree& each : smaller(tree)) texts.push_back(each.text());
  EXPECT_THAT(texts, testing::UnorderedElementsAre(
                         "t2: | main: wait e", "t1: lock a, set e, unlock a | main: wait e",
                         "t1: | t2: | main: wait e", "t1: set e | t2: | main: wait e",
                         "t1: lock a, unlock a | t2: | main: wait e",
                         "t1: lock a, set e, unlock a | t2: | main:"));
}

}  // namespace
}  // namespace gridlock::random_programs
