// SPDX-License-Identifier: Apache-2.0
//
// The words for programs that were not run by `gridlock run`, and for what several logs have in common.
// As wording.h: printable, without markup, for text and HTML.
#pragma once

#include <gridlock/report.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace gridlock::internal::reports {

/// Whether all outcomes are programs; false for a report without outcomes.
bool only_programs(const Report& report);
bool has_scenarios(const Report& report);

/// What is the same in another run: the name of the scenario or of the program. The log of a program may have another
/// name each time.
std::string_view subject_name(const Outcome& outcome);
/// Whether what it does not have is not there, or would have come later.
bool ended_by_itself(const Outcome& outcome);

/// Different findings of a program that count, with those that an earlier outcome shows.
std::size_t findings_of(const Outcome& outcome, const Report& report);

/// "1 finding", "3 findings, 2 of them shown above", "no finding".
std::string program_found_text(const Outcome& outcome, const Report& report);
/// "bank, pid 4711, no ThreadSanitizer: data races were not looked for"; what is unknown is left out.
std::string program_facts_text(const Outcome& outcome);
/// "clean", "findings", "crashed", "hung", "no end", "damaged".
std::string_view program_label(const Outcome& outcome);
/// What is to be said of how it ended: "did not end normally: ..."; empty if it ended well.
std::string program_end_text(const Outcome& outcome);

/// "found 4 times: in bank (pid 1 twice, pid 2), in shop (pid 3)"; empty if it was found once.
std::string sightings_text(const Finding& finding, const Report& report);

/// "3 logs: 2 findings (5 times) in 2 of them, 1 did not end normally"; empty without programs.
std::string programs_summary(const Report& report);

/// That data races were not looked for by the scenarios, and how they are; empty if they were.
std::string unseen_races_text(const Report& report);

/// "Every thread when it crashed (SIGSEGV at 0x10)", "Every thread when a dump was requested".
std::string dump_heading(const ProcessDump& dump);

}  // namespace gridlock::internal::reports
