// SPDX-License-Identifier: Apache-2.0
#include <gridlock/gtest.h>
#include <gridlock/testing/internals.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

namespace gridlock::testing {
namespace {

using internal::Child;
using internal::Finding;

struct Kinds {
  std::string_view title;
  std::array<std::string_view, 5> names;
};

Kinds kinds_of(Expected expected) {
  switch (expected) {
    case Expected::kDeadlock:
      return {"a deadlock", {"deadlock", "self-deadlock", "starvation", "lost-wakeup", "hang"}};
    case Expected::kLockOrderCycle:
      return {"a lock-order cycle", {"lock-order-cycle", "deadlock"}};
    case Expected::kDataRace:
      return {"a data race", {"data-race"}};
  }
  return {};
}

std::string test_name() {
  const auto* const test = ::testing::UnitTest::GetInstance()->current_test_info();
  return test == nullptr ? "statement" : std::string(test->test_suite_name()) + "." + test->name();
}

::testing::AssertionResult unwatched() {
  return ::testing::AssertionFailure()
         << "nothing is watched: link gridlock::watch or gridlock::gridlock";
}

}  // namespace

::testing::AssertionResult finds(Expected expected, const std::function<void()>& statement) {
  if (!internal::is_watched()) return unwatched();
  Child child;
  if (child.fork()) {
    statement();
    Child::end();
  }
  if (child.pid() <= 0) return ::testing::AssertionFailure() << "this process cannot be copied";
  const Child::End end = child.wait();
  const std::vector<Finding> found = internal::findings_of(child.pid());
  const Kinds kinds = kinds_of(expected);
  const bool is_there = std::ranges::any_of(found, [&](const Finding& one) {
    return std::ranges::find(kinds.names, one.kind) != kinds.names.end();
  });
  if (is_there || (expected == Expected::kDataRace && end.raced))
    return ::testing::AssertionSuccess();
  auto failure = ::testing::AssertionFailure() << "expected " << kinds.title << ", found ";
  if (!end.done || end.is_hung)
    failure << "nothing of the kind; the statement was " << internal::ending(end) << "\n";
  if (found.empty() && !end.is_hung) return failure << (end.done ? "nothing" : "");
  return failure << (end.done ? "only:\n" : "")
                 << internal::text_of(child.pid(), found, test_name());
}

::testing::AssertionResult finds_nothing(const std::function<void()>& statement) {
  if (!internal::is_watched()) return unwatched();
  const std::size_t before = internal::findings_of(getpid()).size();
  statement();
  std::vector<Finding> found = internal::findings_of(getpid());
  if (found.size() <= before) return ::testing::AssertionSuccess();
  for (std::size_t i = before; i < found.size(); ++i) internal::know_here(i);
  found.erase(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(before));
  const std::string text = internal::text_of(getpid(), found, test_name());
  if (text.empty()) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "expected no findings, found:\n" << text;
}

}  // namespace gridlock::testing

// ThreadSanitizer calls it with the last line of each report, to print it.
// NOLINTNEXTLINE(readability-identifier-naming,bugprone-reserved-identifier): its name
extern "C" __attribute__((visibility("default"), used)) void __sanitizer_report_error_summary(
    const char* line) {
  using gridlock::testing::internal::Child;
  static_cast<void>(write(STDERR_FILENO, line, std::strlen(line)) + write(STDERR_FILENO, "\n", 1));
  if (Child::is_copy() && std::strstr(line, "data race") != nullptr) Child::tell_race();
}
