// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gridlock/report.h>

#include <string>

#include "reports/lock_graph.h"

namespace gridlock::support {

/// A finding whose locks are too many for a ring.
Report crowded_report();
/// What `dot -Tplain` might say to the graph: its boxes below each other.
std::string plain_answer(const internal::reports::LockGraph& graph);

}  // namespace gridlock::support
