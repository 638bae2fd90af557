// SPDX-License-Identifier: Apache-2.0
//
// A GoogleTest under schedules that are chosen (<gridlock/explore.h>). The body runs again and again, each time in another
// order of its threads; EXPECT and ASSERT in it, in any of its threads, end the execution in which they fail:
//
//   GRIDLOCK_EXPLORE_TEST(Bank, KeepsItsMoney) {
//     Bank bank(2);
//     std::thread other([&] { bank.transfer(0, 1); });
//     bank.transfer(1, 0);
//     other.join();
//     EXPECT_EQ(bank.total(), 200);
//   }
//
// The target wants gridlock_explore(my_test) and GoogleTest. GRIDLOCK_EXPLORE_TEST_WITH takes ExploreOptions behind the names:
//
//   GRIDLOCK_EXPLORE_TEST_WITH(Bank, KeepsItsMoney, {.executions = 100000, .seed = 7}) { ... }
//
// A failure shows what happened, the seed and the command that repeats it. It is a test as any other: --gtest_filter, shuffle and
// GoogleTest's shards hold for it, and with --gtest_repeat each iteration takes the next executions. GTEST_SKIP() in the body skips the
// test. What else the body tells GoogleTest (RecordProperty) is lost with the execution. docs/explore.md
#pragma once

#include <gridlock/cxx20.h>

#ifdef GRIDLOCK_CXX20

#include <gridlock/explore.h>
#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace gridlock::testing {

/// @cond internal
namespace internal {

/// What GoogleTest is told within a body, by any thread, ends the execution if it is a failure.
class ExecutionReporter : public ::testing::ScopedFakeTestPartResultReporter {
 public:
  /// Shared with the processes of the executions.
  struct Skipped {
    std::size_t size;
    char message[1000];
  };

  explicit ExecutionReporter(Skipped* skipped)
      : ScopedFakeTestPartResultReporter(INTERCEPT_ALL_THREADS, &unused_), skipped_(skipped) {}

  void ReportTestPartResult(const ::testing::TestPartResult& result) override {
    if (result.passed()) return;
    const std::string text = result.message();
    if (result.skipped() && skipped_ != nullptr) {
      skipped_->size = text.copy(skipped_->message, sizeof skipped_->message);
      if (skipped_->size == 0) {  // that says that it was skipped
        skipped_->message[0] = ' ';
        skipped_->size = 1;
      }
    }
    if (result.file_name() == nullptr) require(false, text.c_str());
    gridlock::internal::fail_at(result.file_name(), result.line_number(), text.c_str());
  }

 private:
  ::testing::TestPartResultArray unused_;
  Skipped* skipped_;
};

// How often this test has run in this process: --gtest_repeat goes on where the last iteration ended.
inline void explore_test(ExploreOptions options, std::uint64_t iteration, void (*body)()) {
  const ::testing::TestInfo* const test = ::testing::UnitTest::GetInstance()->current_test_info();
  if (options.name.empty() && test != nullptr) {
    options.name = std::string(test->test_suite_name()) + "." + test->name();
  }
  options.first += iteration * options.executions;
  options.quiet = true;  // GoogleTest says it
  using Skipped = ExecutionReporter::Skipped;
  void* const memory =
      mmap(nullptr, sizeof(Skipped), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  Skipped* const skipped = memory == MAP_FAILED ? nullptr : static_cast<Skipped*>(memory);
  ExploreResult result;
  {
    const ExecutionReporter reporter(skipped);
    result = explore(options, body);
  }
  const std::string why_skipped =
      skipped != nullptr ? std::string(skipped->message, skipped->size) : std::string();
  if (skipped != nullptr) munmap(memory, sizeof(Skipped));
  if (!why_skipped.empty()) GTEST_SKIP() << why_skipped;
  if (!result.replay.empty() && test != nullptr) {
    result.message += "  of this test alone: GRIDLOCK_REPLAY=... PROGRAM --gtest_filter=" +
                      std::string(test->test_suite_name()) + "." + test->name() + "\n";
  }
  if (result.failed || result.diverged) {
    GTEST_MESSAGE_AT_(test != nullptr ? test->file() : nullptr, test != nullptr ? test->line() : 0,
                      result.message.c_str(), ::testing::TestPartResult::kNonFatalFailure);
  }
}

}  // namespace internal
/// @endcond

}  // namespace gridlock::testing

/// A test whose body runs under schedules that are chosen.
#define GRIDLOCK_EXPLORE_TEST(suite, name) GRIDLOCK_EXPLORE_TEST_WITH(suite, name, {})
/// The same with gridlock::ExploreOptions: GRIDLOCK_EXPLORE_TEST_WITH(Suite, Name, {.executions = 100}).
#define GRIDLOCK_EXPLORE_TEST_WITH(suite, name, ...)                                               \
  static void gridlock_explored_##suite##_##name();                                                \
  TEST(suite, name) {                                                                              \
    static ::std::uint64_t iteration = 0;                                                          \
    ::gridlock::testing::internal::explore_test(::gridlock::ExploreOptions __VA_ARGS__,            \
                                                iteration++, &gridlock_explored_##suite##_##name); \
  }                                                                                                \
  static void gridlock_explored_##suite##_##name()

#endif  // GRIDLOCK_CXX20
