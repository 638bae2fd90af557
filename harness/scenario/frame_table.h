// SPDX-License-Identifier: Apache-2.0
//
// The frames of a report, each once. Of ten thousand findings nearly all frames are the same: a report that is large
// lists them in a member of its own, and its stacks are numbers there.
#pragma once

#include <gridlock/report.h>

#include <cstddef>
#include <unordered_map>
#include <vector>

namespace gridlock::internal {

/// Does not own the frames: what it was made from must outlive it, unchanged.
class FrameTable {
 public:
  /// Of a report with fewer frames than this, people read the JSON; its stacks are written out.
  static constexpr std::size_t kWorthwhile = 20'000;

  /// Empty if that is not worthwhile.
  static FrameTable of(const Report& report);

  bool empty() const { return frames_.empty(); }
  /// In the order of their numbers, which count from 0.
  const std::vector<const Frame*>& frames() const { return frames_; }
  /// Of a frame of the report. Throws std::out_of_range for any other.
  std::size_t number_of(const Frame& frame) const { return numbers_.at(&frame); }

 private:
  struct Hash {
    std::size_t operator()(const Frame* frame) const;
  };
  struct Same {
    bool operator()(const Frame* one, const Frame* other) const;
  };
  friend class FrameCollector;

  std::vector<const Frame*> frames_;
  std::unordered_map<const Frame*, std::size_t, Hash, Same> numbers_;  // by what they say
};

}  // namespace gridlock::internal
