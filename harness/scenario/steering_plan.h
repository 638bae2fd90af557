// SPDX-License-Identifier: Apache-2.0
//
// From a possible deadlock to the plan of a fresh run in which threads are held at its places, and back to what came of it.
#pragma once

#include <gridlock/finding.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gridlock::internal {

struct SteeringPlan;

/// A place in the code that is the same in each run.
struct CodePlace {
  std::string module;
  std::uint64_t offset = 0;
  bool operator==(const CodePlace&) const = default;
};
/// Those of a stack, from the program's own call on: what the debug information made of one of them counts once, and
/// the frames of Gridlock itself are left out.
std::vector<CodePlace> code_places(const Stack& stack);
/// How many of these name the place: up to the innermost frame of the user's, or all. What lies beyond, in a stack of few frames, was found
/// by following frame pointers, and can be anything where code has none.
std::size_t certain_places(const Stack& stack);
/// A whole stack, and not the few frames of an acquisition.
bool is_whole(const Stack& stack);

/// Why the finding cannot be tried; empty if it can.
std::string why_not_steerable(const Finding& finding);

/// How one fresh run goes about it.
struct SteeringWay {
  std::size_t late_edge = ~std::size_t{0};  ///< its thread is held before its first lock
  std::uint32_t patience_ms = 1000;
};

/// What the process counted.
struct SteeringCounts {
  struct Edge {
    std::uint64_t acquired = 0;
    std::uint64_t came = 0;
    std::uint64_t came_without = 0;
  };
  std::vector<Edge> edges;
  std::uint64_t met = 0;
  void add(const SteeringCounts& more);
};

/// A file with the plan; both are gone with it.
class PlanFile {
 public:
  /// Throws std::system_error. The finding has to be steerable.
  PlanFile(std::string path, const Finding& finding, const SteeringWay& way);
  ~PlanFile();
  PlanFile(const PlanFile&) = delete;
  PlanFile& operator=(const PlanFile&) = delete;

  const std::string& path() const { return path_; }
  SteeringCounts counts() const;

 private:
  std::string path_;
  SteeringPlan* plan_ = nullptr;  // mapped
};

}  // namespace gridlock::internal
