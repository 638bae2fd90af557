// SPDX-License-Identifier: Apache-2.0
#include "tests/random_programs/in_turn.h"

#include <optional>
#include <utility>

namespace gridlock::random_programs {
namespace {

// The next one after `thread` that can do something, itself last.
std::optional<u32> next_after(const Model& model, const State& state, u32 thread) {
  for (u32 i = 1; i <= model.size(); ++i) {
    const u32 next = (thread + i) % model.size();
    if (model.can_step(state, next)) return next;
  }
  return std::nullopt;
}

}  // namespace

InTurn in_turn(const traces::Program& program, traces::Run run) {
  Model model(program, run, run == traces::Run::kHang);
  State state = model.first();
  InTurn found;
  const u32 main = model.size() - 1;
  bool meets = run == traces::Run::kHang;
  for (std::optional<u32> thread = main; thread;) {
    if (std::exchange(state.threads[*thread].yields, false)) {
      const std::optional<u32> next = next_after(model, state, *thread);
      if (next) {
        thread = next;
        continue;
      }
    }
    if (!model.can_step(state, *thread)) {
      thread = next_after(model, state, *thread);
      if (!thread && std::exchange(meets, false)) {
        model.end_meeting();
        thread = next_after(model, state, main);
      }
      continue;
    }
    model.step(state, *thread);
    found.turns.push_back(*thread);
  }
  found.ends = model.all_done(state);
  return found;
}

}  // namespace gridlock::random_programs
