// SPDX-License-Identifier: Apache-2.0
//
// No text becomes markup: not in one element, and not in any member of any report.
#include "reports/html_element.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/scenario/report_members.h"
#include "reports/html_parts.h"
#include "tests/support/sample_reports.h"

namespace gridlock {
namespace {

using internal::reports::classed;
using internal::reports::element;
using internal::reports::Markup;
using internal::reports::MarkupValue;
using internal::reports::svg_element;
using internal::reports::void_element;

TEST(Element, EscapesTextInItsContent) {
  EXPECT_EQ(element("p", R"(<b class="x">'&'</b>)").html(),
            "<p>&lt;b class=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/b&gt;</p>");
  const std::string name = "a<b";
  EXPECT_EQ(element("p", name + "&" + Markup(name)).html(), "<p>a&lt;b&amp;a&lt;b</p>");
}

TEST(Element, KeepsAnElementInItsContentAsItIs) {
  EXPECT_EQ(element("p", "a " + classed("span", "place", "b<c") + " d").html(),
            "<p>a <span class=\"place\">b&lt;c</span> d</p>");
}

TEST(Element, EscapesItsOwnMarkupWhereThatHasBecomeText) {
  EXPECT_EQ(element("p", element("b", "x").html()).html(), "<p>&lt;b&gt;x&lt;/b&gt;</p>");
}

TEST(Element, EscapesTextInAnAttributeAndLetsNoneLeaveIt) {
  const std::string foreign = R"("><script>'&)";
  EXPECT_EQ(
      element("a", {{"href", "#" + foreign}, {"title", std::string_view(foreign)}}, "").html(),
      "<a href=\"#&quot;&gt;&lt;script&gt;&#39;&amp;\" "
      "title=\"&quot;&gt;&lt;script&gt;&#39;&amp;\"></a>");
}

TEST(Element, LeavesOutAnAttributeWithoutAValueAndShowsAFlagAlone) {
  EXPECT_EQ(element("li", {{"value", 7}, {"class", MarkupValue()}}, "x").html(),
            "<li value=\"7\">x</li>");
  EXPECT_EQ(element("details", {{"open", MarkupValue::flag(true)}}, "").html(),
            "<details open></details>");
  EXPECT_EQ(element("details", {{"open", MarkupValue::flag(false)}}, "").html(),
            "<details></details>");
}

TEST(Element, HasNoEndInHtmlOrInSvgWhereThatIsSo) {
  EXPECT_EQ(void_element("meta", {{"charset", "utf-8"}}).html(), "<meta charset=\"utf-8\">");
  EXPECT_EQ(svg_element("path", {{"d", std::string("M1 2\"")}}).html(), "<path d=\"M1 2&quot;\"/>");
}

TEST(Element, ShowsAByteThatSteersATerminalAsText) {
  EXPECT_EQ(element("p", "a\x1b[1m\xff").html(), "<p>a\\x1b[1m\\xff</p>");
}

/// Adds a text to the strings of a report, found by the description that the codec uses: to a member
/// that is new, too.
class Append {
 public:
  Append(std::string text, bool to_all) : text_(std::move(text)), to_all_(to_all) {}

  template <typename T>
  void required(const char* name, T& member) {
    add(name, member);
  }
  template <typename T>
  void always(const char* name, T& member) {
    add(name, member);
  }
  template <typename T>
  void optional(const char* name, T& member) {
    add(name, member);
  }
  template <typename T>
  void unless(const T& /*absent*/, const char* name, T& member) {
    add(name, member);
  }
  template <typename T>
  void renamed(const char* /*old_name*/, const char* name, T& member) {
    add(name, member);
  }
  template <typename T>
  void implied(const T& /*value*/, T& /*member*/) {}

  int count = 0;

