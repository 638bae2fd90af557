// SPDX-License-Identifier: Apache-2.0
//
// A scenario is a small program with a declared result. It is registered where it is written:
//
//   GRIDLOCK_SCENARIO(counter_unsafe, {
//       .name = "shared-counter/unsafe",
//       .summary = "Two threads change one counter without a lock",
//       .story = "One thread adds a million times, the other subtracts ...",
//       .case_number = 9,
//       .expect = gridlock::finds(gridlock::FindingKind::kDataRace),
//       .twin = "shared-counter/lock"}) {
//     ...
//   }
//
// The body runs in a child process of its own. Link gridlock::main to get a command that lists and
// runs all of them.
#pragma once

#include <gridlock/cxx20.h>

#ifdef GRIDLOCK_CXX20

#include <gridlock/finding.h>

#include <initializer_list>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

namespace gridlock {

/// What a scenario declares that it shows: exactly these kinds, each at least once, and no other.
/// Empty: it is clean.
struct Expectation {
  std::vector<FindingKind> kinds;  ///< in any order
};

/// @{
/// The expectation of a broken form.
inline Expectation finds(FindingKind kind) { return {{kind}}; }
inline Expectation finds(std::initializer_list<FindingKind> kinds) { return {{kinds}}; }
/// @}
/// The expectation of a fixed form: no finding of any kind.
inline Expectation clean() { return {}; }

/// What a scenario declares where it is registered.
struct ScenarioSpec {
  std::string_view name;          ///< "group/form", unique; letters, digits, '-', '_', '/', '.'
  std::string_view summary = {};  ///< one line
  std::string_view story =
      {};  ///< a paragraph or more that a newcomer can follow; blank line between paragraphs
  int case_number = 0;         ///< number of the course's case; 0 if none
  Expectation expect = {};     ///< empty: that it is clean
  std::string_view twin = {};  ///< name of the other form; empty if none
};

/// A registered scenario.
struct Scenario {
  /// @{
  /// As in ScenarioSpec.
  std::string name;
  std::string summary;
  std::string story;
  int case_number = 0;
  Expectation expect;
  std::string twin;
  /// @}
  std::string file;  ///< where it is registered
  int line = 0;  ///< of the GRIDLOCK_SCENARIO call, 1-based; clang gives the last line of the call
  void (*body)() = nullptr;  ///< what it runs, in a process of its own
};

/// @cond internal
/// Adds one to the registry; made by GRIDLOCK_SCENARIO before main. A bad or repeated name is
/// reported by `gridlock list` and `gridlock run` (exit code 2), not here.
class ScenarioRegistration {
 public:
  ScenarioRegistration(const ScenarioSpec& spec, void (*body)(),
                       std::source_location where = std::source_location::current());
};
/// @endcond

/// All registered scenarios, sorted by case number (0 last), then by name.
std::vector<Scenario> scenarios();

}  // namespace gridlock

/// Registers the function body that follows. `id` is a C++ identifier, unique in its file; the rest
/// is a ScenarioSpec in braces. No memory ordering; runs during static initialisation.
#define GRIDLOCK_SCENARIO(id, ...)                                 \
  static void id();                                                \
  static const ::gridlock::ScenarioRegistration id##_registration{ \
      ::gridlock::ScenarioSpec __VA_ARGS__, &id};                  \
  static void id()

#endif  // GRIDLOCK_CXX20
