// SPDX-License-Identifier: Apache-2.0
#include "reports/places.h"

#include "reports/frames.h"
#include "reports/wording.h"

namespace gridlock::internal::reports {

std::vector<Found> all_found(const Report& report) {
  std::vector<Found> all;
  std::vector<Found> known;
  for (const Outcome& outcome : report.outcomes) {
    for (const Finding& finding : outcome.findings) {
      const bool is_known = baseline_state(finding, report) == "unchanged";
      (is_known ? known : all).push_back({&outcome, &finding});
    }
  }
  all.insert(all.end(), known.begin(), known.end());
  return all;
}

std::optional<Frame> main_place(const Finding& raw) {
  const Finding finding = in_reading_order(raw);
  const Frame* const found = main_frame(finding);
  if (found == nullptr) return std::nullopt;
  return *found;
}

const Frame* main_frame(const Finding& finding) {
  const Frame* found = nullptr;
  const auto look = [&](const Stack& stack) {
    if (found == nullptr) found = site_of(stack);
  };
  if (!finding.acts.empty()) found = act_site(finding.acts.front());
  for (const LockOrderEdge& edge : finding.edges) look(edge.wanted_stack);
  for (const MemoryAccess& access : finding.accesses) {
    if (access.write) look(access.stack);
  }
  for (const MemoryAccess& access : finding.accesses) look(access.stack);
  for (const ThreadInfo& thread : finding.threads) {
    if (thread.wants) look(thread.wants->stack);
  }
  for (const ThreadInfo& thread : finding.threads) look(thread.stack);
  for (const MemoryLocation& location : finding.locations) look(location.allocated);
  for (const Object& object : finding.objects) look(object.created);
  return found;
}

std::string path_in_project(std::string_view file, const Report& report) {
  const std::string& folder = report.project;
  if (!folder.empty() && file.size() > folder.size() + 1 && file.starts_with(folder) &&
      file[folder.size()] == '/') {
    file.remove_prefix(folder.size() + 1);
  }
  return std::string(file);
}

std::string claim_text(const Finding& finding, const Report& report) {
  return title_text(finding) + ": " + meaning_text(finding, &report);
}

std::string claim_and_fix_text(const Finding& finding, const Report& report) {
  const Explanation text = explanation(finding, &report);
  return title_text(finding) + ": " + text.meaning + "\nTo fix it: " + text.fix;
}

}  // namespace gridlock::internal::reports
