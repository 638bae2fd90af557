// SPDX-License-Identifier: Apache-2.0
//
// The JSON document of a run: reports/schema/report.v1.schema.json. Findings and dumps have a codec
// of their own
// (<gridlock/finding.h>); here they are parts of the whole.
#include <gridlock/report.h>
#include <gridlock/text.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace gridlock {
namespace {

using Json = nlohmann::ordered_json;

// Each struct is described once, and that description both writes and reads it.

template <typename Io>
void members(Io& io, typename Io::template Of<Outcome>& outcome) {
  io.required("name", outcome.name);
  io.field("summary", outcome.summary);
  io.field("story", outcome.story);
  io.field("case_number", outcome.case_number);
  io.field("twin", outcome.twin);
  io.field("expected", outcome.expected);
  io.field("file", outcome.file);
  io.field("first_line", outcome.first_line);
  io.field("last_line", outcome.last_line);
  io.required("verdict", outcome.verdict);
  io.field("reason", outcome.reason);
  io.field("findings", outcome.findings);
  io.optional("suppressed", outcome.suppressed);
  io.optional("safe_cycles", outcome.safe_cycles);
  io.optional("safe_cycles_dropped", outcome.safe_cycles_dropped);
  io.optional("contention", outcome.contention);
  io.optional("learned_order", outcome.learned_order);
  io.optional("processes", outcome.processes);
  io.field("dump", outcome.dump);
  io.field("seconds", outcome.seconds);
  io.field("exit_code", outcome.exit_code);
  io.field("signal", outcome.signal);
  io.field("output", outcome.output);
  io.field("tsan_text", outcome.tsan_text);
  io.field("rerun", outcome.rerun);
  io.field("program", outcome.program);
}

template <typename Io>
void members(Io& io, typename Io::template Of<ProgramInfo>& program) {
  io.field("name", program.name);
  io.field("command", program.command);
  io.field("pids", program.pids);
  io.field("tsan", program.tsan);
  io.field("ended", program.ended);
  io.optional("damage", program.damage);
  io.optional("run", program.run);
  io.optional("run_number", program.run_number);
  io.optional("runs", program.runs);
}

template <typename Io>
void members(Io& io, typename Io::template Of<Sighting>& sighting) {
  io.required("fingerprint", sighting.fingerprint);
  io.required("log", sighting.log);
  io.field("program", sighting.program);
  io.field("pid", sighting.pid);
  io.required("times", sighting.times);
}

template <typename Io>
void members(Io& io, typename Io::template Of<Suppression>& suppression) {
  io.required("file", suppression.file);
  io.required("line", suppression.line);
  io.required("text", suppression.text);
  io.required("uses", suppression.uses);
}

template <typename Io>
void members(Io& io, typename Io::template Of<Report>& report) {
  io.field("tool_version", report.tool_version);
  io.field("started", report.started);
  io.field("seconds", report.seconds);
  io.field("command", report.command);
  io.field("compiler", report.compiler);
  io.field("sanitizer", report.sanitizer);
  io.optional("notes", report.notes);
  io.optional("not_run", report.not_run);
  io.required("outcomes", report.outcomes);
  io.optional("suppressions", report.suppressions);
  io.field("sources", report.sources);
  io.optional("sightings", report.sightings);
}

class Writer {
 public:
  template <typename T>
  using Of = const T;

  template <typename T>
  void required(const char* name, const T& value) {
    field(name, value);
  }
  template <typename T>
  void field(const char* name, const T& value) {
    object[name] = value_of(value);
  }
  /// What came later than version 1.0 of the format is absent when empty, so that a document
  /// without it is as it always was.
  template <typename T>
  void optional(const char* name, const T& value) {
    if constexpr (std::is_arithmetic_v<T>) {
      if (value != 0) field(name, value);
    } else {
      if (!value.empty()) field(name, value);
    }
  }
  template <typename T>
  void field(const char* name, const std::optional<T>& value) {
    if (value) object[name] = value_of(*value);
  }

