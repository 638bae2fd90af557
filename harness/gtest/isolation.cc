// SPDX-License-Identifier: Apache-2.0
//
// Each test in a copy of the process. GoogleTest goes on in the original as it is: filter, shuffle, repetitions, shards and reports
// are its own. Only what makes the test's object is exchanged: it makes the copy, where it makes the real one, and gives
// GoogleTest a test here that waits for what becomes of that.
#include <gridlock/gtest.h>
#include <gridlock/testing/internals.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <utility>

namespace gridlock::testing::internal {
namespace {

using ::testing::TestInfo;
using ::testing::internal::TestFactoryBase;

// GoogleTest has no other door: an explicit instantiation may name what is private.
struct FactoryOfTest {
  using Type = TestFactoryBase* const TestInfo::*;
  friend Type member(FactoryOfTest which);
};
template <typename Tag, typename Tag::Type Member>
struct Door {
  friend typename Tag::Type member(Tag) { return Member; }
};
template struct Door<FactoryOfTest, &TestInfo::factory_>;

std::string name_of(const TestInfo& test) {
  return std::string(test.test_suite_name()) + "." + test.name();
}

std::string current_name() {
  const TestInfo* const test = ::testing::UnitTest::GetInstance()->current_test_info();
  return test != nullptr ? name_of(*test) : "outside of tests";
}

/// Where the running test stands in the source.
void fail(const std::string& text) {
  const TestInfo* const test = ::testing::UnitTest::GetInstance()->current_test_info();
  if (test != nullptr && test->file() != nullptr) {
    ADD_FAILURE_AT(test->file(), test->line()) << text;
  } else {
    ADD_FAILURE() << text;
  }
}

bool ends_process(const std::string& kind) {
  return kind == "deadlock" || kind == "self-deadlock" || kind == "starvation" || kind == "hang";
}

/// Stands for a test that runs in the copy.
class Elsewhere : public ::testing::Test {
 public:
  explicit Elsewhere(const Child& child) : child_(child) {}

 private:
  void TestBody() override {
    const Child::End end = child_.wait();
    const auto found = findings_of(child_.pid());
    const bool is_said = fail_for(child_.pid(), found, end.known, current_name());
    // Where Gridlock's own hook is linked the race is in the log.
    const bool in_log = std::ranges::any_of(found, [](const Finding& one) {
      return one.kind == "data-race" || one.kind == "tsan-report";
    });
    if (end.raced && !in_log) fail("ThreadSanitizer has reported a data race, above");
    if ((end.done && !end.is_hung) || (is_said && ends_process(found.back().kind))) return;
    const std::string stacks = end.is_hung ? text_of(child_.pid(), {}, current_name()) : "";
    fail("the test was " + ending(end) + "\n" + stacks);
  }

  Child child_;
};

class IsolatingFactory : public TestFactoryBase {
 public:
  explicit IsolatingFactory(TestFactoryBase* real) : real_(real) {}

  ::testing::Test* CreateTest() override {
    if (!wants_isolation()) return real_->CreateTest();
    Child child;
    if (!child.fork()) return child.pid() > 0 ? new Elsewhere(child) : real_->CreateTest();
    auto& listeners = ::testing::UnitTest::GetInstance()->listeners();
    static_cast<void>(
        listeners.Release(listeners.default_result_printer()));  // the original prints
    return real_->CreateTest();
  }

 private:
  std::unique_ptr<TestFactoryBase> real_;
};

void isolate(const TestInfo& test) {
  auto& factory = const_cast<TestFactoryBase*&>(test.*member(FactoryOfTest{}));  // NOLINT
  factory = new IsolatingFactory(factory);
}

class Listener : public ::testing::EmptyTestEventListener {
  void OnTestProgramStart(const ::testing::UnitTest& program) override {
    if (!is_watched()) {
      std::cerr << "gridlock: nothing is watched: link gridlock::watch or gridlock::gridlock, too, "
                   "or start the tests by `gridlock exec --`\n";
    }
    for (int i = 0; i < program.total_test_suite_count(); ++i) {
      const ::testing::TestSuite& suite = *program.GetTestSuite(i);
      for (int k = 0; k < suite.total_test_count(); ++k) isolate(*suite.GetTestInfo(k));
    }
  }

  void OnTestPartResult(const ::testing::TestPartResult& part) override {
    if (Child::is_copy() && !part.passed()) Child::tell_part(part);
  }

  void OnTestEnd(const TestInfo& test) override {
    if (!Child::is_copy()) return fail_for_new(name_of(test));
    const ::testing::TestResult& result = *test.result();
    for (int i = 0; i < result.test_property_count(); ++i)
      Child::tell_property(result.GetTestProperty(i).key(), result.GetTestProperty(i).value());
    Child::end();
  }

  // What was found outside of tests: in SetUpTestSuite, in an environment.
  void OnTestSuiteEnd(const ::testing::TestSuite& suite) override { fail_for_new(suite.name()); }
  void OnEnvironmentsTearDownEnd(const ::testing::UnitTest&) override {
    fail_for_new("outside of tests");
  }

  void fail_for_new(const std::string& where) {
    std::vector<Finding> found = findings_of(getpid());
    const std::size_t before = std::exchange(seen_, found.size());
    if (before >= found.size()) return;
    std::vector<std::size_t> known;
    for (std::size_t i = 0; i < before; ++i) known.push_back(i);
    known.insert(known.end(), g_known_here.begin(), g_known_here.end());
    fail_for(getpid(), std::move(found), known, where);
  }

  std::size_t seen_ = 0;

 public:
  static inline std::vector<std::size_t> g_known_here;
};

__attribute__((constructor)) void install() {
  ::testing::UnitTest::GetInstance()->listeners().Append(new Listener);
}

}  // namespace

const char* options_of_tests() { return "quiet=1:exit_code=0"; }

bool fail_for(pid_t process, std::vector<Finding> findings, const std::vector<std::size_t>& known,
              const std::string& test) {
  std::vector<Finding> unknown;
  for (std::size_t i = 0; i < findings.size(); ++i) {
    if (std::find(known.begin(), known.end(), i) == known.end())
      unknown.push_back(std::move(findings[i]));
  }
  if (unknown.empty()) return false;
  const std::string text = text_of(process, unknown, test);
  if (!text.empty()) fail(text);
  return !text.empty();
}

void know_here(std::size_t finding) {
  if (Child::is_copy()) {
    Child::tell_known(finding);
  } else {
    Listener::g_known_here.push_back(finding);
  }
}

}  // namespace gridlock::testing::internal
