// SPDX-License-Identifier: Apache-2.0
//
// The fewest switches that a failure needs: delta debugging (Zeller, Hildebrandt, "Simplifying and isolating
// failure-inducing input", 2002) over the turns of a schedule, each candidate of which is run. What is left fails, and does
// not where any one of its turns is taken away.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "harness/schedule/strategy.h"

namespace gridlock::internal::controlled {

using Turns = std::vector<Turn>;

/// `fails(turns)`: whether a schedule with those fails in the same way; then `turns` becomes what was decided in truth. No more
/// than `most` calls; false: there were not enough.
template <typename Fails>
bool shrink(Turns& turns, Fails fails, std::size_t most) {
  std::size_t calls = 0;
  std::size_t size = turns.size();
  for (;;) {
    size = std::min(size, turns.size());
    if (size == 0) return true;
    bool smaller = false;
    // From the end: a turn does not change those before it.
    for (std::size_t end = turns.size(); end > 0;) {
      const std::size_t begin = end > size ? end - size : 0;
      Turns candidate(turns.begin(), turns.begin() + static_cast<std::ptrdiff_t>(begin));
      candidate.insert(candidate.end(), turns.begin() + static_cast<std::ptrdiff_t>(end),
                       turns.end());
      if (++calls > most) return false;
      if (fails(candidate) && candidate.size() < turns.size()) {
        turns = candidate;
        smaller = true;
        end = std::min(begin, turns.size());
      } else {
        end = begin;
      }
    }
    if (smaller) continue;
    if (size == 1) return true;
    size = (size + 1) / 2;
  }
}

/// The turns of another schedule in which what conflicts comes in the same order as in this one, with fewer switches: a
/// thread goes on until its next step has to come behind another thread's. Whether it can be so is to be tried.
inline Turns straightened(const Traced* steps, std::size_t count) {
  Turns turns;
  std::vector<bool> done(count, false);
  std::size_t first = 0;  // all before it are done
  for (ThreadNumber runs = count == 0 ? ThreadNumber{0} : steps[0].thread;
       first < count && !steps[first].waits;) {
    std::size_t next = first;
    while (next < count && (done[next] || steps[next].thread != runs)) ++next;
    bool is_ready = next < count && !steps[next].waits;
    for (std::size_t i = first; i < next && is_ready; ++i) {
      is_ready = done[i] || !conflict(steps[i].step, steps[next].step);
    }
    if (is_ready) {
      done[next] = true;
      while (first < count && done[first]) ++first;
      continue;
    }
    const ThreadNumber to = steps[first].thread;
    if (next < count) turns.push_back({runs, to, steps[next].position});
    runs = to;
  }
  return turns;
}

}  // namespace gridlock::internal::controlled
