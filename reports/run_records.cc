// SPDX-License-Identifier: Apache-2.0
//
// What a history keeps of a report.
#include <gridlock/history.h>

#include "reports/places.h"
#include "reports/programs.h"
#include "reports/wording.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gridlock {
namespace {

using namespace internal::reports;  // NOLINT(google-build-using-namespace): its other half

/// The same text, the same sixteen digits (FNV-1a). Not for what somebody may forge.
class Digest {
 public:
  Digest& add(std::string_view text) {
    for (const char c : text) byte(static_cast<unsigned char>(c));
    byte(0xFF);  // in no text
    return *this;
  }
  Digest& add(std::uint64_t number) { return add(std::to_string(number)); }
  Digest& add_seconds(double seconds) {
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), "%.9g", seconds);
    return add(text.data());
  }
  std::string text() const {
    std::array<char, 20> digits{};
    std::snprintf(digits.data(), digits.size(), "%016llx", static_cast<unsigned long long>(state_));
    return digits.data();
  }

 private:
  void byte(unsigned char value) { state_ = (state_ ^ value) * 0x100000001b3ULL; }
  std::uint64_t state_ = 0xcbf29ce484222325ULL;
};

// Names that the user gave, those of the cycle first.
std::string names_text(const Finding& finding) {
  constexpr std::size_t kMostNames = 4;
  std::vector<std::string> names;
  const auto take = [&](const Object& object) {
    if (!object.name.empty() && std::ranges::find(names, object.name) == names.end())
      names.push_back(object.name);
  };
  for (const std::string& id : finding.cycle) {
    const auto object = std::ranges::find(finding.objects, id, &Object::id);
    if (object != finding.objects.end()) take(*object);
  }
  std::ranges::for_each(finding.objects, take);
  if (names.size() > kMostNames) {
    const std::size_t more = names.size() - kMostNames;
    names.resize(kMostNames);
    names.push_back(std::to_string(more) + " more");
  }
  return joined(names, ", ");
}

class Recorder {
 public:
  explicit Recorder(const Report& report) : report_(report) {
    for (const Outcome& outcome : report.outcomes) {
      for (const Finding& finding : outcome.findings) shown_.emplace(finding.fingerprint, &finding);
    }
  }

  RunRecords take() {
    add_scenarios();
    for (const Outcome& outcome : report_.outcomes) {
      if (outcome.program) add_program(outcome);
    }
    return std::move(records_);
  }

 private:
  std::size_t subject(const std::string& name) {
    const auto [at, is_new] = subjects_.try_emplace(name, records_.subjects.size());
    if (is_new) records_.subjects.push_back(name);
    return at->second;
  }

  std::size_t known(const Finding& finding) {
    const auto [at, is_new] = findings_.try_emplace(finding.fingerprint, records_.findings.size());
    if (is_new) {
      const std::optional<Frame> place = main_place(finding);
      records_.findings.push_back({.fingerprint = finding.fingerprint,
                                   .kind = std::string(info(finding.kind).name),
                                   .title = title_text(finding),
                                   .names = names_text(finding),
                                   .place = place ? path_in_project(place->file, report_) + ":" +
                                                        std::to_string(place->line)
                                                  : ""});
    }
    return at->second;
  }

  /// The first word about a finding of this run and subject stands.
  void saw(RunRecord& run, std::size_t subject, const Finding& finding, std::uint64_t times,
           Standing standing) {
    if (finding.fingerprint.empty()) return;
    const std::size_t index = known(finding);
    if (!of_this_run_.emplace(subject, index).second) return;
    run.seen.push_back(
        {.subject = subject, .finding = index, .times = times, .standing = standing});
  }

  void add_findings(RunRecord& run, const Outcome& outcome, const std::string& name) {
    const std::size_t own = subject(name);
    run.ran.push_back({.subject = own, .ended = ended_by_itself(outcome)});
    const Standing standing = passed(outcome.verdict) ? Standing::kAsDeclared : Standing::kCounts;
    for (const Finding& finding : outcome.findings) saw(run, own, finding, 1, standing);
    for (const Finding& finding : outcome.suppressed)
      saw(run, own, finding, 1, Standing::kSuppressed);
  }

  RunRecord begin_run(std::string id, std::string command) {
    of_this_run_.clear();
    return {.id = std::move(id),
            .started = report_.started,
            .command = std::move(command),
            .tool_version = report_.tool_version,
            .ran = {},
            .seen = {}};
  }

  // All scenarios of a report are one run. Which one is told by its beginning and by how long everything took.
  void add_scenarios() {
    Digest digest;
    digest.add(report_.started).add_seconds(report_.seconds);
    RunRecord run = begin_run({}, report_.command);
    for (const Outcome& outcome : report_.outcomes) {
      if (outcome.program) continue;
      digest.add(outcome.name).add_seconds(outcome.seconds);
      add_findings(run, outcome, outcome.name);
    }
    if (run.ran.empty()) return;
    run.id = digest.text();
    records_.runs.push_back(std::move(run));
  }

  // What an earlier outcome shows is in the sightings alone.
  void add_program(const Outcome& outcome) {
    const ProgramInfo& program = *outcome.program;
    const std::string name(subject_name(outcome));
    Digest digest;
    digest.add(program.run).add(name).add(program.pids.empty() ? 0 : program.pids.front());
    if (program.run.empty()) digest.add(report_.started).add(outcome.name);
    RunRecord run = begin_run(digest.text(), program.command);
    std::map<std::string_view, std::uint64_t> times;  // of each finding, in all its processes
    for (const Sighting& sighting : report_.sightings) {
      if (sighting.log == outcome.name) times[sighting.fingerprint] += sighting.times;
    }
    for (const auto& [fingerprint, count] : times) {
      const auto shown = shown_.find(fingerprint);
      if (shown != shown_.end()) saw(run, subject(name), *shown->second, count, Standing::kCounts);
    }
    add_findings(run, outcome, name);
    records_.runs.push_back(std::move(run));
  }

  const Report& report_;
  RunRecords records_;
  std::map<std::string, std::size_t, std::less<>> subjects_;
  std::map<std::string, std::size_t, std::less<>> findings_;
  std::map<std::string_view, const Finding*> shown_;           // in whichever outcome
  std::set<std::pair<std::size_t, std::size_t>> of_this_run_;  // subject and finding
};

}  // namespace

RunRecords run_records(const Report& report) { return Recorder(report).take(); }

}  // namespace gridlock
