// SPDX-License-Identifier: Apache-2.0
//
// From a described struct to JSON and back. A description is a function members(io, value) that
// names each member once: finding_members.h.
#include "harness/scenario/finding_json.h"

#include "harness/scenario/finding_members.h"
#include "harness/scenario/limits.h"
#include "harness/scenario/text.h"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace gridlock {
namespace {

using internal::members;
using Json = nlohmann::ordered_json;

/// Members in the order of their description.
class Writer {
 public:
  template <typename T>
  static Json value_of(const T& value) {
    if constexpr (std::same_as<T, FindingKind>) {
      return std::string(info(value).name);
    } else if constexpr (std::same_as<T, std::string>) {
      return valid_utf8(value);  // a program may put any bytes into a name
    } else if constexpr (std::is_arithmetic_v<T>) {
      return value;
    } else {
      Writer writer;
      members(writer, value);
      return std::move(writer.object_);
    }
  }

  template <typename T>
  void always(const char* name, const T& value) {
    object_[name] = value_of(value);
  }
  template <typename T>
  void required(const char* name, const T& value) {
    always(name, value);
  }
  template <typename T>
  void optional(const char* name, const T& value) {
    if (value != T{}) always(name, value);
  }
  /// Absent when it has a default value that is not zero.
  template <typename T>
  void unless(const T& absent, const char* name, const T& value) {
    if (value != absent) always(name, value);
  }
  template <typename T>
  void optional(const char* name, const std::optional<T>& value) {
    if (value) always(name, *value);
  }
  template <typename T>
  void optional(const char* name, const std::vector<T>& list) {
    if (list.empty()) return;
    Json array = Json::array();
    for (const T& element : list) array.push_back(value_of(element));
    object_[name] = std::move(array);
  }

 private:
  Json object_ = Json::object();
};

/// Ignores what it does not know, and throws std::runtime_error for what it cannot read.
class Reader {
 public:
  /// `path` is "" for the document itself. `object` must outlive the reader.
  Reader(const Json& object, std::string path) : object_(object), path_(std::move(path)) {
    if (!object.is_object()) mismatch(path_, "an object", object);
  }

  template <typename T>
  void always(const char* name, T& value) {
    optional(name, value);
  }
  template <typename T>
  void unless(const T& absent, const char* name, T& value) {
    value = absent;
    optional(name, value);
  }
  template <typename T>
  void required(const char* name, T& value) {
    if (!object_.contains(name)) fail(path_to(name), "missing");
    optional(name, value);
  }
  template <typename T>
  void optional(const char* name, T& value) {
    if (const auto it = object_.find(name); it != object_.end()) read(*it, path_to(name), value);
  }

 private:
  [[noreturn]] static void fail(const std::string& path, const std::string& what) {
    throw std::runtime_error(path.empty() ? what : path + ": " + what);
  }
  [[noreturn]] static void mismatch(const std::string& path, const char* expected,
                                    const Json& json) {
    fail(path, std::string("expected ") + expected + ", found " + json.type_name());
  }
  std::string path_to(const char* name) const { return path_.empty() ? name : path_ + "." + name; }

