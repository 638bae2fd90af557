// SPDX-License-Identifier: Apache-2.0
//
// JSON that cannot be wrong about what is text: whatever becomes a JsonValue is escaped as it does, and hidden
// characters are written as \u202e (json_printable). For formats that others defined; ours has a codec of its own.
#pragma once

#include <concepts>
#include <string>
#include <string_view>

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

  const std::string& json() const { return json_; }

 private:
  friend class JsonObject;
  friend class JsonArray;
  JsonValue() = default;
  std::string json_;
};

/// Members in the order in which they are added.
class JsonObject {
 public:
  JsonObject& add(std::string_view name, const JsonValue& value);
  /// Not if the text is empty.
  JsonObject& add_text(std::string_view name, std::string_view text);
  bool empty() const { return members_.empty(); }
  operator JsonValue() const;

 private:
  std::string members_;
};

class JsonArray {
 public:
  JsonArray& add(const JsonValue& value);
  bool empty() const { return elements_.empty(); }
  operator JsonValue() const;

 private:
  std::string elements_;
};

// NOLINTEND(google-explicit-constructor)

}  // namespace gridlock::internal::reports
