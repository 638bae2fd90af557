// SPDX-License-Identifier: Apache-2.0
//
// Whatever stands for Graphviz's `dot`: the page is written, with its layout or with ours.
#include "harness/cli/graphviz.h"

#include <gridlock/report.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include "reports/graph_layout.h"
#include "reports/lock_graph.h"
#include "tests/support/sample_lock_graph.h"

namespace gridlock::internal {
namespace {

namespace fs = std::filesystem;

using reports::LockGraph;
using support::crowded_report;

LockGraph graph_of(const Report& report) {
  return reports::lock_graph(report.outcomes[0].findings[0], report.outcomes[0]);
}

// NOLINTNEXTLINE(cppcoreguidelines-virtual-class-destructor): googletest makes and deletes it
class Graphviz : public ::testing::Test {
 public:
  Graphviz(const Graphviz&) = delete;
  Graphviz& operator=(const Graphviz&) = delete;

 protected:
  Graphviz() : folder_(fs::path(::testing::TempDir()) / ("dot-" + std::to_string(getpid()))) {
    fs::create_directories(folder_);
    for (const char* const name : {"PATH", "GRIDLOCK_DOT"}) {
      const char* const value = std::getenv(name);
      (name[0] == 'P' ? path_ : dot_) =
          value != nullptr ? std::optional<std::string>(value) : std::nullopt;
    }
    unsetenv("GRIDLOCK_DOT");
  }
  // NOLINTNEXTLINE(cppcoreguidelines-virtual-class-destructor)
  ~Graphviz() override {
    restore("PATH", path_);
    restore("GRIDLOCK_DOT", dot_);
    fs::remove_all(folder_);
  }

  /// A `dot` of the test's own: lines for a shell.
  std::string fake(const std::string& lines) const {
    const fs::path file = folder_ / "dot";
    std::ofstream(file) << "#!/bin/sh\n" << lines << '\n';
    fs::permissions(file, fs::perms::owner_all);
    return file.string();
  }
  std::string kept(const std::string& text) const {
    const fs::path file = folder_ / "answer";
    std::ofstream(file) << text;
    return file.string();
  }
  static void expect_ring(const std::string& dot) {
    Report report = crowded_report();
    const std::string ring = to_html(report);
    lay_out_graphs(report, dot);
    EXPECT_TRUE(report.laid_out.empty());
    EXPECT_TRUE(to_html(report) == ring);
  }

  fs::path folder_;

 private:
  static void restore(const char* name, const std::optional<std::string>& value) {
    if (value) {
      setenv(name, value->c_str(), 1);
    } else {
      unsetenv(name);
    }
  }

