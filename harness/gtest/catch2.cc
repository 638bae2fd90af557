// SPDX-License-Identifier: Apache-2.0
//
// Catch2, version 2 or 3: what is found while a test case runs fails it. A listener hears of the end of a test case when its
// result stands; of the end of its outermost section it hears before.
#include <gridlock/testing/log.h>
#include <gridlock/testing/successor.h>

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#define CATCH_CONFIG_EXTERNAL_INTERFACES  // NOLINT: Catch2's
#include <catch2/catch.hpp>
#endif

#include <memory>
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

struct Running {
  std::string name;
  Catch::SourceLineInfo place{"", 0};
  bool has_begun = false;  // it is called once for each of its sections
};
Running g_test;

#if !__has_include(<catch2/catch_all.hpp>)
// Catch2 has no other door: an explicit instantiation may name what is private.
struct InvokerOfTest {
  using Type = std::shared_ptr<Catch::ITestInvoker> Catch::TestCase::*;
  friend Type member(InvokerOfTest which);
};
template <typename Tag, typename Tag::Type Member>
struct Door {
  friend typename Tag::Type member(Tag) { return Member; }
};
template struct Door<InvokerOfTest, &Catch::TestCase::test>;

/// Stands for what a test case calls: in a process that goes on after one that it has ended, it only fails.
class Guarded : public Catch::ITestInvoker {
 public:
  explicit Guarded(std::shared_ptr<Catch::ITestInvoker> real) : real_(std::move(real)) {}
  void invoke() const override {
    if (!std::exchange(g_test.has_begun, true)) {
      const std::string fate = before_test(g_test.name);
      if (!fate.empty()) return fail_at(g_test.place, "\n" + fate);
    }
    real_->invoke();
  }

 private:
  std::shared_ptr<Catch::ITestInvoker> real_;
};

void guard_all(const Catch::IConfig& config) {
  for (const Catch::TestCase& test : Catch::getAllTestCasesSorted(config)) {
    auto& invoker = const_cast<Catch::TestCase&>(test).*member(InvokerOfTest{});  // NOLINT
    if (dynamic_cast<const Guarded*>(invoker.get()) == nullptr)
      invoker = std::make_shared<Guarded>(invoker);
  }
}
#endif

class Listener : public ListenerBase {
 public:
  using ListenerBase::ListenerBase;

  void testRunStarting(const Catch::TestRunInfo& /*run*/) override {
    say_if_unwatched();
#if !__has_include(<catch2/catch_all.hpp>)
    guard_all(*m_config);
#endif
  }
  void testCaseStarting(const Catch::TestCaseInfo& test) override {
    g_test.name = std::string(test.name);
    g_test.has_begun = false;
    depth_ = 0;
    static_cast<void>(new_findings(g_test.name));  // of what ran before it
  }
  void testCaseEnded(const Catch::TestCaseStats& /*test*/) override { after_test(); }
  void sectionStarting(const Catch::SectionInfo& section) override {
    if (depth_++ == 0) g_test.place = section.lineInfo;
  }
  void sectionEnded(const Catch::SectionStats& /*section*/) override {
    if (--depth_ != 0) return;
    std::string text = new_findings(g_test.name);
    if (!text.empty()) fail_at(g_test.place, "\n" + std::move(text));
  }
#if !__has_include(<catch2/catch_all.hpp>)
  bool assertionEnded(const Catch::AssertionStats& /*assertion*/) override { return false; }
  void assertionStarting(const Catch::AssertionInfo& /*assertion*/) override {}
#endif

 private:
  int depth_ = 0;
};

CATCH_REGISTER_LISTENER(Listener)

}  // namespace
}  // namespace gridlock::testing::internal