  Json object = Json::object();

 private:
  static Json value_of(const std::string& value) { return valid_utf8(value); }
  static Json value_of(bool value) { return value; }
  static Json value_of(int value) { return value; }
  static Json value_of(std::uint64_t value) { return value; }
  static Json value_of(double value) { return value; }
  static Json value_of(Verdict value) { return std::string(name(value)); }
  static Json value_of(FindingKind value) { return std::string(info(value).name); }
  static Json value_of(const Finding& value) { return Json::parse(to_json(value)); }
  static Json value_of(const ProcessDump& value) { return Json::parse(to_json(value)); }
  static Json value_of(const SafeCycle& value) { return Json::parse(to_json(value)); }
  static Json value_of(const Contention& value) { return Json::parse(to_json(value)); }
  static Json value_of(const LearnedOrder& value) { return Json::parse(to_json(value)); }
  static Json value_of(const ProcessInfo& value) { return Json::parse(to_json(value)); }
  static Json value_of(const Suppression& value) { return object_of(value); }
  static Json value_of(const Outcome& value) { return object_of(value); }
  static Json value_of(const ProgramInfo& value) { return object_of(value); }
  static Json value_of(const Sighting& value) { return object_of(value); }
  template <typename T>
  static Json object_of(const T& value) {
    Writer writer;
    members(writer, value);
    return std::move(writer.object);
  }
  static Json value_of(const std::map<std::string, std::string>& value) {
    Json json = Json::object();
    for (const auto& [key, text] : value) json[valid_utf8(key)] = valid_utf8(text);
    return json;
  }
  template <typename T>
  static Json value_of(const std::vector<T>& list) {
    Json json = Json::array();
    for (const T& element : list) json.push_back(value_of(element));
    return json;
  }
};

[[noreturn]] void fail(const std::string& path, const std::string& what) {
  throw std::runtime_error(path.empty() ? what : path + ": " + what);
}

class Reader {
 public:
  template <typename T>
  using Of = T;

  Reader(const Json& object, std::string path) : object_(object), path_(std::move(path)) {
    if (!object.is_object()) mismatch(path_, "an object", object);
  }

  template <typename T>
  void required(const char* name, T& value) {
    if (!object_.contains(name)) fail(path_to(name), "missing");
    field(name, value);
  }
  template <typename T>
  void field(const char* name, T& value) {
    if (const auto it = object_.find(name); it != object_.end()) read(*it, path_to(name), value);
  }

  template <typename T>
  void optional(const char* name, T& value) {
    field(name, value);
  }

  static void read(const Json& json, const std::string& path, int& value) {
    if (!json.is_number_integer()) mismatch(path, "a whole number", json);
    const auto wide = json.get<double>();  // exact for every int
    if (wide < std::numeric_limits<int>::min() || wide > std::numeric_limits<int>::max()) {
      fail(path, "number out of range");
    }
    value = json.get<int>();
  }

 private:
  [[noreturn]] static void mismatch(const std::string& path, const char* expected,
                                    const Json& json) {
    fail(path, std::string("expected ") + expected + ", found " + json.type_name());
  }
  std::string path_to(const char* name) const { return path_.empty() ? name : path_ + "." + name; }

