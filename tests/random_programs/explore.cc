// SPDX-License-Identifier: Apache-2.0
#include "tests/random_programs/explore.h"

#include <algorithm>
#include <cstring>
#include <random>
#include <string_view>
#include <unordered_set>

namespace gridlock::random_programs {
namespace {

struct Node {
  State state;
  u32 from;    // index of the one before
  u32 thread;  // that stepped
};

std::string_view bytes_of(const State& state) {
  static_assert(sizeof(State) == sizeof(State::threads) + sizeof(State::objects));
  return {reinterpret_cast<const char*>(&state), sizeof state};
}

class Search {
 public:
  Search(const Model& model, unsigned seed) : model_(model), random_(seed), stays_(seed % 2 == 0) {}

  Schedules run() {
    add(model_.first(), 0, 0);
    while (!open_.empty() && nodes_.size() < kMostStates) {
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
    const std::vector<Node>* nodes;
    std::size_t operator()(u32 index) const {
      return std::hash<std::string_view>{}(bytes_of((*nodes)[index].state));
    }
  };
  struct Equal {
    const std::vector<Node>* nodes;
    bool operator()(u32 a, u32 b) const { return (*nodes)[a].state == (*nodes)[b].state; }
  };

  void add(const State& state, u32 from, u32 thread) {
    nodes_.push_back({state, from, thread});
    const auto index = static_cast<u32>(nodes_.size() - 1);
    if (seen_.insert(index).second) {
      open_.push_back(index);
    } else {
      nodes_.pop_back();
    }
  }

  // The last one that is added is the next one that is looked at.
  void expand(u32 at) {
    std::vector<u32> ready;
    for (u32 i = 0; i < model_.size(); ++i) {
      if (model_.can_step(nodes_[at].state, i)) ready.push_back(i);
    }
    if (ready.empty()) return note_end(at);
    std::ranges::shuffle(ready, random_);
    const auto same = std::ranges::find(ready, nodes_[at].thread);
    if (stays_ && same != ready.end()) std::iter_swap(same, ready.end() - 1);
    for (const u32 thread : ready) {
      State next = nodes_[at].state;
      model_.step(next, thread);
      add(next, at, thread);
    }
  }

  void note_end(u32 at) {
    const State& state = nodes_[at].state;
    if (model_.all_done(state)) {
      found_.can_end = true;
      if (end_ == kNone) end_ = at;
      return;
    }
    found_.can_hang = true;
    if (hang_ == kNone) hang_ = at;
    u32 waited_for = 0;
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
  std::vector<Node> nodes_;
  std::unordered_set<u32, Hash, Equal> seen_{64, Hash{&nodes_}, Equal{&nodes_}};
  std::vector<u32> open_;
  u32 end_ = kNone;
  u32 hang_ = kNone;
  Schedules found_;
};

}  // namespace

Schedules explore(const traces::Program& program, unsigned seed) {
  const Model model(program);
  return Search(model, seed).run();
}

bool is_reached(const Schedules& schedules, u32 objects) {
  return std::ranges::any_of(schedules.standstills,
                             [&](u32 each) { return (each & objects) == objects; });
}

}  // namespace gridlock::random_programs
