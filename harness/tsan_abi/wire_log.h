// SPDX-License-Identifier: Apache-2.0
//
// What a call of explore() did, as records of a log (docs/design/wire.md): a run of its own for each, so that each is an outcome of
// the report.
#pragma once

#include <gridlock/explore.h>

#include "harness/tsan_abi/asked.h"
#include "harness/tsan_abi/facts.h"

namespace gridlock::internal::controlled {

struct Told {
  const ExploreOptions& options;
  const ExploreResult& result;
  const Asked& asked;
  const DistinctTraces& traces;
  const Shared& shared;
  Failure failure;   ///< kNone: nothing was found
  std::string text;  ///< of the failure's outcome
  bool has_path;     ///< shared.followed is of the failing execution
  bool is_replay;
  bool is_program;  ///< and not a body
  double seconds;   ///< that it took
  std::string
      exhausted;  ///< what a search of all schedules saw; empty: it was none, or was cut short
};

/// Appends to asked.log, with one write for each record.
void write_log(const Told& told);

}  // namespace gridlock::internal::controlled
