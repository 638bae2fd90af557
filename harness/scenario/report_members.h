// SPDX-License-Identifier: Apache-2.0
//
// What a report and its outcomes are called in JSON: as finding_members.h, one level up. What came
// later than version 1.0 of the format is optional, so that a document without it is as it always
// was. Report::kVersion comes first in the document; a reader looks at it before the rest.
#pragma once

#include <gridlock/report.h>

#include "harness/scenario/finding_members.h"

namespace gridlock::internal {

template <typename Io, MaybeConst<Outcome> T>
void members(Io& io, T& outcome) {
  io.required("name", outcome.name);
  io.always("summary", outcome.summary);
  io.always("story", outcome.story);
  io.always("case_number", outcome.case_number);
  io.always("twin", outcome.twin);
  io.always("expected", outcome.expected);
  io.always("file", outcome.file);
  io.always("first_line", outcome.first_line);
  io.always("last_line", outcome.last_line);
  io.required("verdict", outcome.verdict);
  io.always("reason", outcome.reason);
  io.always("findings", outcome.findings);
  io.optional("suppressed", outcome.suppressed);
  io.renamed("safe_cycles", "infeasible_cycles", outcome.infeasible_cycles);
  io.renamed("safe_cycles_dropped", "infeasible_cycles_dropped", outcome.infeasible_cycles_dropped);
  io.optional("contention", outcome.contention);
  io.optional("learned_order", outcome.learned_order);
  io.optional("processes", outcome.processes);
  io.optional("dump", outcome.dump);
  io.always("seconds", outcome.seconds);
  io.always("exit_code", outcome.exit_code);
  io.always("signal", outcome.signal);
  io.always("output", outcome.output);
  io.always("tsan_text", outcome.tsan_text);
  io.always("rerun", outcome.rerun);
  io.optional("watching", outcome.watching);
  io.optional("program", outcome.program);
  io.optional("exploration", outcome.exploration);
}

template <typename Io, MaybeConst<ExploredShard> T>
void members(Io& io, T& shard) {
  io.required("shard", shard.shard);
  io.always("executions", shard.executions);
  io.always("whole", shard.whole);
}

template <typename Io, MaybeConst<Exploration> T>
void members(Io& io, T& exploration) {
  io.optional("name", exploration.name);
  io.always("strategy", exploration.strategy);
  io.always("seed", exploration.seed);
  io.always("asked", exploration.asked);
  io.required("of", exploration.of);
  io.always("shards", exploration.shards);
  io.optional("steps", exploration.steps);
  io.optional("seconds", exploration.seconds);
  io.optional("failure", exploration.failure);
  io.optional("text", exploration.text);
  io.optional("replay", exploration.replay);
  io.optional("exhausted", exploration.exhausted);
  io.optional("replayed", exploration.replayed);
  io.optional("diverged", exploration.diverged);
  io.optional("traces", exploration.traces);
}

template <typename Io, MaybeConst<WatchingCost> T>
void members(Io& io, T& cost) {
  io.optional("records", cost.records);
  io.optional("objects", cost.objects);
  io.optional("edges", cost.edges);
  io.optional("contexts", cost.contexts);
  io.optional("misses", cost.misses);
  io.optional("graph_visits", cost.graph_visits);
  io.optional("graph_ns", cost.graph_ns);
  io.optional("graph_bytes", cost.graph_bytes);
}

template <typename Io, MaybeConst<ProgramInfo> T>
void members(Io& io, T& program) {
  io.always("name", program.name);
  io.always("command", program.command);
  io.always("pids", program.pids);
  io.always("tsan", program.tsan);
  io.always("ended", program.ended);
  io.optional("damage", program.damage);
  io.optional("run", program.run);
  io.optional("run_number", program.run_number);
  io.optional("runs", program.runs);
}

template <typename Io, MaybeConst<Sighting> T>
void members(Io& io, T& sighting) {
  io.required("fingerprint", sighting.fingerprint);
  io.required("log", sighting.log);
  io.always("program", sighting.program);
  io.always("pid", sighting.pid);
  io.required("times", sighting.times);
}

template <typename Io, MaybeConst<FixedFinding> T>
void members(Io& io, T& fixed) {
  io.always("outcome", fixed.outcome);
  io.required("finding", fixed.finding);
}

template <typename Io, MaybeConst<Baseline> T>
void members(Io& io, T& baseline) {
  io.always("file", baseline.file);
  io.always("started", baseline.started);
  io.always("known", baseline.known);
  io.always("fixed", baseline.fixed);
}

template <typename Io, MaybeConst<PastFinding> T>
void members(Io& io, T& past) {
  io.required("fingerprint", past.fingerprint);
  io.required("state", past.state);
  io.always("first_seen", past.first_seen);
  io.always("last_seen", past.last_seen);
  io.required("seen", past.seen);
  io.required("could", past.could);
}

template <typename Io, MaybeConst<PastRuns> T>
void members(Io& io, T& history) {
  io.always("file", history.file);
  io.always("runs", history.runs);
  io.optional("first_run", history.first_run);
  io.optional("last_run", history.last_run);
  io.always("findings", history.findings);
}

template <typename Io, MaybeConst<Suppression> T>
void members(Io& io, T& suppression) {
  io.required("file", suppression.file);
  io.required("line", suppression.line);
  io.required("text", suppression.text);
  io.required("uses", suppression.uses);
}

template <typename Io, MaybeConst<Report> T>
void members(Io& io, T& report) {
  io.always("tool_version", report.tool_version);
  io.always("started", report.started);
  io.always("seconds", report.seconds);
  io.always("command", report.command);
  io.always("compiler", report.compiler);
  io.always("sanitizer", report.sanitizer);
  io.optional("project", report.project);
  io.optional("code_url", report.code_url);
  io.optional("notes", report.notes);
  io.optional("not_run", report.not_run);
  io.required("outcomes", report.outcomes);
  io.optional("suppressions", report.suppressions);
  io.always("sources", report.sources);
  io.optional("sightings", report.sightings);
  io.optional("baseline", report.baseline);
  io.optional("history", report.history);
}

}  // namespace gridlock::internal
