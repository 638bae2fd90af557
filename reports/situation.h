// SPDX-License-Identifier: Apache-2.0
//
// Which of the situations of situations.def a finding is, and the words that its sentences name. The
// kind of a finding says what sort of thing went wrong; advice has to fit what was done.
#pragma once

#include <gridlock/report.h>

#include "reports/wording.h"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace gridlock::internal::reports {

enum class Situation : std::uint8_t {
#define GRIDLOCK_SITUATION(enumerator, name, happened, could, fix) enumerator,
#include "reports/situations.def"
#undef GRIDLOCK_SITUATION
};

/// A row of situations.def.
struct SituationInfo {
  Situation situation;
  std::string_view name;
  std::string_view happened;
  std::string_view could;
  std::string_view fix;
};
std::span<const SituationInfo> situations() noexcept;
const SituationInfo& info(Situation situation) noexcept;

using Words = std::map<std::string, std::string, std::less<>>;

/// A finding as one of them.
struct Case {
  Situation situation = Situation::kOther;
  Words words;
};
/// `report`, if given, has the source lines that a line of advice is made from.
Case case_of(const Finding& finding, const Report* report = nullptr);

/// The sentence with its {words} filled in, and without each ((part)) in which one is missing.
std::string filled(std::string_view sentence, const Words& words);

/// A finding and the ways to ask it something.
class View {
 public:
  View(const Finding& of, const Report* sources) : finding(of), report(sources), names(of) {}
  std::string name(std::string_view id) const { return names.of(id); }
  std::string_view type(std::string_view id) const { return names.type(id); }
  const ThreadInfo* thread(std::string_view id) const;
  /// "bank.cc:12", or empty.
  static std::string place(const Stack& stack);
  /// The source line of a stack's site, without the space around it; empty if it is not at hand.
  std::string_view line(const Stack& stack) const;

  const Finding& finding;
  const Report* report;
  const Names names;
};

/// What the thread has of that object; nullptr if it has nothing of it.
const HeldObject* held_of(const ThreadInfo& thread, std::string_view object);
/// Sets "threads" to their names, and "wait", "are", "hold", "ask" to the forms that go with them.
void set_threads(Words& words, const View& view, const std::vector<std::string>& ids);
/// "payer (T1), auditor (T2) and main (T3)"; each once, at most kMaxItems.
std::string listed(const View& view, const std::vector<std::string>& ids);

/// Nothing, where the finding is none of these.
std::optional<Case> cycle_case(const View& view);   ///< situation_cycles.cc
std::optional<Case> stuck_case(const View& view);   ///< situation_stuck.cc
std::optional<Case> misuse_case(const View& view);  ///< situation_misuse.cc
/// Situation of a wait for an object of this type while something is held that others need.
Situation under_lock(std::string_view type);

/// What a guard or a call on this line locks: "from.lock" of `std::lock_guard hold{from.lock};` and
/// of `from.lock.lock();`; empty if the line is not understood.
std::string locked_expression(std::string_view line);
/// A wait on a condition with a test in it: "ready.wait(hold, [&] { return done; });" made from
/// `ready.wait(hold);`; empty if the line is not such a wait.
std::string wait_with_test(std::string_view line);

}  // namespace gridlock::internal::reports
