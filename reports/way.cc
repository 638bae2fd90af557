// SPDX-License-Identifier: Apache-2.0
#include "reports/way.h"

#include "reports/utf8.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <map>
#include <string_view>
#include <utility>

namespace gridlock::internal::reports {
namespace {

struct Words {
  std::string_view operation;
  std::string_view done;     ///< before the object's name
  std::string_view refused;  ///< the same, where it was not granted
};

constexpr Words kWords[] = {
    {"read", "reads", ""},
    {"write", "writes", ""},
    {"load", "loads", ""},
    {"store", "stores", ""},
    {"lock", "takes", "does not get"},
    {"lock_shared", "takes for reading", "does not get"},
    {"try_lock", "takes", "tries in vain to take"},
    {"try_lock_shared", "takes for reading", "tries in vain to take"},
    {"unlock", "gives back", ""},
    {"unlock_shared", "gives back", ""},
    {"acquire", "takes a permit of", "gets no permit of"},
    {"try_acquire", "takes a permit of", "tries in vain to take a permit of"},
    {"release", "gives a permit to", ""},
    {"notify", "notifies", ""},
    {"notify_all", "notifies all of", ""},
    {"set", "sets", ""},
    {"clear", "clears", ""},
    {"count_down", "counts down", ""},
    {"task_done", "finishes a task of", ""},
    {"fulfil", "gives the result of", ""},
    {"futex", "calls the futex", ""},
    {"create", "starts", ""},
    {"join", "joins", "does not see the end of"},
    {"detach", "detaches", ""},
    {"call_once", "calls what runs once", ""},
    {"accept", "accepts a connection at", ""},
    {"connect", "connects", ""},
    {"poll", "looks at", ""},
    {"close", "closes", ""},
    {"use", "uses", ""},
};

std::string_view words_of(const ChosenStep& step) {
  const auto* const words = std::ranges::find(kWords, step.operation, &Words::operation);
  if (words == std::end(kWords)) return {};
  return step.granted || words->refused.empty() ? words->done : words->refused;
}

bool same_value(const std::optional<StepValue>& one, const std::optional<StepValue>& other) {
  return one && other && one->number == other->number && one->address == other->address;
}

std::string named(const ChosenStep& step, const Names& names) {
  return step.object.empty() ? std::string() : " " + names.of(step.object);
}

std::string wait_text(const ChosenStep& step, const Names& names) {
  const std::string what =
      step.operation == "join" ? " the end of" + named(step, names) : named(step, names);
  if (step.object.empty()) return step.waits ? "has to wait" : "goes on";
  return (step.operation == "wait" ? "waits for" : "has to wait for") + what;
}

std::string update_text(const ChosenStep& step, const Names& names) {
  const std::string what = named(step, names);
  if (!step.before) return "changes" + what;
  const std::string before = value_text(*step.before, step.size);
  if (!step.after) return "changes" + what + ", where " + before + " was";
  if (same_value(step.before, step.after)) return "looks at" + what + " and leaves it: " + before;
  return "changes" + what + " from " + before + " to " + value_text(*step.after, step.size);
}

std::string permits_text(const ChosenStep& step) {
  if (!step.before || !step.after) return {};
  return ", " + value_text(*step.before, step.size) + " before and " +
         value_text(*step.after, step.size) + " behind";
}

/// What each thread holds and waits for, as far as its steps say.
class States {
 public:
  void take(const ChosenStep& step) {
    auto at = std::ranges::find(all_, step.thread, &State::thread);
    if (at == all_.end()) at = all_.insert(all_.end(), {step.thread, {}, {}, {}});
    at->held = step.held;
    at->held_shared = step.held_shared;
    at->wanted = step.waits ? step.object : std::string();
  }

