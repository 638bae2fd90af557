// SPDX-License-Identifier: Apache-2.0
//
// doctest: what is found while a test case runs fails it. A listener hears of the end of a test case when its result stands, so
// what the test case calls is exchanged when it starts: the real function runs in it, and then its findings are looked at.
#include <doctest/doctest.h>
#include <gridlock/testing/log.h>
#include <gridlock/testing/successor.h>

#include <string>

namespace gridlock::testing::internal {
namespace {

const doctest::TestCaseData* g_test = nullptr;
void (*g_real)() = nullptr;
bool g_has_begun = false;  // the test case: it is called once for each of its subcases

// As an assertion: a message that fails is in no report of the form JUnit.
void fail(const std::string& text) {
  doctest::detail::ResultBuilder assertion(doctest::assertType::DT_CHECK, g_test->m_file.c_str(),
                                           static_cast<int>(g_test->m_line), "nothing is found");
  assertion.setResult(doctest::detail::Result(false, doctest::String(("\n" + text).c_str())));
  static_cast<void>(assertion.log());
  assertion.react();
}

void look() {
  const std::string text = new_findings(g_test->m_name);
  if (!text.empty()) fail(text);
}

void run_and_look() {
  if (!g_has_begun) {
    g_has_begun = true;
    const std::string fate = before_test(g_test->m_name);
    if (!fate.empty()) return fail(fate);
  }
  try {
    g_real();
  } catch (...) {
    look();
    throw;
  }
  look();
}

class Listener : public doctest::IReporter {
 public:
  explicit Listener(const doctest::ContextOptions& /*options*/) {}

  void test_run_start() override { say_if_unwatched(); }
  void test_case_start(const doctest::TestCaseData& data) override {
    static_cast<void>(new_findings(data.m_name));  // of what ran before it
    // doctest has no other door: the data are a part of the registered test case.
    auto& test = const_cast<doctest::detail::TestCase&>(  // NOLINT
        static_cast<const doctest::detail::TestCase&>(data));
    g_test = &data;
    g_has_begun = false;
    if (test.m_test != &run_and_look) g_real = test.m_test;
    test.m_test = &run_and_look;
  }
  void test_case_end(const doctest::CurrentTestCaseStats& /*end*/) override {
    after_test();
    const_cast<doctest::detail::TestCase&>(  // NOLINT
        static_cast<const doctest::detail::TestCase&>(*g_test))
        .m_test = g_real;
  }
  void test_case_reenter(const doctest::TestCaseData& /*data*/) override {}
  void report_query(const doctest::QueryData& /*query*/) override {}
  void test_run_end(const doctest::TestRunStats& /*end*/) override {}
  void test_case_exception(const doctest::TestCaseException& /*exception*/) override {}
  void subcase_start(const doctest::SubcaseSignature& /*subcase*/) override {}
  void subcase_end() override {}
  void log_assert(const doctest::AssertData& /*data*/) override {}
  void log_message(const doctest::MessageData& /*message*/) override {}
  void test_case_skipped(const doctest::TestCaseData& /*data*/) override {}
};

REGISTER_LISTENER("gridlock", 1, Listener);

}  // namespace
}  // namespace gridlock::testing::internal
