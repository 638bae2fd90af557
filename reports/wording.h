// SPDX-License-Identifier: Apache-2.0
//
// What is said of a finding, as sentences and the stacks that belong to them. Text and HTML lay out
// the same words, so they cannot disagree. Everything returned is printable and without markup.
#pragma once

#include <gridlock/report.h>

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace gridlock::internal::reports {

/// No list in a report is longer than this; what is left out is counted, and is in the JSON report.
inline constexpr std::size_t kMaxItems = 16;

/// Ids to what the reader calls them.
class Names {
 public:
  Names(const std::vector<ThreadInfo>& threads, const std::vector<Object>& objects);
  /// Over several processes a thread is called with its process: "main of consumer (P2.T1)".
  explicit Names(const Finding& finding);
  /// "accounts (M1)", or "M1" for what has no name.
  std::string of(std::string_view id) const;
  /// "Lock", "Event" ...: what the object says it is, else what the letter of its id says; empty
  /// for a letter that is not known.
  std::string_view type(std::string_view id) const;

 private:
  void add(const std::vector<ThreadInfo>& threads, const std::vector<Object>& objects,
           const std::vector<ProcessInfo>& processes);

  std::map<std::string, std::string, std::less<>> types_;
  std::map<std::string, std::string, std::less<>> names_;
};

/// A stack and what happened there. Never without a stack worth showing.
struct Site {
  std::string caption;  ///< "accounts (M1) was acquired"
  std::string note;  ///< the same for the margin of the source: "payer (T1) acquires accounts (M1)"
  const Stack* stack = nullptr;
  bool is_earlier = false;  ///< it was done before what the finding claims: something was acquired
};

/// One thing that a finding consists of: an act, an edge, an access, a thread, the memory.
struct Episode {
  std::string heading;  ///< "payer (T1) holds accounts (M1) and asks for journal (M2)"
  std::vector<Site> sites;
  std::string thread = {};  ///< id of the thread that it is about; empty if it is about none
  bool is_act = false;  ///< one of Finding::acts: of these the order is known, the last one first
  std::string state =
      {};  ///< of the threads behind it: "payer (T1) holds M1"; empty if that is not told
};

/// Of the last episode of a story, which tells where threads and objects come from.
inline constexpr std::string_view kOriginsHeading = "Where they come from";

/// Every episode in the order to be read; at most kMaxItems, then `left_out` of them.
struct Story {
  std::vector<Episode> episodes;
  std::size_t left_out = 0;
};
Story story_of(const Finding& finding);
Story story_of(const ProcessDump& dump);
/// The edges alone, without what else the threads hold and where things come from.
Story edges_of(const Finding& finding);

/// What an edge says, by what its ends are and how they are held and wanted.
struct EdgeText {
  std::string heading;  ///< "payer (T1) holds accounts (M1) and asks for journal (M2)"
  std::string held;     ///< "accounts (M1) was acquired"
  std::string held_note;
  std::string wanted;  ///< "journal (M2) was requested"
  std::string wanted_note;
  std::string waits;    ///< "asks for journal (M2)"
  std::string keeps;    ///< "holds accounts (M1)"; empty if it is a signal
  std::string signals;  ///< "sets ready (E1)"; empty if it is no signal
};
/// Whether the edge leads from something that its thread signals, not from something that it holds.
bool is_signal(const LockOrderEdge& edge, const Names& names);
/// What is claimed and what to try: the sentences of situations.def, or what finding_kinds.def has.
/// `report`, if given, has the source that a line of advice is made from.
std::string meaning_text(const Finding& finding, const Report* report = nullptr);
std::string fix_text(const Finding& finding, const Report* report = nullptr);
/// Both, for less than each by itself.
struct Explanation {
  std::string meaning;
  std::string fix;
};
Explanation explanation(const Finding& finding, const Report* report = nullptr);
/// The heading of a finding: its title, and its detail where that says more.
std::string title_text(const Finding& finding);
/// The same finding in the order in which it is told: the cause and the thread that it stops first,
/// those that only wait for them after it, and main's join last; a cycle begins with its first
/// thread.
Finding in_reading_order(Finding finding);

/// "unlocks accounts (M1)".
std::string act_words(const Act& act, const Names& names);
/// Where it was done: the user's frame; for a destructor, its caller. nullptr for no stack.
const Frame* act_site(const Act& act);
/// "bank.cc:12"; empty if no line of the user's is known.
std::string act_place(const Act& act);
/// `one_class`: an edge from an object to itself stands for two objects of one class, because
/// another thread does the same; else for one object that is asked for again.
EdgeText edge_text(const LockOrderEdge& edge, const Names& names, bool one_class);

/// "M1 => M2 => M1" with names; empty if there is no cycle.
std::string cycle_line(const Finding& finding);
/// The thread that asks for `to` while it holds `from`, and where ("payer (T1) at bank.cc:13");
/// empty if unknown.
std::string edge_label(const Finding& finding, const Names& names, std::string_view from,
                       std::string_view to);
/// The same for an edge at hand.
std::string edge_label(const LockOrderEdge& edge, const Names& names);

/// "accounts (M1), journal (M2)", "2 permits of slots (S1)", "nothing".
std::string held_text(const ThreadInfo& thread, const Names& names);
/// "journal (M2), with a timeout", "nothing".
std::string wanted_text(const ThreadInfo& thread, const Names& names);
/// The same for an arrow from the thread to what it waits for, where `letters` fit: "waits for room
/// at shop.cc:9", or "waits at shop.cc:9".
std::string wait_label(const WantedObject& wanted, const Names& names, std::size_t letters);
/// For an arrow from an object to its holder: "2 permits held by".
std::string holder_label(const HeldObject& held, std::string_view type);
/// Why nobody gives what is waited for: "nobody notifies it any more".
std::string dead_end_text(const WantedObject& wanted, const Names& names);
/// Those parts, and ", " or the like between them.
std::string joined(const std::vector<std::string>& parts, std::string_view separator);
/// Whether the thread did anything of note; that it was started is told elsewhere.
bool has_history(const ThreadInfo& thread);
/// The `index`th thing that a thread did last: "lock accounts (M1)", "lock journal (M2), waits".
std::string record_text(const ThreadInfo& thread, std::size_t index, const Names& names);
/// Where it did that, in the user's code; nullptr if only a line of a library is known.
const Frame* record_site(const ThreadInfo& thread, std::size_t index);

/// "as expected".
std::string_view label(Verdict verdict);
/// "data-race, deadlock" or "no finding".
std::string expected_text(const Outcome& outcome);
/// "2 data-race, deadlock" or "no finding".
std::string found_text(const Outcome& outcome);
/// How the process ended when that says something that the reason does not: "ended by SIGSEGV", "exit
/// code 3"; else empty.
std::string ending_text(const Outcome& outcome);
/// "0.12 s".
std::string seconds_text(double seconds);
/// "14 scenarios: 12 as expected, 1 missed (7 findings)"; programs.h for what is none.
std::string summary_text(const Report& report);
/// What a run took and was built with: "24.2 s, clang 19 + ThreadSanitizer"; empty if unknown.
std::string run_text(const Report& report);
/// "last.json: 1 new, 2 unchanged, 1 fixed"; empty if it was compared with none.
std::string compared_text(const Report& report);
/// The first outcome that did not pass and has a command; nullptr if there is none.
const Outcome* worth_a_rerun(const Report& report);
/// "1,204".
std::string grouped(std::uint64_t number);
/// "1 finding", "2 findings".
std::string counted(std::size_t count, std::string_view noun);

}  // namespace gridlock::internal::reports