  std::string text(const Names& names) const {
    std::vector<std::string> parts;
    for (const State& state : all_) {
      std::vector<std::string> held;
      for (const std::string& id : state.held) held.push_back(names.of(id));
      for (const std::string& id : state.held_shared) held.push_back(names.of(id) + " for reading");
      std::string one;
      if (!held.empty()) one = "holds " + joined(held, ", ");
      if (!state.wanted.empty())
        one += (one.empty() ? "" : " and ") + std::string("waits for ") + names.of(state.wanted);
      if (!one.empty()) parts.push_back(names.of(state.thread) + " " + one);
    }
    return joined(parts, "; ");
  }

 private:
  struct State {
    std::string thread;
    std::vector<std::string> held;
    std::vector<std::string> held_shared;
    std::string wanted;
  };
  std::vector<State> all_;
};

}  // namespace

std::string value_text(const StepValue& value, int size) {
  constexpr std::int64_t kSmall = std::int64_t{1} << 31;
  if (value.address) return "an address";
  if (size < 8 || (value.number < kSmall && value.number >= -kSmall))
    return std::to_string(value.number);
  char digits[24];
  std::snprintf(digits, sizeof digits, "0x%llx", static_cast<unsigned long long>(value.number));
  return digits;
}

std::string values_text(const std::optional<StepValue>& before,
                        const std::optional<StepValue>& after, bool write, int size) {
  if (!write) return before ? ": " + value_text(*before, size) : std::string();
  std::string text;
  if (after) text = ": " + value_text(*after, size);
  if (before && !same_value(before, after)) text += ", where " + value_text(*before, size) + " was";
  return text;
}

std::string step_text(const ChosenStep& step, const Names& names) {
  if (step.waits) return wait_text(step, names);
  if (step.operation == "wait") {
    return (step.granted ? "goes on, woken at" : "goes on, out of time, at") + named(step, names);
  }
  if (step.operation == "update") return update_text(step, names);
  const std::string_view words = words_of(step);
  if (words.empty()) return printable_line(step.operation) + named(step, names);
  std::string text = std::string(words) + named(step, names);
  if (step.goes_on && !step.granted) text += ": out of time";
  if (step.operation == "read" || step.operation == "load")
    return text + values_text(step.before, {}, false, step.size);
  if (step.operation == "write" || step.operation == "store")
    return text + values_text(step.before, step.after, true, step.size);
  return text + permits_text(step);
}

std::vector<std::size_t> shown_steps(const std::vector<ChosenStep>& way, std::size_t limit) {
  std::vector<std::size_t> edges;
  std::vector<std::size_t> others;
  for (std::size_t i = 0; i < way.size(); ++i) {
    const bool first = i == 0 || way[i - 1].thread != way[i].thread;
    const bool last = i + 1 == way.size() || way[i + 1].thread != way[i].thread;
    (first || last || way[i].waits || way[i].goes_on ? edges : others).push_back(i);
  }
  if (edges.size() > limit)
    edges.erase(edges.begin(), edges.end() - static_cast<std::ptrdiff_t>(limit));
  const std::size_t room = std::min(limit - edges.size(), others.size());
  edges.insert(edges.end(), others.end() - static_cast<std::ptrdiff_t>(room), others.end());
  std::ranges::sort(edges);
  return edges;
}

Story way_story(const ChosenExecution& execution, const Names& names, std::size_t limit) {
  const std::vector<ChosenStep>& way = execution.way;
  const std::vector<std::size_t> shown = shown_steps(way, limit);
  Story story;
  story.left_out = way.size() - shown.size();
  States states;
  std::size_t next = 0;
  for (std::size_t i = 0; i < way.size(); ++i) {
    states.take(way[i]);
    if (next == shown.size() || shown[next] != i) continue;
    ++next;
    const std::string what = names.of(way[i].thread) + " " + step_text(way[i], names);
    Episode episode;
    episode.heading = what;
    episode.sites.push_back({"here", what, &way[i].stack});
    episode.thread = way[i].thread;
    episode.is_act = true;
    episode.state = states.text(names);
    story.episodes.push_back(std::move(episode));
  }
  // The last one first, as acts are told.
  std::ranges::reverse(story.episodes);
  return story;
}

}  // namespace gridlock::internal::reports
