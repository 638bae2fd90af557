// SPDX-License-Identifier: Apache-2.0
//
// Threads as scripts: what a strategy is tried on without a thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "harness/schedule/strategy.h"

namespace gridlock::toys {

using internal::u32;
using internal::u64;
using internal::controlled::Moment;
using internal::controlled::Settings;
using internal::controlled::Step;
using internal::controlled::Strategy;
using internal::controlled::ThreadNumber;

struct Move {
  Step step;
  std::function<void()> run = [] {};
  std::function<bool()> spins = [] { return false; };  ///< then the thread yields and looks again
};
using Script = std::vector<Move>;

/// Runs the scripts to their ends, or for `limit` decisions; who made each move, as digits.
inline std::string play(Strategy& strategy, const std::vector<Script>& scripts, u32 limit = 1000) {
  std::vector<std::size_t> at(scripts.size(), 0);
  std::vector<Step> steps(scripts.size());
  std::vector<ThreadNumber> runnable;
  ThreadNumber current = 0;
  bool yields = false;
  std::string order;
  while (order.size() < limit) {
    runnable.clear();
    for (std::size_t i = 0; i < scripts.size(); ++i) {
      if (at[i] == scripts[i].size()) continue;
      runnable.push_back(static_cast<ThreadNumber>(i));
      steps[i] = scripts[i][at[i]].step;
    }
    if (runnable.empty()) break;
    current = strategy.next(
        {runnable.data(), static_cast<u32>(runnable.size()), current, yields, steps.data()});
    order += static_cast<char>('0' + current);
    const Move& move = scripts[current][at[current]];
    yields = move.spins();
    if (yields) continue;
    move.run();
    ++at[current];
  }
  return order;
}

/// Two threads that each read, add one and write; `total` ends as 1 where an update was lost.
struct Counter {
  int total = 0;
  int seen[2] = {};
  std::vector<Script> scripts() {
    const auto script = [this](int i) {
      return Script{{.step = {1, false}, .run = [this, i] { seen[i] = total; }},
                    {.step = {1, true}, .run = [this, i] { total = seen[i] + 1; }}};
    };
    return {script(0), script(1)};
  }
};

}  // namespace gridlock::toys
