// SPDX-License-Identifier: Apache-2.0
//
// What happened, as a table with a column a thread: the form in which people read an interleaving. Text, pages and
// Markdown lay out the same table.
#pragma once

#include <gridlock/report.h>

#include "reports/wording.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gridlock::internal::reports {

/// One thing that a thread did.
struct LaneStep {
  std::string what;              ///< "acquires accounts (M1)"
  const Stack* stack = nullptr;  ///< where; nullptr if that is not known
};

/// A thread.
struct Lane {
  std::string name;  ///< "payer (T1)"
};

struct Lanes {
  std::vector<Lane> lanes;
  /// Each row as long as `lanes`. What stands in one column happened in this order. Of two columns that is known only
  /// in the rows with a single step.
  std::vector<std::vector<std::optional<LaneStep>>> rows;
  std::vector<std::string> states;   ///< of all threads, behind each row; empty if none is told
  std::vector<std::string> besides;  ///< what no thread did: "The memory: global counter, 8 bytes"
  std::size_t left_out = 0;          ///< more threads, for which there was no column
};

/// The steps of a story; the story must outlive them. At most `limit` threads.
Lanes lanes_of(const Story& story, const Names& names, std::size_t limit);

}  // namespace gridlock::internal::reports
