// SPDX-License-Identifier: Apache-2.0
//
// JSON that cannot be wrong about what is text: whatever becomes a JsonValue is escaped as it does, and hidden
// characters are written as \u202e (json_printable). For formats that others defined; ours has a codec of its own.
#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <utility>

namespace gridlock::internal::reports {

// NOLINTBEGIN(google-explicit-constructor): what text becomes must not depend on thinking of it

class JsonValue {
 public:
  JsonValue(std::string_view text);
  JsonValue(const std::string& text) : JsonValue(std::string_view(text)) {}
  JsonValue(const char* text) : JsonValue(std::string_view(text)) {}
  JsonValue(std::same_as<bool> auto value) : json_(value ? "true" : "false") {}
  template <std::integral T>
    requires(!std::same_as<T, bool>)
  JsonValue(T number) : json_(std::to_string(number)) {}

  const std::string& json() const& { return json_; }
  std::string json() && { return std::move(json_); }

 private:
  friend class JsonObject;
  friend class JsonArray;
  JsonValue() = default;
  std::string json_;
};

class JsonArray;

/// What we call a member: a literal, and nothing in it has to be escaped.
class MemberName {
 public:
  consteval MemberName(const char* name) : text_(name) {
    for (const char c : text_) {
      if (c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<') throw "not plain";
    }
  }
  std::string_view text() const { return text_; }

 private:
  std::string_view text_;
};

/// Members in the order in which they are added. What is added is copied once into what it is added to, and nothing else
/// is made of it on the way: a large document is mostly that.
class JsonObject {
 public:
  JsonObject& add(MemberName name, const JsonValue& value);
  JsonObject& add(MemberName name, const JsonObject& object);
  JsonObject& add(MemberName name, const JsonArray& array);
  /// Not if the text is empty.
  JsonObject& add_text(MemberName name, std::string_view text);
  bool empty() const { return members_.empty(); }
  operator JsonValue() const;

 private:
  friend class JsonArray;
  void begin_member(MemberName name);
  std::string members_;
};

class JsonArray {
 public:
  JsonArray& add(const JsonValue& value);
  JsonArray& add(const JsonObject& object);
  bool empty() const { return elements_.empty(); }
  operator JsonValue() const;

 private:
  friend class JsonObject;
  void begin_element();
  std::string elements_;
};

// NOLINTEND(google-explicit-constructor)

}  // namespace gridlock::internal::reports
