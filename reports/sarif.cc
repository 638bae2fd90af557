// SPDX-License-Identifier: Apache-2.0
//
// SARIF 2.1.0: what code scanning shows beside a change, and editors in the margin.
#include "reports/sarif_flows.h"

#include "reports/formats.h"
#include "reports/frames.h"
#include "reports/history_chart.h"
#include "reports/json_value.h"
#include "reports/past.h"
#include "reports/places.h"
#include "reports/render_index.h"
#include "reports/utf8.h"
#include "reports/wording.h"

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>
#include <utility>

namespace gridlock::internal::reports {
namespace {

/// Of so many results all is told; of more, what code scanning shows.
constexpr std::size_t kResultsInFull = 1000;

bool is_potential(FindingKind kind) {
  return info(kind).name.find("cycle") != std::string_view::npos;
}

std::string pascal_case(std::string_view kebab) {
  std::string name;
  bool upper = true;
  for (const char c : kebab) {
    if (c == '-') {
      upper = true;
      continue;
    }
    name += upper ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
    upper = false;
  }
  return name;
}

JsonArray rules() {
  JsonArray all;
  for (const FindingKindInfo& kind : finding_kinds()) {
    const char* const level = is_potential(kind.kind) ? "warning" : "error";
    all.add(JsonObject()
                .add("id", kind.name)
                .add("name", pascal_case(kind.name))
                .add("shortDescription", sarif_message(kind.title))
                .add("fullDescription", sarif_message(kind.meaning))
                .add("help", JsonObject().add("text", kind.fix).add("markdown", kind.fix))
                .add("defaultConfiguration", JsonObject().add("level", level))
                .add("properties", JsonObject()
                                       .add("tags", JsonArray().add("concurrency"))
                                       .add("precision", "very-high")
                                       .add("problem.severity", level)));
  }
  return all;
}

std::size_t rule_index(FindingKind kind) {
  const auto kinds = finding_kinds();
  return static_cast<std::size_t>(std::ranges::find(kinds, kind, &FindingKindInfo::kind) -
                                  kinds.begin());
}

JsonArray related_locations(const Story& story, const Report& report) {
  JsonArray all;
  int id = 0;
  for (const Episode& episode : story.episodes) {
    for (const Site& site : episode.sites) {
      const Frame* frame = site_of(*site.stack);
      if (frame != nullptr) all.add(sarif_location(*frame, site.note, report, ++id));
    }
  }
  return all;
}

/// Other tools' names for it, and all of it under ours. Moments that a file has wrong are left out of the former.
void add_past(JsonObject& one, JsonObject& own, const Finding& finding, const Report& report) {
  const PastFinding* const past = past_of(finding, report);
  if (past == nullptr) return;
  JsonObject provenance;
  if (is_moment(past->first_seen)) provenance.add("firstDetectionTimeUtc", past->first_seen);
  if (is_moment(past->last_seen)) provenance.add("lastDetectionTimeUtc", past->last_seen);
  if (!provenance.empty()) one.add("provenance", provenance);
  own.add("history", JsonObject()
                         .add("state", past->state)
                         .add("firstSeen", past->first_seen)
                         .add("lastSeen", past->last_seen)
                         .add("seen", past->seen)
                         .add("could", past->could));
}

JsonObject result(const Finding& raw, std::string_view outcome, std::string_view rerun,
                  std::string_view state, const Report& report, bool in_full) {
  const Finding finding = in_reading_order(raw);
  const Names names(finding);
  const Story story = story_of(finding);
  JsonObject one;
  one.add("ruleId", info(finding.kind).name)
      .add("ruleIndex", rule_index(finding.kind))
      .add("level", is_potential(finding.kind) ? "warning" : "error")
      .add("message", sarif_message(claim_and_fix_text(finding, report)));
  if (const Frame* const place = main_frame(finding); place != nullptr) {
    one.add("locations", JsonArray().add(sarif_location(*place, {}, report)));
  }
  if (const JsonArray related = related_locations(story, report); !related.empty())
    one.add("relatedLocations", related);
  if (in_full) {
    if (const JsonArray stacks = sarif_stacks(story, report); !stacks.empty())
      one.add("stacks", stacks);
    JsonArray flows = sarif_flows(story, names, report);
    if (finding.execution) {
      if (const JsonObject way = sarif_way(*finding.execution, names, report); !way.empty())
        flows.add(way);
    }
    if (!flows.empty()) one.add("codeFlows", flows);
    if (const JsonArray graphs = sarif_graphs(finding, names, report); !graphs.empty())
      one.add("graphs", graphs);
  }
  if (!finding.fingerprint.empty()) {
    one.add("partialFingerprints", JsonObject()
                                       .add("gridlock/v1", finding.fingerprint)
                                       .add("primaryLocationLineHash", finding.fingerprint + ":1"));
  }
  one.add_text("baselineState", state);
  if (!finding.suppressed_by.empty()) {
    one.add("suppressions", JsonArray().add(JsonObject()
                                                .add("kind", "external")
                                                .add("status", "accepted")
                                                .add("justification", finding.suppressed_by)));
  }
  JsonObject own;
  own.add("scenario", outcome);
  own.add_text("again", rerun);
  add_past(one, own, finding, report);
  return one.add("properties", JsonObject().add("gridlock", own));
}

JsonArray results(const Report& report) {
  JsonArray all;
  std::size_t count = 0;
  for (const Found& found : all_found(report)) {
    all.add(result(*found.finding, found.outcome->name, found.outcome->rerun,
                   baseline_state(*found.finding, report), report, ++count <= kResultsInFull));
  }
  for (const Outcome& outcome : report.outcomes) {
    for (const Finding& finding : outcome.suppressed) {
      all.add(result(finding, outcome.name, outcome.rerun, {}, report, ++count <= kResultsInFull));
    }
  }
  if (report.baseline) {
    for (const FixedFinding& fixed : report.baseline->fixed)
      all.add(
          result(fixed.finding, fixed.outcome, {}, "absent", report, ++count <= kResultsInFull));
  }
  return all;
}

}  // namespace

std::string render_sarif(const Report& report) {
  const RenderIndex index(report);
  const bool ended = report.not_run == 0;
  JsonObject invocation;
  invocation.add("executionSuccessful", ended);
  invocation.add_text("commandLine", report.command);
  invocation.add_text("startTimeUtc", report.started);
  JsonObject driver;
  driver.add("name", "Gridlock");
  driver.add_text("version", report.tool_version);
  driver.add_text("semanticVersion", report.tool_version);
  driver.add("rules", rules());
  JsonObject run;
  run.add("tool", JsonObject().add("driver", driver))
      .add("invocations", JsonArray().add(invocation))
      .add("columnKind", "unicodeCodePoints")
      .add("automationDetails", JsonObject().add("id", "gridlock/"));
  if (!report.project.empty()) {
    run.add(
        "originalUriBaseIds",
        JsonObject().add("SRCROOT", JsonObject().add("description",
                                                     sarif_message("the folder of the project"))));
  }
  run.add("results", results(report));
  JsonValue document = JsonObject()
                           .add("$schema", "https://json.schemastore.org/sarif-2.1.0.json")
                           .add("version", "2.1.0")
                           .add("runs", JsonArray().add(run));
  return std::move(document).json() += '\n';
}

}  // namespace gridlock::internal::reports
