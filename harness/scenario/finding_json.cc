// SPDX-License-Identifier: Apache-2.0
//
// Each struct is described once (members()), and that description both writes and reads it, so that
// the two cannot drift apart.
#include "harness/scenario/finding_json.h"

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

using Json = nlohmann::ordered_json;

template <typename T, typename U>
concept MaybeConst = std::same_as<std::remove_const_t<T>, U>;

// optional(): absent when it has the default value. always(): written whatever it is, because its
// absence would be puzzling to a reader of the document ("write": false).

template <typename Io, MaybeConst<Frame> T>
void members(Io& io, T& frame) {
  io.optional("function", frame.function);
  io.optional("file", frame.file);
  io.optional("line", frame.line);
  io.optional("column", frame.column);
  io.optional("inlined", frame.inlined);
  io.optional("module", frame.module);
  io.optional("offset", frame.offset);
}

template <typename Io, MaybeConst<Object> T>
void members(Io& io, T& object) {
  io.optional("id", object.id);
  io.optional("type", object.type);
  io.optional("name", object.name);
  io.optional("created", object.created);
  io.optional("class_size", object.class_size);
  io.optional("process", object.process);
}

template <typename Io, MaybeConst<ProcessInfo> T>
void members(Io& io, T& process) {
  io.required("id", process.id);
  io.optional("pid", process.pid);
  io.optional("parent_pid", process.parent_pid);
  io.optional("name", process.name);
  io.optional("daemon", process.daemon);
  io.optional("state", process.state);
  io.unless(-1, "exit_code", process.exit_code);
  io.optional("signal", process.signal);
}

template <typename Io, MaybeConst<HeldObject> T>
void members(Io& io, T& held) {
  io.optional("object", held.object);
  io.optional("mode", held.mode);
  io.always("count", held.count);
  io.optional("stack", held.stack);
}

template <typename Io, MaybeConst<WantedObject> T>
void members(Io& io, T& wanted) {
  io.optional("object", wanted.object);
  io.optional("operation", wanted.operation);
  io.always("timed", wanted.timed);
  io.optional("stack", wanted.stack);
}

template <typename Io, MaybeConst<RecentRecord> T>
void members(Io& io, T& record) {
  io.optional("operation", record.operation);
  io.optional("object", record.object);
  io.always("granted", record.granted);
  io.optional("stack", record.stack);
}

template <typename Io, MaybeConst<ThreadInfo> T>
void members(Io& io, T& thread) {
  io.optional("id", thread.id);
  io.optional("name", thread.name);
  io.optional("os_id", thread.os_id);
  io.optional("state", thread.state);
  io.optional("held", thread.held);
  io.optional("wants", thread.wants);
  io.optional("stack", thread.stack);
  io.optional("created", thread.created);
  io.optional("recent", thread.recent);
  io.optional("process", thread.process);
}

template <typename Io, MaybeConst<LockOrderEdge> T>
void members(Io& io, T& edge) {
  io.optional("from", edge.from);
  io.optional("to", edge.to);
  io.optional("thread", edge.thread);
  io.optional("held_mode", edge.held_mode);
  io.optional("wanted_mode", edge.wanted_mode);
  io.optional("held_stack", edge.held_stack);
  io.optional("wanted_stack", edge.wanted_stack);
}

template <typename Io, MaybeConst<MemoryAccess> T>
void members(Io& io, T& access) {
  io.optional("thread", access.thread);
  io.always("write", access.write);
  io.always("atomic", access.atomic);
  io.always("size", access.size);
  io.always("address", access.address);
  io.optional("stack", access.stack);
  io.optional("held", access.held);
}

template <typename Io, MaybeConst<MemoryLocation> T>
void members(Io& io, T& location) {
  io.optional("type", location.type);
  io.optional("name", location.name);
  io.always("address", location.address);
  io.always("size", location.size);
  io.optional("allocated", location.allocated);
}

template <typename Io, MaybeConst<Finding> T>
void members(Io& io, T& finding) {
  io.required("kind", finding.kind);
  io.optional("detail", finding.detail);
  io.optional("fingerprint", finding.fingerprint);
  io.optional("cycle", finding.cycle);
  io.optional("edges", finding.edges);
  io.optional("threads", finding.threads);
  io.optional("objects", finding.objects);
  io.optional("accesses", finding.accesses);
  io.optional("locations", finding.locations);
  io.optional("tsan_text", finding.tsan_text);
  io.optional("pid", finding.pid);
  io.optional("suppressed_by", finding.suppressed_by);
  io.optional("processes", finding.processes);
}

template <typename Io, MaybeConst<SafeCycle> T>
void members(Io& io, T& safe) {
  io.required("reason", safe.reason);
  io.optional("object", safe.object);
  io.always("length", safe.length);
  io.optional("fingerprint", safe.claim.fingerprint);
  io.optional("cycle", safe.claim.cycle);
  io.optional("edges", safe.claim.edges);
  io.optional("threads", safe.claim.threads);
  io.optional("objects", safe.claim.objects);
  io.optional("pid", safe.claim.pid);
}

template <typename Io, MaybeConst<Contention> T>
void members(Io& io, T& contention) {
  io.required("object", contention.object);
  io.always("acquisitions", contention.acquisitions);
  io.always("waits", contention.waits);
  io.optional("wait_ns", contention.wait_ns);
  io.optional("longest_wait_ns", contention.longest_wait_ns);
  io.optional("longest_wait_thread", contention.longest_wait_thread);
  io.optional("longest_wait", contention.longest_wait);
  io.optional("holds", contention.holds);
  io.optional("hold_ns", contention.hold_ns);
  io.optional("longest_hold_ns", contention.longest_hold_ns);
  io.optional("longest_hold_thread", contention.longest_hold_thread);
  io.optional("longest_hold", contention.longest_hold);
  io.optional("objects", contention.objects);
  io.optional("threads", contention.threads);
}

template <typename Io, MaybeConst<LearnedOrder> T>
void members(Io& io, T& order) {
  io.required("from", order.from);
  io.required("to", order.to);
  io.optional("thread", order.thread);
  io.optional("held_stack", order.held_stack);
  io.optional("wanted_stack", order.wanted_stack);
  io.optional("objects", order.objects);
  io.optional("threads", order.threads);
}

template <typename Io, MaybeConst<ProcessDump> T>
void members(Io& io, T& dump) {
  io.optional("reason", dump.reason);
  io.optional("threads", dump.threads);
  io.optional("objects", dump.objects);
}

class Writer {
 public:
  template <typename T>
  static Json value_of(const T& value) {
    if constexpr (std::same_as<T, FindingKind>) {
      return std::string(info(value).name);
    } else if constexpr (std::is_arithmetic_v<T> || std::same_as<T, std::string>) {
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
  // A program may put any bytes into a name; the document must be valid all the same.
  return Writer::value_of(value).dump(-1, ' ', false, Json::error_handler_t::replace);
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