  static void read(const Json& json, const std::string& path, std::string& value) {
    if (!json.is_string()) mismatch(path, "a string", json);
    value = json.get<std::string>();
  }
  static void read(const Json& json, const std::string& path, std::uint64_t& value) {
    if (!json.is_number_unsigned()) mismatch(path, "a whole number, not negative", json);
    value = json.get<std::uint64_t>();
  }
  static void read(const Json& json, const std::string& path, double& value) {
    if (!json.is_number()) mismatch(path, "a number", json);
    value = json.get<double>();
  }
  static void read(const Json& json, const std::string& path, Verdict& value) {
    std::string text;
    read(json, path, text);
    const auto verdict = verdict_from_name(text);
    if (!verdict) fail(path, "no verdict is called '" + text + "'");
    value = *verdict;
  }
  static void read(const Json& json, const std::string& path, FindingKind& value) {
    std::string text;
    read(json, path, text);
    const auto kind = finding_kind_from_name(text);
    if (!kind) fail(path, "no kind of finding is called '" + text + "'");
    value = *kind;
  }
  static void read(const Json& json, const std::string& path, Finding& value) {
    value = nested(json, path, finding_from_json);
  }
  static void read(const Json& json, const std::string& path, std::optional<ProcessDump>& value) {
    value = nested(json, path, dump_from_json);
  }
  static void read(const Json& json, const std::string& path, SafeCycle& value) {
    value = nested(json, path, safe_cycle_from_json);
    value.claim.kind = FindingKind::kLockOrderCycle;
  }
  static void read(const Json& json, const std::string& path, Contention& value) {
    value = nested(json, path, contention_from_json);
  }
  static void read(const Json& json, const std::string& path, LearnedOrder& value) {
    value = nested(json, path, learned_order_from_json);
  }
  static void read(const Json& json, const std::string& path, ProcessInfo& value) {
    value = nested(json, path, process_from_json);
  }
  static void read(const Json& json, const std::string& path, bool& value) {
    if (!json.is_boolean()) mismatch(path, "true or false", json);
    value = json.get<bool>();
  }
  static void read(const Json& json, const std::string& path, Suppression& value) {
    read_object(json, path, value);
  }
  static void read(const Json& json, const std::string& path, Outcome& value) {
    read_object(json, path, value);
  }
  static void read(const Json& json, const std::string& path, std::optional<ProgramInfo>& value) {
    read_object(json, path, value.emplace());
  }
  static void read(const Json& json, const std::string& path, Sighting& value) {
    read_object(json, path, value);
  }
  template <typename T>
  static void read_object(const Json& json, const std::string& path, T& value) {
    Reader reader(json, path);
    members(reader, value);
  }
  static void read(const Json& json, const std::string& path,
                   std::map<std::string, std::string>& value) {
    if (!json.is_object()) mismatch(path, "an object", json);
    for (const auto& [key, text] : json.items()) {
      read(text, path + "[\"" + key + "\"]", value[key]);
    }
  }
  template <typename T>
  static void read(const Json& json, const std::string& path, std::vector<T>& list) {
    if (!json.is_array()) mismatch(path, "a list", json);
    for (const Json& element : json) {
      const std::string element_path = path + "[" + std::to_string(list.size()) + "]";
      read(element, element_path, list.emplace_back());
    }
  }

  /// Reads with another codec and puts our path before its own.
  template <typename T>
  static T nested(const Json& json, const std::string& path, T (*from_text)(std::string_view)) {
    if (!json.is_object()) mismatch(path, "an object", json);
    try {
      return from_text(json.dump());
    } catch (const std::runtime_error& error) {
      throw std::runtime_error(path + "." + error.what());
    }
  }

  const Json& object_;
  const std::string path_;
};

Json parse(std::string_view text) {
  internal::require_readable_json(text);
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& error) {
    const std::string_view before = text.substr(0, error.byte == 0 ? 0 : error.byte - 1);
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const std::size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
    fail("line " + std::to_string(line) + ", column " +
             std::to_string(before.size() - line_start + 1),
         text.empty() ? "the document is empty" : "not valid JSON");
  } catch (const Json::exception&) {
    fail("", "not valid JSON: a number out of range");
  }
}

}  // namespace

std::string to_json(const Report& report) {
  Writer writer;
  writer.field("version", Report::kVersion);
  members(writer, report);
  return json_printable(writer.object.dump(2)) + "\n";
}

Report report_from_json(std::string_view json) {
  const Json document = parse(json);
  Reader reader(document, "");
  int version = 0;
  reader.required("version", version);
  if (version != Report::kVersion) {
    fail("version", "this program reads version " + std::to_string(Report::kVersion) + ", found " +
                        std::to_string(version));
  }
  Report report;
  members(reader, report);
  return report;
}

}  // namespace gridlock
