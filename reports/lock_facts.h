// SPDX-License-Identifier: Apache-2.0
//
// The words for what a report says besides findings: cycles judged infeasible, contention, the order of
// locks that was learned, suppressions. As wording.h: printable, without markup, for text and HTML.
#pragma once

#include <gridlock/report.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace gridlock::internal::reports {

/// "harmless: kitchen door (M3) keeps its steps apart".
std::string infeasible_reason_text(const InfeasibleCycle& safe);
/// "2 cycles judged infeasible, 3 more not kept"; empty if there is none.
std::string infeasible_count_text(const Outcome& outcome);

/// "120,400 operations, 12 objects; 9 edges in 14 contexts; ...": what watching cost; empty if nobody said.
std::string watching_text(const Outcome& outcome);

/// "1.25 ms", "840 ns".
std::string duration_text(std::uint64_t nanoseconds);
/// One lock's figures as words; an unknown one is empty.
struct ContentionText {
  std::string lock;          ///< "accounts (M1)"
  std::string acquisitions;  ///< "120"
  std::string waits;         ///< "12"
  std::string wait;          ///< "3.4 ms"
  std::string longest_wait;  ///< "1.2 ms, payer (T1) at bank.cc:9"
  std::string holds, hold, longest_hold;
};
ContentionText contention_text(const Contention& contention);
/// "writer (T2) waited 2.1 s for m (M1) to write while readers took it 1,204 times: readers starve
/// writers; use Prefer::kWriters". No finding, because it is a matter of time and of the machine:
/// only for a wait of kLongWait or more that kManyReaders or more went past; else empty.
std::string starved_writer_text(const Contention& contention);
inline constexpr std::uint64_t kManyReaders = 100;
inline constexpr std::uint64_t kLongWait = 100'000'000;
/// Whether anything is known of how long locks were held.
bool has_holds(const Outcome& outcome);

/// "accounts (M1) before journal (M2)".
std::string order_text(const LearnedOrder& order);
/// "payer (T1) at bank.cc:9".
std::string order_place_text(const LearnedOrder& order);

/// "2 suppressed (data-race, deadlock)"; empty if none.
std::string suppressed_text(const Outcome& outcome);
/// "known.supp:3: lock:log*".
std::string entry_text(const Suppression& suppression);
/// How many findings of the run are suppressed.
std::size_t suppressed_count(const Report& report);

}  // namespace gridlock::internal::reports
