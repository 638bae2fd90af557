// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/suppressions.h"

#include "harness/scenario/limits.h"
#include "harness/scenario/nearest.h"
#include "harness/scenario/stacks.h"
#include "harness/scenario/text.h"

#include <fnmatch.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <stdexcept>
#include <utility>

namespace gridlock::internal {
namespace {

constexpr std::string_view kSpace = " \t\r\v\f";

// A '#' inside a word is none: compilers write {lambda()#1}.
std::string_view without_comment(std::string_view line) {
  for (std::size_t at = line.find('#'); at != std::string_view::npos; at = line.find('#', at + 1)) {
    if (at == 0 || kSpace.find(line[at - 1]) != std::string_view::npos) return line.substr(0, at);
  }
  return line;
}

bool glob(const std::string& pattern, const std::string& text) {
  return !text.empty() && fnmatch(pattern.c_str(), text.c_str(), 0) == 0;
}

// "bank::pay" of "bank::pay(Account&) const": up to the bracket that the last one closes.
std::string without_parameters(const std::string& function) {
  std::size_t at = function.rfind(')');
  if (at == std::string::npos) return function;
  int depth = 0;
  for (;; --at) {
    if (function[at] == ')') ++depth;
    if (function[at] == '(' && --depth == 0) return function.substr(0, at);
    if (at == 0) return function;
  }
}

bool site_matches(const std::string& pattern, const Stack& stack) {
  const Frame* const frame = user_site(stack);
  if (frame == nullptr) return false;
  return glob(pattern, frame->function) || glob(pattern, without_parameters(frame->function)) ||
         glob(pattern, frame->file) ||
         glob(pattern, frame->file.substr(frame->file.rfind('/') + 1));
}

// The places that the claim consists of; not where threads and objects come from.
bool any_site_matches(const std::string& pattern, const Finding& finding) {
  const auto here = [&](const Stack& stack) { return site_matches(pattern, stack); };
  return std::ranges::any_of(finding.edges,
                             [&](const LockOrderEdge& edge) {
                               return here(edge.held_stack) || here(edge.wanted_stack);
                             }) ||
         std::ranges::any_of(finding.accesses,
                             [&](const MemoryAccess& access) { return here(access.stack); }) ||
         std::ranges::any_of(finding.threads, [&](const ThreadInfo& thread) {
           return here(thread.stack) || (thread.wants && here(thread.wants->stack)) ||
                  std::ranges::any_of(thread.held,
                                      [&](const HeldObject& held) { return here(held.stack); });
         });
}

// The ids of what only stands in what a thread did last, and has no part in the claim.
std::set<std::string> bystanders(const Finding& finding) {
  std::set<std::string> ids;
  for (const ThreadInfo& thread : finding.threads) {
    for (const RecentRecord& record : thread.recent) ids.insert(record.object);
  }
  for (const std::string& id : finding.cycle) ids.erase(id);
  for (const LockOrderEdge& edge : finding.edges) {
    ids.erase(edge.from);
    ids.erase(edge.to);
  }
  for (const MemoryAccess& access : finding.accesses) {
    for (const std::string& id : access.held) ids.erase(id);
  }
  for (const ThreadInfo& thread : finding.threads) {
    for (const HeldObject& held : thread.held) ids.erase(held.object);
    if (thread.wants) ids.erase(thread.wants->object);
  }
  // A misuse names its object first, and nobody need hold it.
  if (finding.cycle.empty() && finding.accesses.empty() && !finding.objects.empty()) {
    ids.erase(finding.objects.front().id);
  }
  return ids;
}

bool any_lock_matches(const std::string& pattern, const Finding& finding) {
  const std::set<std::string> others = bystanders(finding);
  return std::ranges::any_of(finding.objects, [&](const Object& object) {
    return object.type != "Thread" && !others.contains(object.id) && glob(pattern, object.name);
  });
}

}  // namespace

Suppressions::Entry Suppressions::parse_entry(std::string_view line) {
  const auto fail = [](const std::string& what) { throw std::runtime_error(what); };
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) {
    fail("'" + std::string(line.substr(0, kLongestMessage)) +
         "' is no entry; write lock:GLOB, site:GLOB or fingerprint:HEX");
  }
  Entry entry;
  std::string_view head = trimmed(line.substr(0, colon));
  entry.pattern = trimmed(line.substr(colon + 1));
  if (const std::size_t slash = head.find('/'); slash != std::string_view::npos) {
    const std::string_view kind = head.substr(0, slash);
    entry.kind = finding_kind_from_name(kind);
    if (!entry.kind) {
      std::vector<std::string> kinds;
      for (const FindingKindInfo& known : finding_kinds()) kinds.emplace_back(known.name);
      fail("no kind of finding is called '" + std::string(kind) + "'" + did_you_mean(kind, kinds));
    }
    head.remove_prefix(slash + 1);
  }
  if (head == "lock") {
    entry.what = What::kLock;
  } else if (head == "site") {
    entry.what = What::kSite;
  } else if (head == "fingerprint") {
    entry.what = What::kFingerprint;
    for (char& c : entry.pattern) {
      c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    if (entry.pattern.size() != 16 ||
        entry.pattern.find_first_not_of("0123456789abcdef") != std::string::npos) {
      fail("a fingerprint has 16 hex digits, not '" + entry.pattern + "'");
    }
  } else {
    fail("'" + std::string(head) + "' is none of lock, site, fingerprint" +
         did_you_mean(head, {"lock", "site", "fingerprint"}));
  }
  if (entry.pattern.size() > kLongestPattern)
    fail("a pattern longer than " + std::to_string(kLongestPattern) + " bytes");
  if (entry.pattern.empty()) fail("nothing after '" + std::string(head) + ":'");
  entry.shown.text = line;
  return entry;
}

Suppressions Suppressions::parse(std::string_view text, const std::string& file) {
  Suppressions result;
  for (int number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trimmed(without_comment(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty()) continue;
    try {
      if (result.entries_.size() == kMaxSuppressions) {
        throw std::runtime_error("more than " + std::to_string(kMaxSuppressions) + " entries");
      }
      Entry entry = parse_entry(line);
      entry.shown.file = file;
      entry.shown.line = number;
      result.entries_.push_back(std::move(entry));
    } catch (const std::runtime_error& error) {
      throw std::runtime_error(file + ":" + std::to_string(number) + ": " + error.what());
    }
  }
  return result;
}

std::vector<Suppression> Suppressions::entries() const {
  std::vector<Suppression> shown;
  for (const Entry& entry : entries_) shown.push_back(entry.shown);
  return shown;
}

bool Suppressions::matches(const Entry& entry, const Finding& finding) {
  if (entry.kind && *entry.kind != finding.kind) return false;
  switch (entry.what) {
    case What::kLock:
      return any_lock_matches(entry.pattern, finding);
    case What::kSite:
      return any_site_matches(entry.pattern, finding);
    case What::kFingerprint:
      return entry.pattern == finding.fingerprint;
  }
  return false;
}

const Suppressions::Entry* Suppressions::use(const Finding& finding) {
  const Entry* first = nullptr;
  for (Entry& entry : entries_) {
    if (!matches(entry, finding)) continue;
    ++entry.shown.uses;
    if (first == nullptr) first = &entry;
  }
  return first;
}

void Suppressions::apply(std::vector<Finding>& findings, std::vector<Finding>& suppressed) {
  for (const Finding& finding : suppressed) use(finding);
  std::vector<Finding> left;
  for (Finding& finding : findings) {
    if (const Entry* const entry = use(finding)) {
      const Suppression& by = entry->shown;
      finding.suppressed_by = by.file + ":" + std::to_string(by.line) + ": " + by.text;
      suppressed.push_back(std::move(finding));
    } else {
      left.push_back(std::move(finding));
    }
  }
  findings = std::move(left);
}

}  // namespace gridlock::internal
