// SPDX-License-Identifier: Apache-2.0
#include <gridlock/finding.h>

#include <array>
#include <cstddef>

namespace gridlock {
namespace {

constexpr std::array kKinds{
#define GRIDLOCK_FINDING_KIND(enumerator, name, title, source, meaning, fix) \
  FindingKindInfo{FindingKind::enumerator, name, title, FindingSource::source, meaning, fix},
#include <gridlock/finding_kinds.def>
#undef GRIDLOCK_FINDING_KIND
};

}  // namespace

std::span<const FindingKindInfo> finding_kinds() noexcept { return kKinds; }

const FindingKindInfo& info(FindingKind kind) noexcept {
  return kKinds[static_cast<std::size_t>(kind)];
}

std::optional<FindingKind> finding_kind_from_name(std::string_view name) noexcept {
  for (const FindingKindInfo& row : kKinds) {
    if (row.name == name) return row.kind;
  }
  return std::nullopt;
}

}  // namespace gridlock
