// SPDX-License-Identifier: Apache-2.0
#include <gridlock/history.h>

#include "reports/json_value.h"

#include <string>

namespace gridlock {
namespace {

using namespace internal::reports;  // NOLINT(google-build-using-namespace): its other half

JsonValue run_json(const RunRecord& run, const History& history) {
  JsonArray subjects;
  for (const RanSubject& ran : run.ran) {
    subjects.add(JsonObject().add("name", history.subjects[ran.subject]).add("ended", ran.ended));
  }
  return JsonObject()
      .add("id", run.id)
      .add("started", run.started)
      .add("command", run.command)
      .add("tool_version", run.tool_version)
      .add("findings", run.seen.size())
      .add("ran", subjects);
}

// A character a run: "1" it came, "0" it did not, "-" nothing is known.
std::string marks_text(const FindingHistory& finding) {
  std::string text;
  for (const RunMark mark : finding.marks) text += "-01"[static_cast<std::size_t>(mark)];
  return text;
}

JsonValue finding_json(const FindingHistory& one) {
  JsonArray subjects;
  for (const std::string& subject : one.subjects) subjects.add(subject);
  return JsonObject()
      .add("fingerprint", one.finding.fingerprint)
      .add("kind", one.finding.kind)
      .add("title", one.finding.title)
      .add("names", one.finding.names)
      .add("place", one.finding.place)
      .add("in", subjects)
      .add("state", name(one.state))
      .add("standing", name(one.standing))
      .add("first_seen", one.first_seen)
      .add("last_seen", one.last_seen)
      .add("seen", one.seen)
      .add("could", one.could)
      .add("marks", marks_text(one));
}

}  // namespace

std::string to_json(const History& history) {
  JsonArray runs;
  for (const RunRecord& run : history.runs) runs.add(run_json(run, history));
  JsonArray findings;
  for (const FindingHistory& one : history.findings) findings.add(finding_json(one));
  const JsonValue document =
      JsonObject().add("version", History::kVersion).add("runs", runs).add("findings", findings);
  return document.json() + "\n";
}

}  // namespace gridlock
