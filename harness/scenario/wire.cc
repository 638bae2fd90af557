// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/wire.h"

#include "harness/scenario/finding_json.h"

#include <cstddef>
#include <cstdint>
#include <exception>
#include <nlohmann/json.hpp>
#include <stdexcept>
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
    if (*type == "start") {
      read_start(record);
    } else if (*type == "finding") {
      log.findings.push_back(read_as<Finding>(record));
    } else if (*type == "safe-cycle") {
      log.safe_cycles.push_back(read_as<SafeCycle>(record));
      log.safe_cycles.back().claim.kind = FindingKind::kLockOrderCycle;
    } else if (*type == "contention") {
      log.contention.push_back(read_as<Contention>(record));
    } else if (*type == "order") {
      log.learned_order.push_back(read_as<LearnedOrder>(record));
    } else if (*type == "dump") {
      read_dump(record);
    } else if (*type == "end") {
      read_end(record);
    }
  }

  WireLog log;

 private:
  void read_start(const Json& record) {
    if (log.processes++ == 0) first_ = number(record, "pid");
    log.started = true;
    const auto version = record.find("v");
    if (version != record.end() && *version != kVersion) {
      throw std::runtime_error("written in version " + version->dump() +
                               " of the log's format; this program reads version " +
                               std::to_string(kVersion));
    }
    const auto tsan = record.find("tsan");
    if (tsan != record.end() && tsan->is_boolean()) log.tsan = log.tsan || tsan->get<bool>();
  }

  void read_dump(const Json& record) {
    const bool of_first = is_first(record);
    if (log.dump && (has_dump_of_first_ || !of_first)) return;
    log.dump = read_as<ProcessDump>(record);
    has_dump_of_first_ = of_first;
  }

  void read_end(const Json& record) {
    log.safe_cycles_dropped += number(record, "safe_cycles_dropped");
    // Without a pid it could be anybody's: then all must have ended before the first surely has.
    ++ends_;
    if (number(record, "pid") != 0 ? is_first(record) : ends_ >= log.processes) log.ended = true;
  }

  bool is_first(const Json& record) const {
    const std::uint64_t pid = number(record, "pid");
    return pid == 0 || first_ == 0 || pid == first_;
  }

  std::uint64_t first_ = 0;  // pid of the process that wrote the first `start`
  std::size_t ends_ = 0;
  bool has_dump_of_first_ = false;
};

}  // namespace

WireLog read_wire(std::string_view text, std::string_view name) {
  WireReader reader;
  WireLog& log = reader.log;
  std::size_t number = 0;
  std::size_t damaged = 0;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) break;  // cut
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    ++number;
    if (line.empty()) continue;
    try {
      reader.read(line);
    } catch (const std::exception& error) {
      if (++damaged > 1) continue;
      log.error.append(name).append(":").append(std::to_string(number));
      log.error.append(": ").append(error.what());
    }
  }
  if (damaged > 1) log.error += " (and " + std::to_string(damaged - 1) + " more damaged lines)";
  return std::move(log);
}

}  // namespace gridlock::internal