  std::optional<std::string> path_;
  std::optional<std::string> dot_;
};

TEST_F(Graphviz, LaysOutWhatTheRingDoesNotServe) {
  Report report = crowded_report();
  const std::string ring = to_html(report);
  const std::string answer = kept(support::plain_answer(graph_of(report)));
  const std::string asked = (folder_ / "asked").string();
  lay_out_graphs(report, fake("[ \"$*\" = -Tplain ] && cat >" + asked + " && cat " + answer));
  EXPECT_EQ(report.laid_out.size(), 1U);
  EXPECT_FALSE(to_html(report) == ring);
  std::ifstream stream(asked);
  const std::string question{std::istreambuf_iterator<char>(stream), {}};
  EXPECT_EQ(question, reports::dot_source(graph_of(report)));
}

TEST_F(Graphviz, IsNotStartedIfThereIsNothingToLayOut) {
  Report report = crowded_report();
  report.outcomes[0].learned_order.clear();
  const fs::path trace = folder_ / "started";
  const std::string dot = fake("touch " + trace.string());
  lay_out_graphs(report, dot);
  EXPECT_FALSE(fs::exists(trace));
  Report crowded = crowded_report();
  lay_out_graphs(crowded, dot);
  EXPECT_TRUE(fs::exists(trace));
}

TEST_F(Graphviz, IsAskedOnceForAllFilesOfAReport) {
  Report report = crowded_report();
  const std::string answer = kept(support::plain_answer(graph_of(report)));
  const fs::path trace = folder_ / "started";
  const std::string dot = fake("echo >>" + trace.string() + "; cat " + answer);
  lay_out_graphs(report, dot);
  lay_out_graphs(report, dot);
  EXPECT_EQ(fs::file_size(trace), 1U);
}

TEST_F(Graphviz, ThatIsMissingOrNoProgramLeavesTheRing) {
  expect_ring("");
  expect_ring((folder_ / "nowhere").string());
  expect_ring(folder_.string());
  std::ofstream(folder_ / "text") << "text";
  expect_ring((folder_ / "text").string());
}

TEST_F(Graphviz, ThatFailsLeavesTheRingEvenWithAGoodAnswer) {
  const std::string answer = kept(support::plain_answer(graph_of(crowded_report())));
  expect_ring(fake("cat " + answer + "; exit 1"));
  expect_ring(fake("cat " + answer + "; kill -KILL $$"));
}

TEST_F(Graphviz, ThatTalksNonsenseLeavesTheRing) {
  expect_ring(fake("echo 'Warning: something'"));
  expect_ring(fake("exit 0"));
  // As many parts as graphs, but no layout: the page does not take it.
  Report report = crowded_report();
  const std::string ring = to_html(report);
  lay_out_graphs(report, fake("printf '<script>alert(1)</script>\\033]0;x\\007\\nstop\\n'"));
  EXPECT_EQ(report.laid_out.size(), 1U);
  EXPECT_TRUE(to_html(report) == ring);
}

TEST_F(Graphviz, ThatNeverStopsTalkingLeavesTheRing) { expect_ring(fake("yes stop")); }

TEST_F(Graphviz, ThatHangsIsKilledWithWhatItStarted) {
  const std::string pid = (folder_ / "pid").string();
  expect_ring(fake("sleep 1000 & echo $! >" + pid + "; wait"));
  std::ifstream stream(pid);
  pid_t child = 0;
  ASSERT_TRUE(stream >> child);
  // A zombie that nobody has reaped yet is dead as well.
  std::ifstream state("/proc/" + std::to_string(child) + "/stat");
  const std::string text{std::istreambuf_iterator<char>(state), {}};
  EXPECT_TRUE(text.empty() || text.find(") Z ") != std::string::npos) << text;
}

TEST_F(Graphviz, IsFoundInAbsoluteFoldersOfPathAndCanBeChosenOrLeftOut) {
  const std::string dot = fake("exit 0");
  setenv("PATH", ("/no/such/folder:" + folder_.string()).c_str(), 1);
  EXPECT_EQ(find_dot(), dot);
  setenv("PATH", fs::relative(folder_).c_str(), 1);
  EXPECT_EQ(find_dot(), "") << "what lies in the current folder is nobody's choice";
  setenv("GRIDLOCK_DOT", "/opt/dot", 1);
  EXPECT_EQ(find_dot(), "/opt/dot");
  setenv("PATH", folder_.c_str(), 1);
  setenv("GRIDLOCK_DOT", "none", 1);
  EXPECT_EQ(find_dot(), "");
}

TEST_F(Graphviz, TheRealOneLaysOutTheSample) {
  const std::string dot = find_dot();
  if (dot.empty()) GTEST_SKIP() << "Graphviz is not installed: no dot in PATH";
  Report report = crowded_report();
  lay_out_graphs(report, dot);
  ASSERT_EQ(report.laid_out.size(), 1U);
  const LockGraph graph = graph_of(report);
  const std::optional<reports::GraphLayout> layout =
      reports::layout_from_dot(report.laid_out.begin()->second, graph);
  ASSERT_TRUE(layout) << report.laid_out.begin()->second;
  EXPECT_FALSE(reports::is_crowded(*layout, graph));
}

}  // namespace
}  // namespace gridlock::internal
