// SPDX-License-Identifier: Apache-2.0
//
// The table of tests/situations once more, as traces: the same names and the same expectations, and of
// each twin why it cannot hang.
#pragma once

#include <span>
#include <vector>

namespace gridlock::traces {

/// A check that is known to fail; columns as in tests/situations/situations.h.
struct Gap {
  unsigned columns = 0;
};

struct Row {
  const char* name;   ///< group.situation
  const char* cycle;  ///< names of the objects, ascending; nullptr: no run is lucky
  const char* hang;   ///< what is found when it happens; nullptr: not played
  const char* real;   ///< in the words of traces/program.h
  const char* twin;
  const char* safe;  ///< why the twin's cycles cannot hang in the lucky run; "": there are none
  Gap gap = {};
};

std::span<const Row> lock_rows();
std::span<const Row> all_at_once_rows();
std::span<const Row> publication_rows();
std::span<const Row> gate_rows();
std::span<const Row> order_rows();
std::span<const Row> many_order_rows();
std::span<const Row> order_through_rows();
std::span<const Row> reader_rows();
std::span<const Row> semaphore_rows();
std::span<const Row> permit_rows();
std::span<const Row> condition_rows();
std::span<const Row> event_rows();
std::span<const Row> barrier_rows();
std::span<const Row> once_flag_rows();
std::span<const Row> future_rows();
std::span<const Row> queue_rows();
std::span<const Row> join_rows();
std::span<const Row> mix_rows();
std::span<const Row> tested_wait_rows();
std::span<const Row> signal_rows();
std::span<const Row> hand_over_rows();
std::vector<Row> all_rows();

}  // namespace gridlock::traces
