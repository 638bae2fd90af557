// SPDX-License-Identifier: Apache-2.0
#include "reports/formats.h"

#include <array>

namespace gridlock {
namespace {

constexpr auto kFormats = std::to_array<ReportFormat>({
#define GRIDLOCK_REPORT_FORMAT(name, file, reader, text) \
  {#name, file, text, ReportReader::reader, internal::reports::render_##name},
#include "reports/formats.def"
#undef GRIDLOCK_REPORT_FORMAT
});

}  // namespace

std::span<const ReportFormat> report_formats() noexcept { return kFormats; }

}  // namespace gridlock
