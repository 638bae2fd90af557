// SPDX-License-Identifier: Apache-2.0
#include "reports/html_parts.h"

#include "reports/frames.h"
#include "reports/place_links.h"

namespace gridlock::internal::reports {

std::string anchor(std::size_t outcome) { return "s" + std::to_string(outcome + 1); }

Markup html_scroll(std::string_view name, const Markup& content) {
  return element("div",
                 {{"class", "scroll"}, {"tabindex", "0"}, {"role", "group"}, {"aria-label", name}},
                 content);
}

Markup html_table(std::string_view name, MarkupValue css, const Markup& head, const Markup& rows) {
  return html_scroll(
      name, classed("table", std::move(css),
                    element("thead", element("tr", head)) + element("tbody", "\n" + rows)));
}

Markup html_column(const Markup& name) { return element("th", {{"scope", "col"}}, name); }

Markup html_place(const Frame& frame, const Report& report) {
  return html_place(frame, short_place_text(frame), report);
}

Markup html_place(const Frame& frame, const std::string& text, const Report& report) {
  const std::string editor = editor_link(frame, report);
  const std::string code = code_link(frame, report);
  if (editor.empty() && code.empty()) return element("i", text);
  Markup place = element("a", {{"href", editor.empty() ? code : editor}}, text);
  if (!editor.empty() && !code.empty())
    place += " " + element("a", {{"href", code}, {"aria-label", text + " on the web"}}, "web");
  return element("i", place);
}

Markup html_quiet(const Markup& text) { return classed("p", "quiet", text) + "\n"; }

Markup html_prose(std::string_view text) {
  Markup prose;
  for (;;) {
    const std::size_t begin = text.find('`');
    const std::size_t end = begin == text.npos ? begin : text.find('`', begin + 1);
    if (end == text.npos) return prose + text;
    prose += text.substr(0, begin);
    prose += element("code", text.substr(begin + 1, end - begin - 1));
    text.remove_prefix(end + 1);
  }
}

}  // namespace gridlock::internal::reports
