// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/finding_json.h"

#include "harness/scenario/finding_members.h"
#include "harness/scenario/json_members.h"

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <string_view>

namespace gridlock {
namespace {

using internal::Json;
using internal::JsonReader;
using internal::JsonWriter;

Json parse(std::string_view text) {
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& error) {
    throw std::runtime_error("not a JSON document: byte " + std::to_string(error.byte) + " of " +
                             std::to_string(text.size()));
  }
}

template <typename T>
T value_from(const Json& json) {
  T value;
  JsonReader reader(json, "");
  members(reader, value);
  return value;
}

template <typename T>
T value_from_text(std::string_view text) {
  return value_from<T>(parse(text));
}

template <typename T>
std::string text_of(const T& value) {
  // A program may put any bytes into a name; the document must be valid all the same.
  return JsonWriter::value_of(value).dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

void to_json(Json& json, const Finding& finding) { json = JsonWriter::value_of(finding); }
void from_json(const Json& json, Finding& finding) { finding = value_from<Finding>(json); }
std::string to_json(const Finding& finding) { return text_of(finding); }
Finding finding_from_json(std::string_view json) { return value_from_text<Finding>(json); }

void to_json(Json& json, const ProcessDump& dump) { json = JsonWriter::value_of(dump); }
void from_json(const Json& json, ProcessDump& dump) { dump = value_from<ProcessDump>(json); }
std::string to_json(const ProcessDump& dump) { return text_of(dump); }
ProcessDump dump_from_json(std::string_view json) { return value_from_text<ProcessDump>(json); }

void to_json(Json& json, const SafeCycle& cycle) { json = JsonWriter::value_of(cycle); }
void from_json(const Json& json, SafeCycle& cycle) { cycle = value_from<SafeCycle>(json); }
std::string to_json(const SafeCycle& cycle) { return text_of(cycle); }
SafeCycle safe_cycle_from_json(std::string_view json) { return value_from_text<SafeCycle>(json); }

void to_json(Json& json, const Contention& contention) { json = JsonWriter::value_of(contention); }
void from_json(const Json& json, Contention& contention) {
  contention = value_from<Contention>(json);
}
std::string to_json(const Contention& contention) { return text_of(contention); }
Contention contention_from_json(std::string_view json) { return value_from_text<Contention>(json); }

void to_json(Json& json, const LearnedOrder& order) { json = JsonWriter::value_of(order); }
void from_json(const Json& json, LearnedOrder& order) { order = value_from<LearnedOrder>(json); }
std::string to_json(const LearnedOrder& order) { return text_of(order); }
LearnedOrder learned_order_from_json(std::string_view json) {
  return value_from_text<LearnedOrder>(json);
}

void to_json(Json& json, const ProcessInfo& process) { json = JsonWriter::value_of(process); }
void from_json(const Json& json, ProcessInfo& process) { process = value_from<ProcessInfo>(json); }
std::string to_json(const ProcessInfo& process) { return text_of(process); }
ProcessInfo process_from_json(std::string_view json) { return value_from_text<ProcessInfo>(json); }

}  // namespace gridlock
