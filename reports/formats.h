// SPDX-License-Identifier: Apache-2.0
//
// What renders each row of formats.def.
#pragma once

#include <gridlock/report.h>

#include <string>

namespace gridlock::internal::reports {

#define GRIDLOCK_REPORT_FORMAT(name, file, reader, text) \
  std::string render_##name(const Report& report);
#include "reports/formats.def"
#undef GRIDLOCK_REPORT_FORMAT

}  // namespace gridlock::internal::reports
