// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/wire.h"

#include "harness/scenario/finding_json.h"

#include <cstddef>
#include <exception>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

namespace gridlock::internal {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kVersion = 1;

// One line of the log into `log`; throws std::exception with the reason if the line is no record.
void read_record(std::string_view line, WireLog& log) {
  const Json record = Json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (record.is_discarded()) throw std::runtime_error("not a JSON value");
  if (!record.is_object()) throw std::runtime_error("not a JSON object");
  const auto type = record.find("record");
  if (type == record.end() || !type->is_string()) {
    throw std::runtime_error("no member \"record\" that says what it is");
  }
  if (*type == "start") {
    log.started = true;
    const auto version = record.find("v");
    if (version != record.end() && *version != kVersion) {
      throw std::runtime_error("written in version " + version->dump() +
                               " of the log's format; this program reads version " +
                               std::to_string(kVersion));
    }
    const auto tsan = record.find("tsan");
    // A forked child of the process starts its own record in the same log: any that has it will do.
    if (tsan != record.end() && tsan->is_boolean()) log.tsan = log.tsan || tsan->get<bool>();
  } else if (*type == "finding") {
    Finding finding;
    from_json(record, finding);
    log.findings.push_back(std::move(finding));
  } else if (*type == "dump") {
    ProcessDump dump;
    from_json(record, dump);
    if (!log.dump) log.dump = std::move(dump);
  } else if (*type == "end") {
    log.ended = true;
  }
}

}  // namespace

WireLog read_wire(std::string_view text, std::string_view name) {
  WireLog log;
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
      read_record(line, log);
    } catch (const std::exception& error) {
      if (++damaged > 1) continue;
      log.error.append(name).append(":").append(std::to_string(number));
      log.error.append(": ").append(error.what());
    }
  }
  if (damaged > 1) log.error += " (and " + std::to_string(damaged - 1) + " more damaged lines)";
  return log;
}

}  // namespace gridlock::internal
