// SPDX-License-Identifier: Apache-2.0
//
// Markup that cannot be wrong about what is text. A Markup is made of elements; everything else that
// becomes one is text, and is escaped as it does. Names of elements and attributes are constants of the
// program. So no text, wherever it comes from, is ever read as markup.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace gridlock::internal::reports {

// NOLINTBEGIN(google-explicit-constructor): what text becomes must not depend on thinking of it

class Markup {
 public:
  Markup() = default;
  // Text: printable(), and & < > " ' as references. Implicit, so that text is what one gets without
  // thinking of it.
  Markup(std::string_view text);
  Markup(const std::string& text);
  Markup(const char* text);

  Markup& operator+=(const Markup& more) {
    html_ += more.html_;
    return *this;
  }
  friend Markup operator+(Markup left, const Markup& right) {
    left += right;
    return left;
  }
  bool empty() const { return html_.empty(); }
  /// For the end of the work only: made into a Markup again, it would be text.
  const std::string& html() const { return html_; }

 private:
  friend class MarkupWriter;
  std::string html_;
};

/// The name of an element or of an attribute: a constant.
class MarkupName {
 public:
  consteval MarkupName(const char* name) : name_(name) {
    for (const char c : name_) {
      const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      if (!is_letter && c != '-' && !(c >= '0' && c <= '9')) throw "no name of an element";
    }
  }
  std::string_view text() const { return name_; }

 private:
  std::string_view name_;
};

/// What an attribute is set to. A constant stands as it is; anything else is escaped.
class MarkupValue {
 public:
  /// The attribute is left out.
  MarkupValue() = default;
  consteval MarkupValue(const char* constant) : kind_(Kind::kConstant), constant_(constant) {
    for (const char c : constant_) {
      if (c == '"' || c == '&' || c == '<' || c == '>') throw "to be escaped";
    }
  }
  MarkupValue(std::string text) : kind_(Kind::kText), text_(std::move(text)) {}
  MarkupValue(std::string_view text) : MarkupValue(std::string(text)) {}
  MarkupValue(int number) : MarkupValue(std::to_string(number)) {}

  /// The attribute stands without a value if `is_set`; else it is left out.
  static MarkupValue flag(bool is_set) {
    MarkupValue value;
    if (is_set) value.kind_ = Kind::kFlag;
    return value;
  }

 private:
  friend class MarkupWriter;
  enum class Kind : unsigned char { kNone, kFlag, kConstant, kText };
  Kind kind_ = Kind::kNone;
  std::string_view constant_;
  std::optional<std::string> text_;  // no plain string: this has to be a constant, too
};

// NOLINTEND(google-explicit-constructor)

struct Attribute {
  MarkupName name;
  MarkupValue value;
};
using Attributes = std::initializer_list<Attribute>;

/// <tag>content</tag>
Markup element(MarkupName tag, const Markup& content);
/// <tag class="css">content</tag>
Markup classed(MarkupName tag, MarkupValue css, const Markup& content);
Markup element(MarkupName tag, Attributes attributes, const Markup& content);
/// An element of HTML that has no end: <meta ...>
Markup void_element(MarkupName tag, Attributes attributes);
/// An element of SVG without content: <path .../>
Markup svg_element(MarkupName tag, Attributes attributes);

/// What a content security policy calls the style sheet and the script that the build embeds: "sha256-...".
std::string style_hash();
std::string script_hash();

/// The whole page, with that style sheet and that script.
std::string html_document(const Markup& head, const Markup& body);

}  // namespace gridlock::internal::reports
