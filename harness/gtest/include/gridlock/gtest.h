// SPDX-License-Identifier: Apache-2.0
//
// Gridlock in GoogleTest (docs/googletest.md). A program that links gridlock::gtest needs to include nothing: each of its tests
// runs in a process of its own, and what is found there fails that test, with the text of the finding. A test that can never
// end is a failed test, with the stacks, and the others go on. This header is for tests of what is to be found.
//
// What watches is linked beside it: gridlock::gridlock, for code with Gridlock's own primitives, or gridlock::watch, for any other.
#pragma once

#include <gridlock/cxx20.h>

#ifdef GRIDLOCK_CXX20

#include <gridlock/testing/log.h>
#include <gtest/gtest.h>

#include <functional>

namespace gridlock::testing {

enum class Expected {
  kDeadlock,        ///< a deadlock, a self-deadlock, a starvation or a lost wake-up, which happened
  kLockOrderCycle,  ///< locks in opposite orders; that it hung on the way counts, too
  kDataRace,        ///< needs ThreadSanitizer
};

/// Runs the statement in a copy of this process (fork(2)), as a death test does: what it changes is seen there only. Success
/// if that was found in it, whatever else was; this test does not fail for it.
::testing::AssertionResult finds(Expected expected, const std::function<void()>& statement);

/// Runs the statement here. A failure has the text of what was found.
::testing::AssertionResult finds_nothing(const std::function<void()>& statement);

}  // namespace gridlock::testing

/// GRIDLOCK_GTEST_RESULT is a statement, which takes more text by <<.
#define GRIDLOCK_GTEST_RESULT(result, on_failure)                  \
  GTEST_AMBIGUOUS_ELSE_BLOCKER_                                    \
  if (const ::testing::AssertionResult gridlock_result = (result)) \
    ;                                                              \
  else                                                             \
    on_failure(gridlock_result.failure_message())
#define GRIDLOCK_GTEST_FINDS(expected, on_failure, ...)                                          \
  GRIDLOCK_GTEST_RESULT(                                                                         \
      ::gridlock::testing::finds(::gridlock::testing::Expected::expected, [&] { __VA_ARGS__; }), \
      on_failure)

/// Nothing may be found in the statement, which runs here.
#define EXPECT_NO_FINDINGS(...)                                                   \
  GRIDLOCK_GTEST_RESULT(::gridlock::testing::finds_nothing([&] { __VA_ARGS__; }), \
                        GTEST_NONFATAL_FAILURE_)
#define ASSERT_NO_FINDINGS(...)                                                   \
  GRIDLOCK_GTEST_RESULT(::gridlock::testing::finds_nothing([&] { __VA_ARGS__; }), \
                        GTEST_FATAL_FAILURE_)

/// The statement, which runs in a copy of this process, hangs for good.
#define EXPECT_DEADLOCK(...) GRIDLOCK_GTEST_FINDS(kDeadlock, GTEST_NONFATAL_FAILURE_, __VA_ARGS__)
#define ASSERT_DEADLOCK(...) GRIDLOCK_GTEST_FINDS(kDeadlock, GTEST_FATAL_FAILURE_, __VA_ARGS__)

/// The statement, which runs in a copy of this process, takes locks in opposite orders, whether or not it hangs.
#define EXPECT_LOCK_ORDER_CYCLE(...) \
  GRIDLOCK_GTEST_FINDS(kLockOrderCycle, GTEST_NONFATAL_FAILURE_, __VA_ARGS__)
#define ASSERT_LOCK_ORDER_CYCLE(...) \
  GRIDLOCK_GTEST_FINDS(kLockOrderCycle, GTEST_FATAL_FAILURE_, __VA_ARGS__)

/// The statement, which runs in a copy of this process, has a data race. Without ThreadSanitizer nobody can say, and the
/// test is skipped.
#define EXPECT_DATA_RACE(...) GRIDLOCK_GTEST_RACES(GTEST_NONFATAL_FAILURE_, __VA_ARGS__)
#define ASSERT_DATA_RACE(...) GRIDLOCK_GTEST_RACES(GTEST_FATAL_FAILURE_, __VA_ARGS__)
#define GRIDLOCK_GTEST_RACES(on_failure, ...)                                             \
  GTEST_AMBIGUOUS_ELSE_BLOCKER_                                                           \
  if (!::gridlock::testing::kLooksForDataRaces)                                           \
    GTEST_MESSAGE_("not checked: data races are found in a build with -fsanitize=thread", \
                   ::testing::TestPartResult::kSkip);                                     \
  else                                                                                    \
    GRIDLOCK_GTEST_FINDS(kDataRace, on_failure, __VA_ARGS__)

#endif  // GRIDLOCK_CXX20
