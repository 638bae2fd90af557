// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "reports/html_element.h"

#include <string>

namespace gridlock::internal::reports {

/// What stands in the head of each page. Nothing is fetched, and no script runs but the one that the build embeds,
/// whatever else may be wrong.
Markup html_head(const std::string& title);

}  // namespace gridlock::internal::reports
