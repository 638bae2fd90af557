// SPDX-License-Identifier: Apache-2.0
#include "tests/random_programs/explore.h"

#include <algorithm>
#include <random>
#include <string_view>
#include <unordered_set>

namespace gridlock::random_programs {
namespace {

struct Node {
  u32 from;    // index of the one before
  u32 thread;  // that stepped
};

class Search {
 public:
  Search(const Model& model, unsigned seed)
      : model_(model), random_(seed), stays_(seed % 2 == 0), width_(model.packed_size()) {}

  Schedules run() {
    add(model_.first(), 0, 0);
    while (!open_.empty() && nodes_.size() < kMaxStates) {
      const u32 at = open_.back();
      open_.pop_back();
      expand(at);
    }
    found_.complete = open_.empty();
    found_.states = nodes_.size();
    if (end_ != kNone) found_.lucky = path_to(end_);
    if (hang_ != kNone) found_.hanging = path_to(hang_);
    return std::move(found_);
  }

 private:
  static constexpr u32 kNone = ~0U;

  struct Hash {
    const Search* search;
    std::size_t operator()(u32 index) const {
      return std::hash<std::string_view>{}(search->bytes_of(index));
    }
  };
  struct Equal {
    const Search* search;
    bool operator()(u32 a, u32 b) const { return search->bytes_of(a) == search->bytes_of(b); }
  };

  std::string_view bytes_of(u32 index) const {
    return {reinterpret_cast<const char*>(&states_[index * width_]), width_};
  }
  State state_of(u32 index) const { return model_.unpack(&states_[index * width_]); }

  void add(const State& state, u32 from, u32 thread) {
    const auto index = static_cast<u32>(nodes_.size());
    nodes_.push_back({from, thread});
    states_.resize(nodes_.size() * width_);
    model_.pack(state, &states_[index * width_]);
    if (seen_.insert(index).second) {
      open_.push_back(index);
    } else {
      nodes_.pop_back();
    }
  }

  // The last one that is added is the next one that is looked at.
  void expand(u32 at) {
    const State state = state_of(at);
    std::vector<u32> ready;
    for (u32 i = 0; i < model_.size(); ++i) {
      if (model_.can_step(state, i)) ready.push_back(i);
    }
    if (ready.empty() || model_.is_starved(state)) return note_end(at, state);
    std::ranges::shuffle(ready, random_);
    const auto same = std::ranges::find(ready, nodes_[at].thread);
    if (stays_ && same != ready.end()) std::iter_swap(same, ready.end() - 1);
    for (const u32 thread : ready) {
      State next = state;
      model_.step(next, thread);
      add(next, at, thread);
    }
  }

  void note_end(u32 at, const State& state) {
    if (model_.all_done(state)) {
      found_.can_end = true;
      if (end_ == kNone) end_ = at;
      return;
    }
    found_.can_hang = true;
    if (hang_ == kNone) hang_ = at;
    Objects waited_for = 0;
    for (u32 i = 0; i < model_.size(); ++i) waited_for |= model_.waits_for(state, i);
    found_.standstills.insert(waited_for);
  }

  std::vector<u32> path_to(u32 at) const {
    std::vector<u32> path;
    for (; at != 0; at = nodes_[at].from) path.push_back(nodes_[at].thread);
    std::ranges::reverse(path);
    return path;
  }

  const Model& model_;
  std::mt19937 random_;
  bool stays_;
  std::size_t width_;  // of a state
  std::vector<Node> nodes_;
  std::vector<std::uint8_t> states_;
  std::unordered_set<u32, Hash, Equal> seen_{64, Hash{this}, Equal{this}};
  std::vector<u32> open_;
  u32 end_ = kNone;
  u32 hang_ = kNone;
  Schedules found_;
};

}  // namespace

Schedules explore(const traces::Program& program, unsigned seed, traces::Run run) {
  const Model model(program, run);
  return Search(model, seed).run();
}

bool is_reached(const Schedules& schedules, Objects objects) {
  return std::ranges::any_of(schedules.standstills,
                             [&](Objects each) { return (each & objects) == objects; });
}

}  // namespace gridlock::random_programs
