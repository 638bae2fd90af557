// SPDX-License-Identifier: Apache-2.0
#include <gridlock/report.h>

#include <algorithm>
#include <array>
#include <utility>

namespace gridlock {
namespace {

constexpr std::array<std::pair<Verdict, std::string_view>, 6> kNames = {{
    {Verdict::kAsExpected, "as-expected"},
    {Verdict::kMissed, "missed"},
    {Verdict::kUnexpected, "unexpected"},
    {Verdict::kCrashed, "crashed"},
    {Verdict::kTimedOut, "timed-out"},
    {Verdict::kNotChecked, "not-checked"},
}};

}  // namespace

std::string_view name(Verdict verdict) noexcept {
  for (const auto& [value, text] : kNames) {
    if (value == verdict) return text;
  }
  return "unknown";
}

std::optional<Verdict> verdict_from_name(std::string_view name) noexcept {
  for (const auto& [value, text] : kNames) {
    if (text == name) return value;
  }
  return std::nullopt;
}

bool passed(Verdict verdict) noexcept {
  return verdict == Verdict::kAsExpected || verdict == Verdict::kNotChecked;
}

int count(const Report& report, Verdict verdict) noexcept {
  return static_cast<int>(std::ranges::count(report.outcomes, verdict, &Outcome::verdict));
}

}  // namespace gridlock