 private:
  /// What the wording compares: with a text behind it, most of a report is not shown any more.
  static bool is_compared(std::string_view name) {
    static constexpr std::string_view kCompared[] = {
        "id",    "type",        "object",      "thread",    "from",    "to",
        "cycle", "state",       "mode",        "held_mode", "process", "reason",
        "held",  "held_shared", "wanted_mode", "operation"};
    return std::ranges::find(kCompared, name) != std::end(kCompared);
  }

  void add(std::string_view name, std::string& text) {
    if (!to_all_ && (is_compared(name) || text.empty())) return;
    text += text_;
    ++count;
  }
  void add(std::string_view /*name*/, std::map<std::string, std::string>& texts) {
    std::map<std::string, std::string> changed;
    for (const auto& [key, text] : texts) {
      std::string all;
      for (const char c : text) all += c == '\n' ? text_ + "\n" : std::string(1, c);
      changed[key + text_] = all;
    }
    texts = std::move(changed);
  }
  template <typename T>
  void add(std::string_view name, std::optional<T>& member) {
    if (member) add(name, *member);
  }
  template <typename T>
  void add(std::string_view name, std::vector<T>& list) {
    for (T& one : list) add(name, one);
  }
  template <typename T>
  void add(std::string_view /*name*/, T& member) {
    if constexpr (std::is_class_v<T>) {
      using internal::members;
      members(*this, member);
    }
  }

  std::string text_;
  bool to_all_;
};

/// Tags with the names of their attributes, and nothing of what stands in them.
std::vector<std::string> skeleton_of(std::string_view page) {
  std::vector<std::string> tags;
  page.remove_prefix(page.find("</style>"));
  for (std::size_t at = page.find('<'); at != std::string_view::npos; at = page.find('<', at)) {
    std::string tag;
    bool is_quoted = false;
    for (; at < page.size() && (is_quoted || page[at] != '>'); ++at) {
      if (page[at] == '"') is_quoted = !is_quoted;
      if (!is_quoted) tag += page[at];
    }
    tags.push_back(std::move(tag));
  }
  return tags;
}

constexpr std::string_view kHostile[] = {
    R"(<script>alert(1)</script>)",
    R"("><img src=x onerror="y)",
    R"(' onmouseover='x)",
    R"(&lt;&#x3c;&)",
    R"(--></pre></code></style></svg></title><!--)",
    R"(]]><![CDATA[<?x?>)",
};

TEST(Prose, ShowsAsCodeWhatStandsBetweenBackticks) {
  using internal::reports::html_prose;
  EXPECT_EQ(html_prose("Say `a<b>` here: `c`").html(),
            "Say <code>a&lt;b&gt;</code> here: <code>c</code>");
  EXPECT_EQ(html_prose("It`s text").html(), "It`s text");
  EXPECT_EQ(html_prose("`a` and `b").html(), "<code>a</code> and `b");
  EXPECT_EQ(html_prose("").html(), "");
}

class HostileText : public ::testing::TestWithParam<std::string_view> {};

TEST_P(HostileText, InAnyMemberLeavesThePageAsItIsWithHarmlessText) {
  const std::string hostile(GetParam());
  const std::string harmless(hostile.size(), 'x');
  for (const support::Sample& sample : support::samples()) {
    for (const bool to_all : {false, true}) {
      SCOPED_TRACE(sample.name + (to_all ? ", all" : ", what is not compared"));
      const auto page_with = [&sample, to_all](const std::string& text) {
        Report changed = sample.report;
        Append append(text, to_all);
        using internal::members;
        members(append, changed);
        EXPECT_TRUE(append.count > 1 || changed.outcomes.empty());
        return to_html(changed);
      };
      const std::string page = page_with(hostile);
      EXPECT_EQ(skeleton_of(page), skeleton_of(page_with(harmless)));
      if (hostile.find_first_of("<\"'") != std::string::npos) {
        EXPECT_EQ(page.find(hostile), std::string::npos);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Texts, HostileText, ::testing::ValuesIn(kHostile));

}  // namespace
}  // namespace gridlock
