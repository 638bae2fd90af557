// SPDX-License-Identifier: Apache-2.0
//
// Where the boxes of a lock graph stand, and that nothing but a layout of just this graph is taken from Graphviz.
#include "reports/graph_layout.h"

#include <gmock/gmock.h>
#include <gridlock/report.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/sample_lock_graph.h"
#include "tests/support/sample_reports.h"

namespace gridlock::internal::reports {
namespace {

using ::gridlock::support::crowded_report;
using ::gridlock::support::plain_answer;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

LockGraph graph_of(const Report& report) {
  return lock_graph(report.outcomes[0].findings[0], report.outcomes[0]);
}

Report with_one_neighbour() {
  Report report = crowded_report();
  report.outcomes[0].learned_order.resize(1);
  report.outcomes[0].infeasible_cycles.clear();
  return report;
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  const std::size_t at = text.find(what);
  if (at == std::string::npos) ADD_FAILURE() << what << " is not in " << text;
  return text.replace(at, what.size(), by);
}

TEST(GraphLayout, RingServesACycleWithANeighbourAndIsCrowdedWithMany) {
  const Report few = with_one_neighbour();
  const Report many = crowded_report();
  ASSERT_TRUE(graph_of(few).has_neighbours());
  EXPECT_FALSE(is_crowded(ring_layout(graph_of(few)), graph_of(few)));
  EXPECT_TRUE(is_crowded(ring_layout(graph_of(many)), graph_of(many)));
}

TEST(GraphLayout, IsCrowdedIfBoxesTouchOrAnArrowRunsThroughOneOrNumbersTouch) {
  LockGraph graph;
  graph.nodes.resize(3);
  graph.edges = {{.from = 0, .to = 1}, {.from = 0, .to = 2}};
  const auto layout = [&](Point third, Point number) {
    GraphLayout all{.width = 900, .height = 900};
    all.boxes = {{100, 100}, {800, 100}, third};
    all.arrows = {{.line = {{180, 100}, {300, 100}, {500, 100}, {720, 100}}, .number = {400, 100}},
                  {.line = {{180, 100}, {200, 200}, {200, 300}, third}, .number = number}};
    return all;
  };
  EXPECT_FALSE(is_crowded(layout({450, 300}, {200, 250}), graph));
  EXPECT_TRUE(is_crowded(layout({800, 120}, {200, 250}), graph)) << "boxes";
  EXPECT_TRUE(is_crowded(layout({450, 110}, {200, 250}), graph)) << "an arrow";
  EXPECT_TRUE(is_crowded(layout({450, 300}, {390, 110}), graph)) << "numbers";
}

TEST(GraphLayout, GraphvizIsAskedOnlyForWhatTheRingDoesNotServe) {
  EXPECT_EQ(graphs_to_lay_out(crowded_report()).size(), 1U);
  EXPECT_THAT(graphs_to_lay_out(with_one_neighbour()), IsEmpty());
  Report declared = crowded_report();
  declared.outcomes[0].verdict = Verdict::kAsExpected;
  EXPECT_THAT(graphs_to_lay_out(declared), IsEmpty()) << "the page has no such drawing";
}

TEST(GraphLayout, GraphsOfOneShapeAreAskedForOnceAndAtMostThirty) {
  Report report = crowded_report();
  report.outcomes.push_back(report.outcomes[0]);
  EXPECT_EQ(graphs_to_lay_out(report).size(), 1U);
  const Outcome outcome = report.outcomes[0];
  for (int i = 0; i < 40; ++i) {
    report.outcomes.push_back(outcome);
    std::vector<LearnedOrder>& orders = report.outcomes.back().learned_order;
    const auto add = [&](const char* from, int count) {
      for (int more = 0; more < count; ++more) {
        orders.push_back(orders[0]);
        orders.back().from = from;
        orders.back().to = "M" + std::to_string(orders.size() + 10);
      }
    };
    add("M1", i % 8);
    add("M2", i / 8 + 1);
  }
  EXPECT_EQ(graphs_to_lay_out(report).size(), 30U);
}

TEST(GraphLayout, NoTextOfTheReportGoesToGraphviz) {
  Report report = crowded_report();
  const std::vector<std::string> plain = graphs_to_lay_out(report);
  for (LearnedOrder& order : report.outcomes[0].learned_order) {
    for (Object& object : order.objects) object.name = "\"]; evil [shape=\"";
  }
  EXPECT_EQ(graphs_to_lay_out(report), plain);
  EXPECT_EQ(plain[0].find_first_not_of("abcdefghijklmnopqrstuvwxyzLR0123456789 .=[]{}->\"\n"),
            std::string::npos)
      << plain[0];
}

TEST(GraphLayout, WhatGraphvizSaysIsDrawn) {
  Report report = crowded_report();
  const LockGraph graph = graph_of(report);
  const std::string ring = to_html(report);
  report.laid_out[dot_source(graph)] = plain_answer(graph);
  const std::string page = to_html(report);
  EXPECT_NE(page, ring);
  EXPECT_THAT(page, HasSubstr("M282 "));  // 270 and the margin
  EXPECT_THAT(page, HasSubstr("-o3\"")) << "its arrows have links, too";
}

TEST(GraphLayout, WhereTheRingServesGraphvizIsNotHeard) {
  Report report = with_one_neighbour();
  const LockGraph graph = graph_of(report);
  const std::string ring = to_html(report);
  report.laid_out[dot_source(graph)] = plain_answer(graph);
  EXPECT_EQ(to_html(report), ring);
}

TEST(GraphLayout, NonsenseOfGraphvizIsNotTakenAndThePageIsAsWithoutIt) {
  Report report = crowded_report();
  const LockGraph graph = graph_of(report);
  const std::string good = plain_answer(graph);
  ASSERT_TRUE(layout_from_dot(good, graph));
  const std::string ring = to_html(report);
  const std::string box =
      good.substr(good.find("node n1"), good.find("node n2") - good.find("node n1"));
  const std::vector<std::pair<const char*, std::string>> bad = {
      {"nothing", ""},
      {"text", "Error: <stdin>: syntax error in line 1\n"},
      {"markup", "<svg><script>alert(1)</script></svg>\nstop\n"},
      {"a box too few", replaced(good, box, "")},
      {"a box twice", replaced(good, "node n2", box + "node n2")},
      {"a box of another graph", replaced(good, "node n2", "node n99")},
      {"markup for a number", replaced(good, "node n2 ", "node n2 <script> ")},
      {"no number", replaced(good, "node n2 ", "node n2 nan ")},
      {"infinite", replaced(good, "node n2 ", "node n2 inf ")},
      {"too large", replaced(good, "node n2 ", "node n2 1e300 ")},
      {"a comma", replaced(good, "2.777778", "2,777778")},
      {"outside of the drawing", replaced(good, "node n2 ", "node n2 99 ")},
      {"boxes that touch",
       replaced(replaced(good, "node n0 2.777778 0.416667", "node n0 2.777778 0.555556"),
                "node n1 2.777778 1.250000", "node n1 2.777778 0.902778")},
      {"an arrow between others", replaced(good, "edge n0 n1", "edge n0 n2")},
      {"an arrow that begins elsewhere", replaced(good, " 4 3.750000 0.41", " 4 3.750000 8.41")},
      {"half a curve", replaced(good, " 4 3.750000", " 5 3.750000")},
      {"very many points", replaced(good, " 4 3.750000", " 4000000000 3.750000")},
      {"no points", replaced(good, " 4 3.750000", " 0 3.750000")},
      {"a number of no arrow", replaced(good, " 1 4.444444", " 0 4.444444")},
      {"another scale", replaced(good, "graph 1", "graph 0.5")},
      {"no size", replaced(good, "graph 1 5.555556", "graph 1 0")},
      {"two sizes", replaced(good, "node n0", "graph 1 5 5\nnode n0")},
      {"no end", replaced(good, "stop\n", "")},
      {"more after the end", good + "node\n"},
  };
  for (const auto& [what, answer] : bad) {
    EXPECT_FALSE(layout_from_dot(answer, graph)) << what;
    report.laid_out[dot_source(graph)] = answer;
    EXPECT_TRUE(to_html(report) == ring) << what;
  }
}

TEST(GraphLayout, WhateverByteOfAnAnswerIsAnotherTheDrawingStaysInItsFrame) {
  Report report = crowded_report();
  report.outcomes[0].learned_order.resize(2);
  const LockGraph graph = graph_of(report);
  const std::string good = plain_answer(graph);
  const auto is_inside = [](Point at, const GraphLayout& layout) {
    return std::isfinite(at.x) && std::isfinite(at.y) && at.x >= 0 && at.y >= 0 &&
           at.x <= layout.width && at.y <= layout.height && layout.width < 8000 &&
           layout.height < 8000;
  };
  std::size_t refused = 0;
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (const char c : {'9', '-', 'e', '\n', '<'}) {
      std::string answer = good;
      answer[i] = c;
      const std::optional<GraphLayout> layout = layout_from_dot(answer, graph);
      refused += layout ? 0U : 1U;
      if (!layout) continue;
      ASSERT_EQ(layout->boxes.size(), graph.nodes.size());
      ASSERT_EQ(layout->arrows.size(), graph.edges.size());
      for (const Point box : layout->boxes) ASSERT_TRUE(is_inside(box, *layout)) << i << c;
      for (const GraphLayout::Arrow& arrow : layout->arrows) {
        ASSERT_GE(arrow.line.size(), 4U);
        ASSERT_EQ(arrow.line.size() % 3, 1U);
        ASSERT_TRUE(is_inside(arrow.number, *layout)) << i << c;
        for (const Point at : arrow.line) ASSERT_TRUE(is_inside(at, *layout)) << i << c;
      }
    }
  }
  EXPECT_GT(refused, good.size());
}

TEST(GraphLayout, TheJsonReportHasNothingOfIt) {
  Report report = crowded_report();
  const std::string before = to_json(report);
  report.laid_out["a"] = "b";
  EXPECT_EQ(to_json(report), before);
}

}  // namespace
}  // namespace gridlock::internal::reports
