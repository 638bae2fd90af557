// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/wire.h"

#include "harness/scenario/finding_json.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

namespace gridlock::internal {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kVersion = 1;

// A member that a record may lack, or have in a form that a later version gave it.
std::uint64_t number(const Json& record, const char* name) {
  const auto member = record.find(name);
  return member != record.end() && member->is_number_unsigned() ? member->get<std::uint64_t>() : 0;
}

std::string text(const Json& record, const char* name) {
  const auto member = record.find(name);
  return member != record.end() && member->is_string() ? member->get<std::string>() : "";
}

template <typename T>
T read_as(const Json& record) {
  T value;
  from_json(record, value);
  return value;
}

class WireReader {
 public:
  // One line of the log; throws std::exception with the reason if the line is no record.
  void read(std::string_view line) {
    const Json record = Json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (record.is_discarded()) throw std::runtime_error("not a JSON value");
    if (!record.is_object()) throw std::runtime_error("not a JSON object");
    const auto type = record.find("record");
    if (type == record.end() || !type->is_string()) {
      throw std::runtime_error("no member \"record\" that says what it is");
    }
    ++log_.records;
    if (*type == "start") {
      read_start(record);
    } else if (*type == "finding") {
      log_.findings.push_back(read_as<Finding>(record));
    } else if (*type == "safe-cycle") {
      log_.safe_cycles.push_back(read_as<SafeCycle>(record));
      log_.safe_cycles.back().claim.kind = FindingKind::kLockOrderCycle;
    } else if (*type == "contention") {
      log_.contention.push_back(read_as<Contention>(record));
    } else if (*type == "order") {
      log_.learned_order.push_back(read_as<LearnedOrder>(record));
    } else if (*type == "process") {
      read_process(record);
    } else if (*type == "process-end") {
      read_process_end(record);
    } else if (*type == "module") {
      read_module(record);
    } else if (*type == "dump") {
      read_dump(record);
    } else if (*type == "left-out") {
      const auto kind = record.find("kind");
      if (kind != record.end() && kind->is_string())
        log_.left_out[kind->get<std::string>()] += number(record, "count");
    } else if (*type == "end") {
      read_end(record);
    }
  }

  WireLog take() {
    finish_family();
    return std::move(log_);
  }

 private:
  void read_start(const Json& record) {
    const std::uint64_t pid = number(record, "pid");
    if (log_.processes++ == 0) {
      log_.first_pid = pid;
      read_command(record);
    }
    if (pid != 0 && !std::ranges::count(log_.pids, pid)) log_.pids.push_back(pid);
    log_.started = true;
    const auto version = record.find("v");
    if (version != record.end() && *version != kVersion) {
      throw std::runtime_error("written in version " + version->dump() +
                               " of the log's format; this program reads version " +
                               std::to_string(kVersion));
    }
    const auto tsan = record.find("tsan");
    if (tsan != record.end() && tsan->is_boolean()) log_.tsan = log_.tsan || tsan->get<bool>();
  }

  void read_module(const Json& record) {
    LoggedModule build;
    build.path = text(record, "path");
    build.build_id = text(record, "build_id");
    build.size = number(record, "size");
    build.changed_ns = number(record, "changed_ns");
    if (!build.path.empty()) log_.modules.push_back(std::move(build));
  }

  void read_command(const Json& record) {
    const auto program = record.find("program");
    if (program != record.end() && program->is_string()) log_.program = program->get<std::string>();
    const auto arguments = record.find("arguments");
    if (arguments == record.end() || !arguments->is_array()) return;
    for (const Json& one : *arguments) {
      if (one.is_string()) log_.arguments.push_back(one.get<std::string>());
    }
  }

  void read_dump(const Json& record) {
    const bool of_first = is_first(record);
    if (log_.dump && (has_dump_of_first_ || !of_first)) return;
    log_.dump = read_as<ProcessDump>(record);
    has_dump_of_first_ = of_first;
  }

  void read_end(const Json& record) {
    log_.safe_cycles_dropped += number(record, "safe_cycles_dropped");
    // Without a pid it could be anybody's: then all must have ended before the first surely has.
    ++ends_;
    left_by_exit_.insert(number(record, "pid"));
    if (number(record, "pid") != 0 ? is_first(record) : ends_ >= log_.processes) log_.ended = true;
  }

  // Both records of a process may come in any order, and the second one alone: whoever reaps a
  // process that was killed before it could begin writes only its end.
  void read_process(const Json& record) {
    auto process = read_as<ProcessInfo>(record);
    ProcessInfo& known = member(process.id);
    process.state = std::move(known.state);
    process.exit_code = known.exit_code;
    process.signal = known.signal;
    known = std::move(process);
  }

  void read_process_end(const Json& record) {
    const auto end = read_as<ProcessInfo>(record);
    ProcessInfo& known = member(end.id);
    if (known.pid == 0) known.pid = end.pid;
    known.state = end.signal != 0 ? "killed" : "ended";
    known.exit_code = end.exit_code;
    known.signal = end.signal;
  }

  ProcessInfo& member(const std::string& id) {
    const auto found = std::ranges::find(log_.family, id, &ProcessInfo::id);
    if (found != log_.family.end()) return *found;
    log_.family.emplace_back().id = id;
    return log_.family.back();
  }

  // A process that left through exit is known to have ended also when nobody reaped it.
  void finish_family() {
    for (ProcessInfo& process : log_.family) {
      if (!process.state.empty()) continue;
      process.state = left_by_exit_.contains(process.pid) ? "ended" : "running";
    }
    // "P10" after "P9".
    std::ranges::sort(log_.family, [](const ProcessInfo& a, const ProcessInfo& b) {
      return std::tuple(a.id.size(), std::string_view(a.id)) <
             std::tuple(b.id.size(), std::string_view(b.id));
    });
  }

  bool is_first(const Json& record) const {
    const std::uint64_t pid = number(record, "pid");
    return pid == 0 || log_.first_pid == 0 || pid == log_.first_pid;
  }

  WireLog log_;
  std::size_t ends_ = 0;
  std::set<std::uint64_t> left_by_exit_;  // pids
  bool has_dump_of_first_ = false;
};

}  // namespace

WireLog read_wire(std::string_view text, std::string_view name,
                  std::span<const std::size_t> lines) {
  WireReader reader;
  std::string errors;
  std::size_t number = 0;
  std::size_t read = 0;
  std::size_t damaged = 0;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) break;  // cut
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    number = read < lines.size() ? lines[read] : read + 1;
    ++read;
    if (line.empty()) continue;
    try {
      reader.read(line);
    } catch (const std::exception& error) {
      if (++damaged > 1) continue;
      errors.append(name).append(":").append(std::to_string(number));
      errors.append(": ").append(error.what());
    }
  }
  if (damaged > 1) errors += " (and " + std::to_string(damaged - 1) + " more damaged lines)";
  WireLog log = reader.take();
  log.error = std::move(errors);
  return log;
}

}  // namespace gridlock::internal
