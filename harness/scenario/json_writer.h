// SPDX-License-Identifier: Apache-2.0
//
// The writing half of the codec (json_codec.cc): a described struct as text, in one pass and without a document in
// between, so that a report of ten thousand findings costs what its text costs.
#pragma once

#include <gridlock/report.h>

#include "harness/scenario/finding_members.h"
#include "harness/scenario/frame_table.h"
#include "harness/scenario/report_members.h"

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gridlock::internal {

using TextByName = std::map<std::string, std::string>;

template <typename T>
inline constexpr bool kIsList = false;
template <typename T>
inline constexpr bool kIsList<std::vector<T>> = true;

/// As the shortest decimal that is read as the same number; "null" for what is none.
std::string json_number(double value);
/// In quotes. Bytes that are not UTF-8 come out as "\\xff" (text.h), hidden characters as "\\u202e".
std::string json_text(std::string_view text);

/// Members in the order of their description.
class JsonWriter {
 public:
  enum class Layout : unsigned char {
    kLine,      ///< all on one line
    kIndented,  ///< a value a line, two spaces a level
  };

  /// Frames of `frames`, if given, are written as their numbers there; it must outlive the writer.
  explicit JsonWriter(Layout layout, const FrameTable* frames = nullptr)
      : layout_(layout), frames_(frames) {}

  template <typename T>
  void value(const T& value) {
    if constexpr (std::same_as<T, FindingKind>) {
      text(info(value).name);
    } else if constexpr (std::same_as<T, Verdict>) {
      text(name(value));
    } else if constexpr (std::same_as<T, std::string>) {
      text(value);
    } else if constexpr (std::same_as<T, bool>) {
      out_ += value ? "true" : "false";
    } else if constexpr (std::integral<T>) {
      out_ += std::to_string(value);
    } else if constexpr (std::floating_point<T>) {
      out_ += json_number(value);
    } else if constexpr (std::same_as<T, TextByName>) {
      open('{');
      for (const auto& [key, text] : value) always_named(key, text);
      close('}');
    } else if constexpr (std::same_as<T, Stack>) {
      frames_of(value);
    } else if constexpr (std::same_as<T, std::vector<const Frame*>>) {
      open('[');
      for (const Frame* frame : value) {
        begin_element();
        out_ += '\n';
        this->value(*frame);
      }
      close(']');
    } else if constexpr (kIsList<T>) {
      open('[');
      for (const auto& element : value) {
        begin_element();
        // A large report is read by programs, but a line a finding is kind to diff and grep.
        if constexpr (std::same_as<decltype(element), const Finding&> ||
                      std::same_as<decltype(element), const Outcome&>) {
          if (frames_ != nullptr) out_ += '\n';
        }
        this->value(element);
      }
      close(']');
    } else {
      open('{');
      members(*this, value);
      close('}');
    }
  }

  template <typename T>
  void always(const char* name, const T& value) {
    always_named(name, value);
  }
  template <typename T>
  void required(const char* name, const T& value) {
    always_named(name, value);
  }
  template <typename T>
  void optional(const char* name, const T& value) {
    if constexpr (kIsList<T>) {
      if (!value.empty()) always_named(name, value);
    } else {
      if (value != T{}) always_named(name, value);
    }
  }
  template <typename T>
  void optional(const char* name, const std::optional<T>& value) {
    if (value) always_named(name, *value);
  }
  template <typename T>
  void unless(const T& absent, const char* name, const T& value) {
    if (value != absent) always_named(name, value);
  }
  template <typename T>
  void renamed(const char* /*old_name*/, const char* name, const T& value) {
    optional(name, value);
  }
  template <typename T>
  void implied(const T& /*value*/, const T& /*member*/) {}

  void open(char bracket) {
    out_ += bracket;
    ++depth_;
    is_first_ = true;
  }
  void close(char bracket) {
    --depth_;
    if (!is_first_) new_line();
    out_ += bracket;
    is_first_ = false;
  }
  std::string take() { return std::move(out_); }

 private:
  template <typename T>
  void always_named(std::string_view name, const T& value) {
    begin_element();
    text(name);
    out_ += layout_ == Layout::kIndented ? ": " : ":";
    this->value(value);
  }
  void frames_of(const Stack& stack) {
    if (frames_ == nullptr) {
      open('[');
      for (const Frame& frame : stack) {
        begin_element();
        value(frame);
      }
      return close(']');
    }
    out_ += '[';
    for (std::size_t i = 0; i < stack.size(); ++i) {
      if (i > 0) out_ += ',';
      out_ += std::to_string(frames_->number_of(stack[i]));
    }
    out_ += ']';
    is_first_ = false;
  }
  void begin_element() {
    if (!is_first_) out_ += ',';
    is_first_ = false;
    new_line();
  }
  void new_line() {
    if (layout_ != Layout::kIndented) return;
    out_ += '\n';
    out_.append(2 * depth_, ' ');
  }
  /// A program may put any bytes into a name.
  void text(std::string_view text) {
    const bool is_plain = std::all_of(text.data(), text.data() + text.size(), [](char c) {
      return c >= ' ' && c <= '~' && c != '"' && c != '\\';
    });
    if (is_plain) {
      ((out_ += '"') += text) += '"';
    } else {
      out_ += json_text(text);
    }
  }

  const Layout layout_;
  const FrameTable* const frames_;
  std::string out_;
  std::size_t depth_ = 0;
  bool is_first_ = true;
};

}  // namespace gridlock::internal
