// SPDX-License-Identifier: Apache-2.0
//
// Findings that the user knows and does not want to count. A file, one entry a line:
//
//   # known, ticket 17
//   lock:log*                        any lock (or other object) of the finding has such a name
//   data-race/site:*legacy.cc        only data races: the function, or the file with or without its
//                                    directory, of any site of the finding
//   fingerprint:0123456789abcdef     exactly this defect
//
// Globs: '*' any characters ('/' too), '?' one, "[ab]" one of these. A '#' at the start of a line
// or after a space begins a comment. A function matches with and without its parameter list.
#pragma once

#include <gridlock/report.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gridlock::internal {

class Suppressions {
 public:
  /// Reads the text of a file. Throws std::runtime_error with one line, "FILE:LINE: what is wrong".
  static Suppressions parse(std::string_view text, const std::string& file);

  [[nodiscard]] bool empty() const { return entries_.empty(); }
  /// With the uses counted so far.
  [[nodiscard]] std::vector<Suppression> entries() const;

  /// Moves the findings that an entry matches from `findings` to `suppressed`, and notes in each by
  /// which (the first in the file). Every entry that matches counts as used, also by what was in
  /// `suppressed` before. Call it when symbols and fingerprints are filled in. Linear in findings
  /// times entries.
  void apply(std::vector<Finding>& findings, std::vector<Finding>& suppressed);

 private:
  enum class What { kLock, kSite, kFingerprint };
  struct Entry {
    Suppression shown;
    std::optional<FindingKind> kind;  // none: every kind
    What what = What::kLock;
    std::string pattern;
  };
  static Entry parse_entry(std::string_view line);
  static bool matches(const Entry& entry, const Finding& finding);
  /// The first entry that matches; null if none does.
  const Entry* use(const Finding& finding);

  std::vector<Entry> entries_;
};

}  // namespace gridlock::internal
