// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/rendered.h"

#include <gridlock/text.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace gridlock::fuzz {
namespace {

constexpr std::array kTags = {
    "html",   "head",       "meta",    "link",    "title",   "style", "body",   "header",
    "main",   "nav",        "section", "article", "h1",      "h2",    "h3",     "h4",
    "h5",     "p",          "span",    "dl",      "dt",      "dd",    "div",    "table",
    "thead",  "tbody",      "tr",      "th",      "td",      "a",     "ol",     "ul",
    "li",     "code",       "pre",     "details", "summary", "svg",   "text",   "rect",
    "path",   "b",          "em",      "strong",  "i",       "g",     "circle", "line",
    "figure", "figcaption", "mark",    "search",  "label",   "input", "ins",    "del"};

// What steers a terminal or the eye: control characters, marks of direction, what has no width.
bool is_hidden(std::uint32_t character) {
  if (character == '\n' || character == '\t') return false;
  return character < 0x20 || (character >= 0x7F && character <= 0x9F) || character == 0xAD ||
         character == 0x61C || (character >= 0x200B && character <= 0x200F) ||
         (character >= 0x2028 && character <= 0x202E) ||
         (character >= 0x2060 && character <= 0x206F) || character == 0xFEFF ||
         (character >= 0xE0000 && character <= 0xE0FFF);
}

bool is_own_tag(std::string_view name) { return std::ranges::find(kTags, name) != kTags.end(); }

// Where the links to the code lead, up to the path; empty if there are none.
std::string code_of(const Report& report) {
  const std::string& url = report.code_url;
  const bool is_web = url.starts_with("https://") || url.starts_with("http://");
  if (!is_web || !is_place_url(url)) return {};
  std::string begin = url.substr(0, url.find("{path}"));
  for (std::size_t at = 0; (at = begin.find("{line}", at)) != std::string::npos;) begin.erase(at);
  for (std::size_t at = 0; (at = begin.find('&', at)) != std::string::npos; at += 5)
    begin.replace(at, 1, "&amp;");
  return begin;
}

// "onclick" and "href" of a foreign address are what an attacker would want.
void check_attributes(std::string_view attributes, const std::string& code) {
  while (!attributes.empty()) {
    const std::size_t start = attributes.find_first_not_of(" \n/");
    if (start == std::string_view::npos) return;
    attributes.remove_prefix(start);
    const std::size_t equals = attributes.find_first_of("= ");
    const std::string_view name = attributes.substr(0, equals);
    require(!name.starts_with("on"), "an event handler in the page");
    if (equals == std::string_view::npos) return;
    attributes.remove_prefix(equals + 1);
    if (!attributes.starts_with('"')) continue;
    const std::size_t end = attributes.find('"', 1);
    require(end != std::string_view::npos, "an open tag in the page");
    const std::string_view value = attributes.substr(1, end - 1);
    if (name == "href")
      require(
          value.starts_with('#') || value == "data:," || (!code.empty() && value.starts_with(code)),
          "a link out of the page");
    require(name != "src" && name != "srcset" && name != "action", "a page that loads something");
    attributes.remove_prefix(end + 1);
  }
}

// "&lt;" in a name stays "&lt;" for the reader only if its "&" was escaped, too. What the page writes
// are the five of text, and numbers and names of its own.
void check_references(std::string_view page) {
  constexpr std::array kReferences = {"amp;", "lt;", "gt;", "quot;", "#39;"};
  for (std::size_t at = page.find('&'); at != std::string_view::npos; at = page.find('&', at)) {
    const std::string_view reference = page.substr(++at);
    require(std::ranges::any_of(kReferences,
                                [&](std::string_view own) { return reference.starts_with(own); }),
            "an ampersand in the page that is not escaped");
  }
}

// Behind the '>' of the tag that begins the text; quoted ones do not count.
std::size_t end_of_tag(std::string_view text) {
  bool quoted = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '"') quoted = !quoted;
    if (text[at] == '>' && !quoted) return at + 1;
  }
  return std::string_view::npos;
}

// A newline in a name would make what follows look like a line of ours. Only an outcome's name stands where
// a line begins.
void check_lines(std::string_view text, const Report& report) {
  constexpr std::string_view kMarker = "gridlock-marker";
  for (const Outcome& outcome : report.outcomes)
    if (printable_line(outcome.name).starts_with(kMarker)) return;
  const bool forged =
      text.starts_with(kMarker) || text.find("\ngridlock-marker") != std::string_view::npos;
  require(!forged, "a line of text that is not ours");
}

void check_page(std::string_view page, const std::string& code) {
  require(page.find("gridlock-marker x=\"") == std::string_view::npos,
          "a marker left its attribute");
  const std::size_t style = page.find("</style>");  // our own words before
  require(style != std::string_view::npos, "a page without a style");
  page.remove_prefix(style);
  check_references(page);
  for (std::size_t at = page.find('<'); at != std::string_view::npos; at = page.find('<')) {
    page.remove_prefix(at);
    const std::size_t end = end_of_tag(page);
    require(end != std::string_view::npos, "an open tag in the page");
    std::string_view tag = page.substr(1, end - 2);
    if (tag.starts_with('/')) tag.remove_prefix(1);
    const std::string_view name = tag.substr(0, tag.find_first_of(" \n/"));
    require(is_own_tag(name), "a tag in the page that is none of ours");
    check_attributes(tag.substr(name.size()), code);
    page.remove_prefix(end);
  }
}

}  // namespace

void require(bool holds, std::string_view what) {
  if (holds) return;
  std::fprintf(stderr, "fuzz: %.*s\n", static_cast<int>(what.size()), what.data());
  std::abort();
}

// By a decoder of its own: the product's may be what is wrong.
void require_printable(std::string_view text, std::string_view what) {
  for (std::size_t at = 0; at < text.size();) {
    const auto byte = [&](std::size_t i) -> std::uint32_t {
      return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U;
    };
    const std::uint32_t lead = byte(0);
    const std::size_t length = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    std::uint32_t character = length == 1 ? lead : lead & (0xFFU >> (length + 1));
    require(lead < 0x80 || (lead >= 0xC2 && lead <= 0xF4), what);
    for (std::size_t i = 1; i < length; ++i) {
      require((byte(i) & 0xC0U) == 0x80, what);
      character = character << 6U | (byte(i) & 0x3FU);
    }
    constexpr std::array<std::uint32_t, 5> kSmallest = {0, 0, 0x80, 0x800, 0x10000};
    require(character >= kSmallest.at(length) && character <= 0x10FFFF, what);
    require(character < 0xD800 || character > 0xDFFF, what);
    require(!is_hidden(character), what);
    at += length;
  }
  require(printable(text) == text, "printable() would change what is printable");
}

void require_safe(const Report& report) {
  TextOptions options;
  options.verbose = true;
  const std::string text = to_text(report, options);
  require_printable(text, "the text can steer a terminal");
  check_lines(text, report);
  options.verbose = false;
  options.only_differing = true;
  for (const Outcome& outcome : report.outcomes)
    require_printable(to_text(outcome, report, options), "the line can steer a terminal");
  const std::string page = to_html(report);
  require_printable(page, "the page has hidden characters");
  check_page(page, code_of(report));
  for (const ReportFormat& format : report_formats())
    require_printable(format.render(report), "a format has hidden characters");
  const std::string document = to_json(report);
  require_printable(document, "the document has hidden characters");
  require(to_json(report_from_json(document)) == document, "the document read again is another");
}

}  // namespace gridlock::fuzz
