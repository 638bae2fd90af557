// SPDX-License-Identifier: Apache-2.0
#include "reports/json_value.h"

#include <gridlock/text.h>

#include <algorithm>

namespace gridlock::internal::reports {

JsonValue::JsonValue(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const bool is_plain = std::all_of(text.data(), text.data() + text.size(), [](char c) {
    return c >= ' ' && c <= '~' && c != '"' && c != '\\' && c != '<';
  });
  json_.reserve(text.size() + 2);
  json_ = '"';
  if (is_plain) {
    (json_ += text) += '"';
    return;
  }
  for (const char c : valid_utf8(text)) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      json_ += {'\\', c};
    } else if (byte < 0x20 || byte == 0x7F || c == '<') {
      // With no '<', no page can take the document for the end of a script.
      json_ += "\\u00";
      json_ += {kDigits[byte >> 4U], kDigits[byte & 15U]};
    } else {
      json_ += c;
    }
  }
  json_ += '"';
  json_ = json_printable(json_);
}

void JsonObject::begin_member(MemberName name) {
  if (!members_.empty()) members_ += ',';
  ((members_ += '"') += name.text()) += "\":";
}

JsonObject& JsonObject::add(MemberName name, const JsonValue& value) {
  begin_member(name);
  members_ += value.json_;
  return *this;
}

JsonObject& JsonObject::add(MemberName name, const JsonObject& object) {
  begin_member(name);
  ((members_ += '{') += object.members_) += '}';
  return *this;
}

JsonObject& JsonObject::add(MemberName name, const JsonArray& array) {
  begin_member(name);
  ((members_ += '[') += array.elements_) += ']';
  return *this;
}

JsonObject& JsonObject::add_text(MemberName name, std::string_view text) {
  return text.empty() ? *this : add(name, text);
}

JsonObject::operator JsonValue() const {
  JsonValue value;
  value.json_.reserve(members_.size() + 2);
  ((value.json_ += '{') += members_) += '}';
  return value;
}

void JsonArray::begin_element() {
  if (!elements_.empty()) elements_ += ",\n";
}

JsonArray& JsonArray::add(const JsonValue& value) {
  begin_element();
  elements_ += value.json_;
  return *this;
}

JsonArray& JsonArray::add(const JsonObject& object) {
  begin_element();
  ((elements_ += '{') += object.members_) += '}';
  return *this;
}

JsonArray::operator JsonValue() const {
  JsonValue value;
  value.json_.reserve(elements_.size() + 2);
  ((value.json_ += '[') += elements_) += ']';
  return value;
}

}  // namespace gridlock::internal::reports
