// SPDX-License-Identifier: Apache-2.0
//
// The places of a finding as SARIF has them.
#pragma once

#include <gridlock/report.h>

#include "reports/json_value.h"
#include "reports/wording.h"

namespace gridlock::internal::reports {

JsonObject sarif_message(std::string_view text);
/// A location with this message; `id` 0: none.
JsonObject sarif_location(const Frame& frame, std::string_view text, const Report& report,
                          int id = 0);
/// The stacks that a story shows, each with what happened there.
JsonArray sarif_stacks(const Story& story, const Report& report);
/// First one flow of all threads together, which viewers show, then one with a flow for each thread.
JsonArray sarif_flows(const Story& story, const Names& names, const Report& report);
/// What the threads of its execution did, as one more flow; empty if that is not known.
JsonObject sarif_way(const ChosenExecution& execution, const Names& names, const Report& report);
/// The locks of a cycle and who goes from one to the next; empty if there is no cycle.
JsonArray sarif_graphs(const Finding& finding, const Names& names, const Report& report);

}  // namespace gridlock::internal::reports
