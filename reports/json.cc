// SPDX-License-Identifier: Apache-2.0
//
// The document is written by the codec that also reads it (harness/scenario/json_codec.cc).
#include "reports/formats.h"

namespace gridlock::internal::reports {

std::string render_json(const Report& report) { return to_json(report); }

}  // namespace gridlock::internal::reports
