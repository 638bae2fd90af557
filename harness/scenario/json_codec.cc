// SPDX-License-Identifier: Apache-2.0
//
// From a described struct to JSON and back: the one codec of findings, records of a log and reports.
// A description is a function members(io, value) that names each member once (finding_members.h,
// report_members.h).
#include "harness/scenario/json_codec.h"

#include <gridlock/report.h>
#include <gridlock/text.h>

#include "harness/scenario/finding_members.h"
#include "harness/scenario/frame_table.h"
#include "harness/scenario/json_writer.h"
#include "harness/scenario/limits.h"
#include "harness/scenario/log_records.h"
#include "harness/scenario/report_members.h"

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
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
using internal::FrameTable;
using internal::JsonWriter;
using internal::TextByName;

/// What a large report has in front of its own members: as many frames as there are.
struct ListedFrame {
  Frame frame;
};
struct Frames {
  std::vector<ListedFrame> all;
};

template <typename Io>
void members(Io& io, ListedFrame& listed) {
  members(io, listed.frame);
}
template <typename Io>
void members(Io& io, Frames& frames) {
  io.optional("frames", frames.all);
}

/// What stands in a report's lists as often as logs said it: whoever read a log has counted it.
template <typename T>
inline constexpr bool kIsCounted =
    std::same_as<T, Outcome> || std::same_as<T, Finding> || std::same_as<T, InfeasibleCycle> ||
    std::same_as<T, Contention> || std::same_as<T, LearnedOrder> || std::same_as<T, Suppression> ||
    std::same_as<T, Sighting> || std::same_as<T, ListedFrame>;

/// How many elements of T a reader takes in one list.
template <typename T>
inline constexpr std::size_t kMaxOf =
    kIsCounted<T> ? std::numeric_limits<std::size_t>::max() : internal::kMaxInList;
template <>
inline constexpr std::size_t kMaxOf<Frame> = internal::kMaxFrames;

[[noreturn]] void fail(const std::string& path, const std::string& what) {
  throw std::runtime_error(path.empty() ? what : path + ": " + what);
}

