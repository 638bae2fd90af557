// SPDX-License-Identifier: Apache-2.0
//
// Catch2, version 2 or 3: what is found while a test case runs fails it. A listener hears of the end of a test case when its
// result stands; of the end of its outermost section it hears before.
#include <gridlock/testing/log.h>

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#define CATCH_CONFIG_EXTERNAL_INTERFACES  // NOLINT: Catch2's
#include <catch2/catch.hpp>
#endif

#include <string>
#include <utility>

namespace gridlock::testing::internal {
namespace {

#if __has_include(<catch2/catch_all.hpp>)
using ListenerBase = Catch::EventListenerBase;
#else
using ListenerBase = Catch::TestEventListenerBase;
#endif

void fail_at(const Catch::SourceLineInfo& place, const std::string& text) {
  Catch::AssertionHandler handler("GRIDLOCK", place, "",
                                  Catch::ResultDisposition::ContinueOnFailure);
  handler.handleMessage(Catch::ResultWas::ExplicitFailure, std::string(text));
  handler.complete();
}

class Listener : public ListenerBase {
 public:
  using ListenerBase::ListenerBase;

  void testRunStarting(const Catch::TestRunInfo& /*run*/) override { say_if_unwatched(); }
  void testCaseStarting(const Catch::TestCaseInfo& test) override {
    name_ = std::string(test.name);
    depth_ = 0;
    static_cast<void>(new_findings(name_));  // of what ran before it
  }
  void sectionStarting(const Catch::SectionInfo& section) override {
    if (depth_++ == 0) place_ = section.lineInfo;
  }
  void sectionEnded(const Catch::SectionStats& /*section*/) override {
    if (--depth_ != 0) return;
    std::string text = new_findings(name_);
    if (!text.empty()) fail_at(place_, "\n" + std::move(text));
  }
#if !__has_include(<catch2/catch_all.hpp>)
  bool assertionEnded(const Catch::AssertionStats& /*assertion*/) override { return false; }
  void assertionStarting(const Catch::AssertionInfo& /*assertion*/) override {}
#endif

 private:
  std::string name_;
  int depth_ = 0;
  Catch::SourceLineInfo place_{"", 0};
};

CATCH_REGISTER_LISTENER(Listener)

}  // namespace
}  // namespace gridlock::testing::internal