  static void read(const Json& json, const std::string& path, std::string& value) {
    if (!json.is_string()) mismatch(path, "a string", json);
    value = json.get<std::string>();
  }
  static void read(const Json& json, const std::string& path, bool& value) {
    if (!json.is_boolean()) mismatch(path, "true or false", json);
    value = json.get<bool>();
  }
  static void read(const Json& json, const std::string& path, std::uint64_t& value) {
    if (!json.is_number_unsigned()) mismatch(path, "a whole number, not negative", json);
    value = json.get<std::uint64_t>();
  }
  static void read(const Json& json, const std::string& path, int& value) {
    if (!json.is_number_integer()) mismatch(path, "a whole number", json);
    constexpr int kMin = std::numeric_limits<int>::min();
    constexpr int kMax = std::numeric_limits<int>::max();
    const bool fits = json.is_number_unsigned()
                          ? json.get<std::uint64_t>() <= static_cast<std::uint64_t>(kMax)
                          : json.get<std::int64_t>() >= kMin;
    if (!fits) fail(path, "number out of range");
    value = json.get<int>();
  }
  static void read(const Json& json, const std::string& path, FindingKind& value) {
    std::string name;
    read(json, path, name);
    const std::optional<FindingKind> kind = finding_kind_from_name(name);
    if (!kind) fail(path, "no kind of finding is called '" + name + "'");
    value = *kind;
  }
  template <typename T>
  static void read(const Json& json, const std::string& path, std::optional<T>& value) {
    read(json, path, value.emplace());
  }
  template <typename T>
  static void read(const Json& json, const std::string& path, std::vector<T>& list) {
    if (!json.is_array()) mismatch(path, "a list", json);
    constexpr std::size_t kMost =
        std::same_as<T, Frame> ? internal::kMostFrames : internal::kMostInList;
    if (json.size() > kMost) fail(path, "more than " + std::to_string(kMost) + " elements");
    list.clear();
    list.reserve(json.size());
    for (const Json& element : json) {
      const std::size_t index = list.size();
      read(element, path + "[" + std::to_string(index) + "]", list.emplace_back());
    }
  }
  template <typename T>
  static void read(const Json& json, const std::string& path, T& value) {
    Reader reader(json, path);
    members(reader, value);
  }

  const Json& object_;
  const std::string path_;
};

Json parse(std::string_view text) {
  internal::require_readable_json(text);
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& error) {
    throw std::runtime_error("not a JSON document: byte " + std::to_string(error.byte) + " of " +
                             std::to_string(text.size()));
  } catch (const Json::exception&) {
    throw std::runtime_error("not a JSON document: a number out of range");
  }
}

template <typename T>
T value_from(const Json& json) {
  T value;
  Reader reader(json, "");
  members(reader, value);
  return value;
}

template <typename T>
T value_from_text(std::string_view text) {
  return value_from<T>(parse(text));
}

template <typename T>
std::string text_of(const T& value) {
  return json_printable(Writer::value_of(value).dump());
}

}  // namespace

void to_json(Json& json, const Finding& finding) { json = Writer::value_of(finding); }
void from_json(const Json& json, Finding& finding) { finding = value_from<Finding>(json); }
std::string to_json(const Finding& finding) { return text_of(finding); }
Finding finding_from_json(std::string_view json) { return value_from_text<Finding>(json); }

void to_json(Json& json, const ProcessDump& dump) { json = Writer::value_of(dump); }
void from_json(const Json& json, ProcessDump& dump) { dump = value_from<ProcessDump>(json); }
std::string to_json(const ProcessDump& dump) { return text_of(dump); }
ProcessDump dump_from_json(std::string_view json) { return value_from_text<ProcessDump>(json); }

void to_json(Json& json, const SafeCycle& cycle) { json = Writer::value_of(cycle); }
void from_json(const Json& json, SafeCycle& cycle) { cycle = value_from<SafeCycle>(json); }
std::string to_json(const SafeCycle& cycle) { return text_of(cycle); }
SafeCycle safe_cycle_from_json(std::string_view json) { return value_from_text<SafeCycle>(json); }

void to_json(Json& json, const Contention& contention) { json = Writer::value_of(contention); }
void from_json(const Json& json, Contention& contention) {
  contention = value_from<Contention>(json);
}
std::string to_json(const Contention& contention) { return text_of(contention); }
Contention contention_from_json(std::string_view json) { return value_from_text<Contention>(json); }

void to_json(Json& json, const LearnedOrder& order) { json = Writer::value_of(order); }
void from_json(const Json& json, LearnedOrder& order) { order = value_from<LearnedOrder>(json); }
std::string to_json(const LearnedOrder& order) { return text_of(order); }
LearnedOrder learned_order_from_json(std::string_view json) {
  return value_from_text<LearnedOrder>(json);
}

void to_json(Json& json, const ProcessInfo& process) { json = Writer::value_of(process); }
void from_json(const Json& json, ProcessInfo& process) { process = value_from<ProcessInfo>(json); }
std::string to_json(const ProcessInfo& process) { return text_of(process); }
ProcessInfo process_from_json(std::string_view json) { return value_from_text<ProcessInfo>(json); }

}  // namespace gridlock
