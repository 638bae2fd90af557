// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/tsan_text.h"

#include <string>

namespace gridlock::internal {
namespace {

constexpr std::string_view kRuler = "==================";
constexpr std::string_view kBegin = "WARNING: ThreadSanitizer:";

// Each report stands between two rulers.
std::vector<std::string_view> split(std::string_view log) {
  std::vector<std::string_view> reports;
  for (std::size_t begin = log.find(kBegin); begin != std::string_view::npos;) {
    std::size_t end = log.find(kRuler, begin);
    if (end == std::string_view::npos) end = log.size();
    reports.push_back(log.substr(begin, end - begin));
    begin = log.find(kBegin, end);
  }
  return reports;
}

// "  Location is global 'counter' of size 8 at 0x..."
std::string_view global_name(std::string_view report) {
  constexpr std::string_view kGlobal = "Location is global '";
  const std::size_t at = report.find(kGlobal);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = report.substr(at + kGlobal.size());
  const std::size_t end = rest.find("' of size ");
  return end == std::string_view::npos ? std::string_view{} : rest.substr(0, end);
}

}  // namespace

void attach_tsan_text(std::vector<Finding>& findings, std::string_view log) {
  const std::vector<std::string_view> reports = split(log);
  std::size_t next = 0;
  for (Finding& finding : findings) {
    if (info(finding.kind).source != FindingSource::kTsan || next == reports.size()) continue;
    const std::string_view report = reports[next++];
    finding.tsan_text = report;
    for (MemoryLocation& location : finding.locations) {
      if (location.type == "global" && location.name.empty()) location.name = global_name(report);
    }
  }
}

}  // namespace gridlock::internal
