// SPDX-License-Identifier: Apache-2.0
#include "reports/situation.h"

#include "reports/frames.h"
#include "reports/utf8.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace gridlock::internal::reports {
namespace {

constexpr std::array kRows = {
#define GRIDLOCK_SITUATION(enumerator, name, happened, could, fix) \
  SituationInfo{Situation::enumerator, name, happened, could, fix},
#include "reports/situations.def"
#undef GRIDLOCK_SITUATION
};

/// One part of a sentence; nothing if a word in it is missing.
std::optional<std::string> filled_part(std::string_view part, const Words& words) {
  std::string text;
  for (;;) {
    const std::size_t open = part.find('{');
    const std::size_t close = part.find('}', std::min(open, part.size()));
    if (open == std::string_view::npos || close == std::string_view::npos) break;
    const auto word = words.find(part.substr(open + 1, close - open - 1));
    if (word != words.end() && word->second.empty()) return std::nullopt;
    text += part.substr(0, open);
    if (word != words.end()) {
      text += word->second;
    } else if (part.substr(open).starts_with("{.")) {
      text += part.substr(open, close + 1 - open);  // code: {.daemon = true}
    } else {
      return std::nullopt;
    }
    part.remove_prefix(close + 1);
  }
  return text + std::string(part);
}

}  // namespace

std::span<const SituationInfo> situations() noexcept { return kRows; }

const SituationInfo& info(Situation situation) noexcept {
  return kRows[static_cast<std::size_t>(situation)];
}

std::string filled(std::string_view sentence, const Words& words) {
  std::string text;
  const auto add = [&](std::string_view part) {
    text += filled_part(part, words).value_or(std::string(part));
  };
  for (;;) {
    const std::size_t open = sentence.find("((");
    const std::size_t close = sentence.find("))", std::min(open, sentence.size()));
    if (open == std::string_view::npos || close == std::string_view::npos) break;
    add(sentence.substr(0, open));
    text += filled_part(sentence.substr(open + 2, close - open - 2), words).value_or("");
    sentence.remove_prefix(close + 2);
  }
  add(sentence);
  return text;
}

const ThreadInfo* View::thread(std::string_view id) const {
  const auto found = std::ranges::find(finding.threads, id, &ThreadInfo::id);
  return found == finding.threads.end() ? nullptr : &*found;
}

std::string View::place(const Stack& stack) {
  const Frame* const site = site_of(stack);
  return site == nullptr || is_library_frame(*site) ? "" : short_place_text(*site);
}

std::string_view View::line(const Stack& stack) const {
  const Frame* const site = site_of(stack);
  if (report == nullptr || site == nullptr) return {};
  std::string_view text = source_line(*report, site->file, site->line);
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  return text;
}

const HeldObject* held_of(const ThreadInfo& thread, std::string_view object) {
  const auto found = std::ranges::find(thread.held, object, &HeldObject::object);
  return found == thread.held.end() ? nullptr : &*found;
}

std::string listed(const View& view, const std::vector<std::string>& ids) {
  std::vector<std::string_view> once;
  std::unordered_set<std::string_view> seen;
  for (const std::string& id : ids) {
    if (seen.insert(id).second) once.push_back(id);
  }
  std::string text;
  const std::size_t shown = std::min(once.size(), kMaxItems);
  for (std::size_t i = 0; i < shown; ++i) {
    if (i > 0) text += i + 1 == once.size() ? " and " : ", ";
    text += view.name(once[i]);
  }
  if (once.size() > shown) text += " and " + std::to_string(once.size() - shown) + " more";
  return text;
}

void set_threads(Words& words, const View& view, const std::vector<std::string>& ids) {
  const bool one = std::ranges::all_of(ids, [&](const auto& id) { return id == ids.front(); });
  words["threads"] = listed(view, ids);
  words["wait"] = one ? "waits" : "wait";
  words["hold"] = one ? "holds" : "hold";
  words["ask"] = one ? "asks" : "ask";
  words["are"] = one ? "is" : "are";
}

Case case_of(const Finding& finding, const Report* report) {
  const View view(finding, report);
  if (std::optional<Case> found = cycle_case(view)) return *std::move(found);
  if (std::optional<Case> found = stuck_case(view)) return *std::move(found);
  if (std::optional<Case> found = misuse_case(view)) return *std::move(found);
  return {};
}

namespace {

std::string meaning_of(const Case& found, const Finding& finding) {
  const SituationInfo& row = info(found.situation);
  const bool foreseen = finding.kind == FindingKind::kLockOrderCycle;
  const std::string_view sentence = foreseen ? row.could : row.happened;
  if (sentence.empty()) return std::string(info(finding.kind).meaning);
  const auto where = found.words.find("where");
  return (where == found.words.end() || where->second.empty() ? "" : where->second + ": ") +
         printable_line(filled(sentence, found.words));
}

std::string fix_of(const Case& found, const Finding& finding) {
  const std::string_view sentence = info(found.situation).fix;
  if (sentence.empty()) return std::string(info(finding.kind).fix);
  return printable_line(filled(sentence, found.words));
}

}  // namespace

std::string meaning_text(const Finding& finding, const Report* report) {
  return meaning_of(case_of(finding, report), finding);
}

std::string fix_text(const Finding& finding, const Report* report) {
  return fix_of(case_of(finding, report), finding);
}

Explanation explanation(const Finding& finding, const Report* report) {
  const Case found = case_of(finding, report);
  return {meaning_of(found, finding), fix_of(found, finding)};
}

}  // namespace gridlock::internal::reports