/// Ignores what it does not know, and throws std::runtime_error for what it cannot read.
class Reader {
 public:
  /// `path` is "" for the document itself. `object` must outlive the reader.
  /// `frames`, if given, are those that stacks may name by their numbers.
  Reader(const Json& object, std::string path, const std::vector<ListedFrame>* frames = nullptr)
      : object_(object), path_(std::move(path)), frames_(frames) {
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
  void renamed(const char* old_name, const char* name, T& value) {
    optional(old_name, value);
    optional(name, value);
  }
  template <typename T>
  void implied(const T& value, T& member) {
    member = value;
  }
  template <typename T>
  void optional(const char* name, T& value) {
    if (const auto it = object_.find(name); it != object_.end()) read(*it, path_to(name), value);
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
  static void read(const Json& json, const std::string& path, bool& value) {
    if (!json.is_boolean()) mismatch(path, "true or false", json);
    value = json.get<bool>();
  }
  static void read(const Json& json, const std::string& path, std::uint64_t& value) {
    if (!json.is_number_unsigned()) mismatch(path, "a whole number, not negative", json);
    value = json.get<std::uint64_t>();
  }
  static void read(const Json& json, const std::string& path, std::int64_t& value) {
    if (!json.is_number_integer()) mismatch(path, "a whole number", json);
    if (json.is_number_unsigned() &&
        json.get<std::uint64_t>() >
            static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      fail(path, "number out of range");
    }
    value = json.get<std::int64_t>();
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
  static void read(const Json& json, const std::string& path, double& value) {
    if (!json.is_number()) mismatch(path, "a number", json);
    value = json.get<double>();
  }
  static void read(const Json& json, const std::string& path, Verdict& value) {
    std::string name;
    read(json, path, name);
    const std::optional<Verdict> verdict = verdict_from_name(name);
    if (!verdict) fail(path, "no verdict is called '" + name + "'");
    value = *verdict;
  }
  static void read(const Json& json, const std::string& path, FindingKind& value) {
    std::string name;
    read(json, path, name);
    const std::optional<FindingKind> kind = finding_kind_from_name(name);
    if (!kind) fail(path, "no kind of finding is called '" + name + "'");
    value = *kind;
  }
  template <typename T>
  void read(const Json& json, const std::string& path, std::optional<T>& value) const {
    read(json, path, value.emplace());
  }
  template <typename T>
  void read(const Json& json, const std::string& path, std::vector<T>& list) const {
    if (!json.is_array()) mismatch(path, "a list", json);
    if (json.size() > kMaxOf<T>) fail(path, "more than " + std::to_string(kMaxOf<T>) + " elements");
    list.clear();
    list.reserve(json.size());
    for (const Json& element : json) {
      const std::size_t index = list.size();
      read(element, path + "[" + std::to_string(index) + "]", list.emplace_back());
    }
  }
  static void read(const Json& json, const std::string& path, TextByName& value) {
    if (!json.is_object()) mismatch(path, "an object", json);
    for (const auto& [key, text] : json.items()) read(text, path + "[\"" + key + "\"]", value[key]);
  }
  void read(const Json& json, const std::string& path, Frame& frame) const {
    if (frames_ == nullptr || !json.is_number()) {
      Reader reader(json, path);
      return members(reader, frame);
    }
    std::uint64_t number = 0;
    read(json, path, number);
    if (number >= frames_->size())
      fail(path, "there are " + std::to_string(frames_->size()) + " frames");
    frame = (*frames_)[number].frame;
  }
  template <typename T>
  void read(const Json& json, const std::string& path, T& value) const {
    Reader reader(json, path, frames_);
    members(reader, value);
  }

  const Json& object_;
  const std::string path_;
  const std::vector<ListedFrame>* const frames_;
};

/// `where` says of a text that is not JSON which of its bytes spoils it.
template <typename Where>
Json parse(std::string_view text, Where where) {
  internal::require_readable_json(text);
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& error) {
    throw std::runtime_error(where(error.byte));
  } catch (const Json::exception&) {
    throw std::runtime_error(where(std::nullopt));
  }
}

Json parse_line(std::string_view text) {
  return parse(text, [&](std::optional<std::size_t> byte) {
    if (!byte) return std::string("not a JSON document: a number out of range");
    return "not a JSON document: byte " + std::to_string(*byte) + " of " +
           std::to_string(text.size());
  });
}

Json parse_document(std::string_view text) {
  return parse(text, [&](std::optional<std::size_t> byte) {
    if (!byte) return std::string("not valid JSON: a number out of range");
    const std::string_view before = text.substr(0, *byte == 0 ? 0 : *byte - 1);
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const std::size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
    return "line " + std::to_string(line) + ", column " +
           std::to_string(before.size() - line_start + 1) + ": " +
           (text.empty() ? "the document is empty" : "not valid JSON");
  });
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
  return value_from<T>(parse_line(text));
}

template <typename T>
std::string text_of(const T& value) {
  JsonWriter writer(JsonWriter::Layout::kLine);
  writer.value(value);
  return writer.take();
}

}  // namespace

template <typename T>
T internal::read_record(const Json& record) {
  return value_from<T>(record);
}
template Finding internal::read_record(const Json& record);
template ProcessDump internal::read_record(const Json& record);
template InfeasibleCycle internal::read_record(const Json& record);
template Contention internal::read_record(const Json& record);
template LearnedOrder internal::read_record(const Json& record);
template Exploration internal::read_record(const Json& record);
template ProcessInfo internal::read_record(const Json& record);
template internal::RecordHead internal::read_record(const Json& record);
template internal::LogVersion internal::read_record(const Json& record);
template internal::StartRecord internal::read_record(const Json& record);
template internal::LoggedModule internal::read_record(const Json& record);
template internal::LeftOutRecord internal::read_record(const Json& record);
template internal::EndRecord internal::read_record(const Json& record);

std::string to_json(const Finding& finding) { return text_of(finding); }
std::string to_json(const ProcessDump& dump) { return text_of(dump); }
std::string to_json(const InfeasibleCycle& cycle) { return text_of(cycle); }
std::string to_json(const Contention& contention) { return text_of(contention); }
std::string to_json(const LearnedOrder& order) { return text_of(order); }
std::string to_json(const ProcessInfo& process) { return text_of(process); }

Finding finding_from_json(std::string_view json) { return value_from_text<Finding>(json); }
ProcessDump dump_from_json(std::string_view json) { return value_from_text<ProcessDump>(json); }
InfeasibleCycle infeasible_cycle_from_json(std::string_view json) {
  return value_from_text<InfeasibleCycle>(json);
}
Contention contention_from_json(std::string_view json) { return value_from_text<Contention>(json); }
LearnedOrder learned_order_from_json(std::string_view json) {
  return value_from_text<LearnedOrder>(json);
}
ProcessInfo process_from_json(std::string_view json) { return value_from_text<ProcessInfo>(json); }

std::string to_json(const Report& report) {
  const FrameTable table = FrameTable::of(report);
  const bool is_large = !table.empty();
  JsonWriter writer(is_large ? JsonWriter::Layout::kLine : JsonWriter::Layout::kIndented,
                    is_large ? &table : nullptr);
  writer.open('{');
  writer.always("version", Report::kVersion);
  if (is_large) writer.always("frames", table.frames());
  members(writer, report);
  writer.close('}');
  return writer.take() + "\n";
}

Report report_from_json(std::string_view json) {
  const Json document = parse_document(json);
  Reader reader(document, "");
  int version = 0;
  reader.required("version", version);
  if (version != Report::kVersion) {
    fail("version", "this program reads version " + std::to_string(Report::kVersion) + ", found " +
                        std::to_string(version));
  }
  Frames frames;
  members(reader, frames);
  Report report;
  Reader rest(document, "", &frames.all);
  members(rest, report);
  // Whoever wrote it: they are looked up.
  if (report.history) std::ranges::sort(report.history->findings, {}, &PastFinding::fingerprint);
  return report;
}

}  // namespace gridlock
