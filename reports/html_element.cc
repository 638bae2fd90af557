// SPDX-License-Identifier: Apache-2.0
#include "reports/html_element.h"

#include "reports/utf8.h"

#include <algorithm>

namespace gridlock::internal::reports {

// assets/report.css and report.js, embedded by the build, and the hex digits of their sums
extern const std::string_view kReportCss;
extern const std::string_view kReportCssSha256;
extern const std::string_view kReportJs;
extern const std::string_view kReportJsSha256;

/// The only one that writes markup.
class MarkupWriter {
 public:
  static void add_escaped(std::string& out, std::string_view text) {
    for (const char c : printable(text)) {
      switch (c) {
        case '&':
          out += "&amp;";
          break;
        case '<':
          out += "&lt;";
          break;
        case '>':
          out += "&gt;";
          break;
        case '"':
          out += "&quot;";
          break;
        case '\'':
          out += "&#39;";
          break;
        default:
          out += c;
      }
    }
  }

  MarkupWriter& start(MarkupName tag, Attributes attributes, std::string_view end) {
    (html_ += '<') += tag.text();
    for (const Attribute& attribute : attributes) add(attribute);
    html_ += end;
    return *this;
  }
  MarkupWriter& content(const Markup& content) {
    html_ += content.html_;
    return *this;
  }
  MarkupWriter& end(MarkupName tag) {
    ((html_ += "</") += tag.text()) += '>';
    return *this;
  }
  /// Markup of our own: the style sheet, and what stands before the first element.
  MarkupWriter& ours(std::string_view text) {
    html_ += text;
    return *this;
  }
  Markup take() {
    Markup markup;
    markup.html_ = std::move(html_);
    return markup;
  }

 private:
  void add(const Attribute& attribute) {
    const MarkupValue& value = attribute.value;
    if (value.kind_ == MarkupValue::Kind::kNone) return;
    (html_ += ' ') += attribute.name.text();
    if (value.kind_ == MarkupValue::Kind::kFlag) return;
    html_ += "=\"";
    if (value.kind_ == MarkupValue::Kind::kConstant) {
      html_ += value.constant_;
    } else {
      add_escaped(html_, *value.text_);
    }
    html_ += '"';
  }

  std::string html_;
};

Markup::Markup(std::string_view text) { MarkupWriter::add_escaped(html_, text); }
Markup::Markup(const std::string& text) : Markup(std::string_view(text)) {}
Markup::Markup(const char* text) : Markup(std::string_view(text)) {}

Markup element(MarkupName tag, const Markup& content) {
  return element(tag, Attributes{}, content);
}

Markup classed(MarkupName tag, MarkupValue css, const Markup& content) {
  return element(tag, {{"class", std::move(css)}}, content);
}

Markup element(MarkupName tag, Attributes attributes, const Markup& content) {
  return MarkupWriter().start(tag, attributes, ">").content(content).end(tag).take();
}

Markup void_element(MarkupName tag, Attributes attributes) {
  return MarkupWriter().start(tag, attributes, ">").take();
}

Markup svg_element(MarkupName tag, Attributes attributes) {
  return MarkupWriter().start(tag, attributes, "/>").take();
}

namespace {

unsigned digit(char hex) { return static_cast<unsigned>(hex <= '9' ? hex - '0' : hex - 'a' + 10); }

// Of 32 bytes: ten groups of three, and one of two.
std::string base64(std::string_view hex) {
  constexpr std::string_view kLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string all;
  for (std::size_t at = 0; at < hex.size(); at += 6) {
    unsigned bits = 0;
    const std::size_t digits = std::min<std::size_t>(6, hex.size() - at);
    for (std::size_t i = 0; i < 6; ++i) bits = bits << 4U | (i < digits ? digit(hex[at + i]) : 0U);
    for (std::size_t i = 0; i < 4; ++i)
      all += i * 6 < digits * 4 ? kLetters[bits >> (18 - 6 * i) & 63U] : '=';
  }
  return all;
}

}  // namespace

std::string style_hash() { return "sha256-" + base64(kReportCssSha256); }

std::string script_hash() { return "sha256-" + base64(kReportJsSha256); }

std::string html_document(const Markup& head, const Markup& body) {
  const Markup style = MarkupWriter().start("style", {}, ">").ours(kReportCss).end("style").take();
  const Markup script =
      MarkupWriter().start("script", {}, ">").ours(kReportJs).end("script").take();
  const Markup page =
      element("html", {{"lang", "en"}, {"id", "top"}},
              element("head", head + script + "\n" + style) + "\n" + element("body", body));
  return "<!DOCTYPE html>\n" + page.html() + "\n";
}

}  // namespace gridlock::internal::reports
