// SPDX-License-Identifier: Apache-2.0
//
// Hand-built reports for the tests of the renderers: each shows what one kind of outcome looks
// like.
#pragma once

#include <gridlock/report.h>

#include <cstddef>
#include <string>
#include <vector>

namespace gridlock::support {

struct Sample {
  std::string name;  ///< of the approved files
  Report report;
};

/// The reports that have an approved text and an approved page.
std::vector<Sample> samples();

Finding lock_order_cycle();
Finding deadlock();
Finding self_deadlock();
/// Every name in it would break a page, or a terminal, that is not careful.
Finding hostile_data_race();
Finding misuse();
Finding starvation();
ProcessDump sample_dump();

/// A cycle of `locks` locks and as many threads.
Finding long_cycle(int locks);
/// A finding of this kind with nothing but its kind.
Finding bare(FindingKind kind);

// Cycles in which not everything is a lock that is held exclusively.
Finding event_under_lock();
Finding join_under_lock();
Finding future_under_once();
Finding condition_and_queue();
Finding permit_and_barrier();
Finding released_by_others();
Finding read_again();
Finding two_upgrades();
Finding one_class();
Finding reader_and_writer();

// With locations that are places and no memory, and a lock that stands for its class.
Finding against_declaration();
Finding held_at_fork();
Finding cycle_of_classes();
Report places_report();
/// Logs of programs: a finding of several, a killed one, a clean one, two dumps, a damaged log.
Report programs_report();

// Over several processes.
Finding deadlock_of_processes();
Finding owner_killed();
Finding workers_without_orders();
// Things that are no locks.
Finding pipes_full();
/// Four processes, one of them the child of a child.
Report processes_report();

std::vector<InfeasibleCycle> one_infeasible_cycle_a_reason();
/// Confirmed, not confirmed, not tried.
Report confirmations_report();
/// Tests whose schedules were chosen.
Report explored_report();
/// All of the cycles above.
Report edges_report();
/// Infeasible cycles, contention, the learned order, and suppressions.
Report lock_facts_report();

/// So many findings that should not be, all different, with sources: of one outcome, or each `spread` to one of its own.
Report many_findings(std::size_t count, bool spread);

/// A scenario with a fixed form, which ran too or did not; both stand in one source.
Report twins_report(bool both);

/// A report without outcomes.
Report empty_report();
/// One finding each that is flaky, that is steady, and that no run of sample_history() has.
Report past_report();
/// A report of one outcome, which has these findings and expects them.
Report report_of(std::string name, std::vector<Finding> findings);

}  // namespace gridlock::support
