// SPDX-License-Identifier: Apache-2.0
//
// Very many findings: what each format costs is counted, in bytes that it has and in bytes that its making allocates. Time
// would say more of the machine.
#include <gmock/gmock.h>
#include <gridlock/report.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>

#include "tests/support/sample_reports.h"

#if defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define COUNTS_BY_THE_SANITIZER 1
#include <sanitizer/allocator_interface.h>
#endif
#endif

// Everything that the test program allocates is counted.
namespace {

std::atomic<std::size_t> allocated = 0;

#ifdef COUNTS_BY_THE_SANITIZER  // it brings operator new, and says what is asked of it
void count(const volatile void* /*memory*/, std::size_t size) {
  allocated.fetch_add(size, std::memory_order_relaxed);
}
void count_nothing(const volatile void* /*memory*/) {}
[[maybe_unused]] const int kInstalled =
    __sanitizer_install_malloc_and_free_hooks(count, count_nothing);
#endif

}  // namespace

#ifndef COUNTS_BY_THE_SANITIZER
void* operator new(std::size_t size) {
  allocated.fetch_add(size, std::memory_order_relaxed);
  if (void* const memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t /*size*/) noexcept { std::free(memory); }
#endif

namespace gridlock {
namespace {

using ::testing::HasSubstr;

std::size_t times_in(std::string_view text, std::string_view word) {
  std::size_t times = 0;
  for (std::size_t at = 0; (at = text.find(word, at)) != std::string_view::npos; ++at) ++times;
  return times;
}

struct Cost {
  std::size_t size;
  std::size_t memory;
};

Cost cost_of(const ReportFormat& format, const Report& report) {
  const std::size_t before = allocated;
  const std::size_t size = format.render(report).size();
  return {size, allocated - before};
}

/// A finding more may not cost more because there are many: the third 700 add as much as the second ones, but for buffers
/// that double. What is cut to what a person reads adds less.
TEST(ManyFindings, CostInEachFormatInProportion) {
  constexpr std::size_t kSlack = 300'000;
  const Report one = support::many_findings(700, true);
  const Report two = support::many_findings(1400, true);
  const Report three = support::many_findings(2100, true);
  for (const ReportFormat& format : report_formats()) {
#ifdef COUNTS_BY_THE_SANITIZER  // whose build is slow, and the others cost the same there
    if (format.name != std::string_view("json")) continue;
#endif
    const Cost first = cost_of(format, one);
    const Cost second = cost_of(format, two);
    const Cost third = cost_of(format, three);
    EXPECT_LE(third.size - second.size, (second.size - first.size) * 5 / 4 + kSlack) << format.name;
    EXPECT_LE(third.memory, second.memory * 7 / 4 + kSlack) << format.name;
    const std::size_t each = (third.size - second.size) / 700;
    EXPECT_LT(third.size + each * 7900, 50'000'000U) << format.name << " of ten thousand";
  }
}

TEST(ManyFindings, MakeAPageThatOpensAtOnce) {
  for (const bool spread : {false, true}) {
    const std::string page = to_html(support::many_findings(1000, spread));
    EXPECT_LT(page.size(), 4'000'000U);
    EXPECT_LE(times_in(page, "<article"), 600U);
    EXPECT_LE(times_in(page, "<section"), 500U);
    // Those without a section are lines.
    EXPECT_THAT(page, HasSubstr(spread ? "<strong>bank/many-999</strong>"
                                       : "800 more findings left out here"));
  }
}

TEST(LargeReport, NamesEachFrameOnceAndIsReadAsItWasWritten) {
  const Report report = support::many_findings(1000, true);
  const std::string json = to_json(report);
  EXPECT_THAT(json, HasSubstr("\"frames\":["));
  EXPECT_EQ(times_in(json, "std::thread::_State_impl<payer>::_M_run()"), 1U);
  EXPECT_EQ(to_json(report_from_json(json)), json);
}

TEST(SmallReport, HasItsStacksWrittenOut) {
  const std::string json = to_json(support::many_findings(20, false));
  EXPECT_EQ(json.find("\"frames\""), std::string::npos);
  EXPECT_EQ(to_json(report_from_json(json)), json);
}

std::string message_of(const std::string& json) {
  try {
    report_from_json(json);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "was read";
}

TEST(LargeReport, WithAFrameThatIsNotListedCannotBeRead) {
  const std::string head =
      R"({"version":1,"frames":[{"function":"f","line":1}],"outcomes":[{"name":"a","verdict":"missed","findings":[{"kind":"deadlock","threads":[{"stack":[)";
  const std::string tail = "]}]}]}]}";
  EXPECT_EQ(message_of(head + "0" + tail), "was read");
  EXPECT_THAT(message_of(head + "1" + tail),
              HasSubstr("outcomes[0].findings[0].threads[0].stack[0]: there are 1 frames"));
  EXPECT_NE(message_of(head + "-1" + tail), "was read");
  EXPECT_NE(message_of(head + "0.5" + tail), "was read");
}

}  // namespace
}  // namespace gridlock
