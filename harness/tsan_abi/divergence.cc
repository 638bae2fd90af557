// SPDX-License-Identifier: Apache-2.0
#include "harness/tsan_abi/divergence.h"

#include <algorithm>

#include "harness/tsan_abi/symbols.h"

namespace gridlock::internal::controlled {
namespace {

// How many marks of the line the replay has, too, before the first that differs.
u32 same_marks(const Schedule& line, const Followed& followed) {
  u32 same = 0;
  while (same < line.mark_count && same < followed.mark_count &&
         line.marks[same] == followed.marks[same]) {
    ++same;
  }
  return same;
}

}  // namespace

std::string divergence(const Schedule& line, Shared& shared) {
  std::string text = "gridlock: the replay took " + std::to_string(shared.outcome.steps) +
                     " steps and its line has " + std::to_string(line.steps) +
                     (shared.outcome.steps == line.steps ? " others" : "") + ": ";
  const Followed& followed = *shared.followed;
  const u32 same = same_marks(line, followed);
  const u64 every = steps_between_marks(line.steps);
  if (line.mark_count != 0) {
    const u64 from = same * every;
    const u64 to = std::min({from + every, line.steps, std::max(shared.outcome.steps, from + 1)});
    text += "they differ first " +
            (from + 1 >= to
                 ? "at step " + std::to_string(to)
                 : "between the steps " + std::to_string(from + 1) + " and " + std::to_string(to));
    const u64 all = followed.switch_count;
    const Switch* last = nullptr;
    for (u64 i = all > kNamedSwitches ? all - kNamedSwitches : 0; i < all; ++i) {
      const Switch& one = followed.switches[i % kNamedSwitches];
      if (one.step <= to) last = &one;
    }
    for (u32 i = 0; last != nullptr && i < last->frame_count; ++i) {
      Outcome& words = shared.outcome;
      words.text_size = 0;
      Text(words).frame(last->frames[i]);
      const std::string place = with_places({words.text, words.text_size});
      const std::size_t at = place.find("at ");
      if (at == std::string::npos) continue;
      text += ", where T" + std::to_string(last->from + 1) + " was " +
              place.substr(at, place.find('\n') - at);
      break;
    }
    text += "; ";
  }
  const bool changed = line.has_build && line.build != hash_of_code();
  return text + (changed ? "the program was changed since the line was made\n"
                 : line.has_build
                     ? "the program is the same: the line is of another test, or the test depends "
                       "on something besides "
                       "the schedule\n"
                     : "the program was changed, or depends on something besides the schedule\n");
}

}  // namespace gridlock::internal::controlled
