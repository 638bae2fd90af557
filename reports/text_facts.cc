// SPDX-License-Identifier: Apache-2.0
//
// What an outcome has besides findings, for a terminal.
#include "reports/frames.h"
#include "reports/lock_facts.h"
#include "reports/text_parts.h"
#include "reports/utf8.h"
#include "reports/wording.h"

#include <algorithm>
#include <string>

namespace gridlock::internal::reports {

void text_suppressed(TextLines& out, const Outcome& outcome) {
  if (outcome.suppressed.empty()) return;
  out.line(0, "");
  out.line(2, "Suppressed:", Style::kBold);
  for (std::size_t i = 0; i < std::min(outcome.suppressed.size(), kMaxItems); ++i) {
    const Finding& finding = outcome.suppressed[i];
    out.line(4, std::string(info(finding.kind).name) + " " + printable_line(finding.fingerprint) +
                    ", by " + printable_line(finding.suppressed_by));
    if (!finding.cycle.empty()) out.line(6, cycle_line(finding));
  }
  out.left_out(outcome.suppressed.size());
}

void text_infeasible_cycles(TextLines& out, const Outcome& outcome, bool verbose) {
  if (infeasible_count_text(outcome).empty()) return;
  out.line(0, "");
  out.line(2, infeasible_count_text(outcome) + (verbose ? ":" : " (-v shows them)"), Style::kBold);
  if (!verbose) return;
  for (std::size_t i = 0; i < std::min(outcome.infeasible_cycles.size(), kMaxItems); ++i) {
    const InfeasibleCycle& safe = outcome.infeasible_cycles[i];
    out.line(4, cycle_line(safe.claim));
    out.line(6, infeasible_reason_text(safe), Style::kGood);
    for (const Episode& episode : edges_of(safe.claim).episodes) {
      out.line(6, episode.heading);
      for (const Site& site : episode.sites) {
        const Frame* frame = site_of(*site.stack);
        out.line(8, site.caption + ": " +
                        (frame == nullptr ? place_not_known_text(*site.stack)
                                          : out.near_path(*frame) + "  " + function_text(*frame)));
      }
    }
  }
  out.left_out(outcome.infeasible_cycles.size());
}

void text_starved_writers(TextLines& out, const Outcome& outcome, std::size_t indent) {
  for (const Contention& one : outcome.contention) {
    if (const std::string text = starved_writer_text(one); !text.empty())
      out.wrapped(indent, text, 10'000);
  }
}

void text_contention(TextLines& out, const Outcome& outcome) {
  if (outcome.contention.empty()) return;
  out.line(0, "");
  out.line(2, "Contention, most contended first:", Style::kBold);
  for (std::size_t i = 0; i < std::min(outcome.contention.size(), kMaxItems); ++i) {
    const ContentionText text = contention_text(outcome.contention[i]);
    std::string waits = text.lock + ": ";
    if (!text.acquisitions.empty())
      waits += counted(outcome.contention[i].acquisitions, "acquisition") + ", ";
    waits += counted(outcome.contention[i].waits, "wait");
    if (!text.wait.empty()) waits += ", " + text.wait + " in all";
    if (!text.longest_wait.empty()) waits += ", longest " + text.longest_wait;
    out.line(4, waits);
    if (const std::string starved = starved_writer_text(outcome.contention[i]); !starved.empty()) {
      out.line(6, starved);
    }
    if (text.holds.empty()) continue;
    std::string holds = counted(outcome.contention[i].holds, "hold");
    if (!text.hold.empty()) holds += ", " + text.hold + " in all";
    if (!text.longest_hold.empty()) holds += ", longest " + text.longest_hold;
    out.line(6, holds);
  }
  out.left_out(outcome.contention.size());
}

void text_learned_order(TextLines& out, const Outcome& outcome) {
  if (outcome.learned_order.empty()) return;
  out.line(0, "");
  out.line(2, "The order of locks that was learned:", Style::kBold);
  for (std::size_t i = 0; i < std::min(outcome.learned_order.size(), kMaxItems); ++i) {
    const std::string place = order_place_text(outcome.learned_order[i]);
    out.line(4, order_text(outcome.learned_order[i]) + (place.empty() ? "" : "  " + place));
  }
  out.left_out(outcome.learned_order.size());
}

void text_suppressions(TextLines& out, const Report& report) {
  if (const std::size_t times = suppressed_count(report); times > 0) {
    out.line(0, "note: " + counted(times, "finding") + " suppressed");
  }
  for (const Suppression& one : report.suppressions) {
    if (one.uses == 0) out.line(0, "note: " + entry_text(one) + " matched nothing");
  }
}

}  // namespace gridlock::internal::reports
