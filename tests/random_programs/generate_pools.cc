// SPDX-License-Identifier: Apache-2.0
#include "tests/random_programs/generate_pools.h"

#include <algorithm>
#include <string>
#include <utility>

namespace gridlock::random_programs {
namespace {

struct Place {
  std::vector<Statement>* body;
  std::size_t at;
};

// All places of a thread, in the order in which it comes there.
void list_places(std::vector<Statement>& body, std::vector<Place>& places) {
  for (std::size_t i = 0; i <= body.size(); ++i) {
    places.push_back({&body, i});
    if (i < body.size() && !body[i].tail.empty()) list_places(body[i].body, places);
  }
}

// How many statements of the thread begin with that one, or before it; 0 if it is not there.
std::size_t position_of(const std::vector<Statement>& body, const std::string& head,
                        std::size_t& count) {
  for (const Statement& each : body) {
    ++count;
    if (each.head == head) return count;
    if (const std::size_t found = position_of(each.body, head, count)) return found;
  }
  return 0;
}
std::size_t position_of(const std::vector<Statement>& body, const std::string& head) {
  std::size_t count = 0;
  return position_of(body, head, count);
}

class Pools {
 public:
  Pools(Tree& tree, std::mt19937& random) : tree_(tree), random_(random) {}

  void add(const std::function<std::vector<Statement>()>& body, bool alone) {
    declare("w");
    if (one_in(3)) declare("x");
    tasks_ = 2 + below(alone ? 3 : 2);
    for (std::size_t i = 0; i < tasks_; ++i) {
      const std::string name = "k" + std::to_string(i + 1) + " " + pools_[below(pools_.size())];
      tree_.threads.insert(tree_.threads.begin() + static_cast<std::ptrdiff_t>(i),
                           {"task " + name, body()});
    }
    for (std::size_t i = 0; i < tasks_; ++i) submit(i);
    for (std::size_t i = 0; i < tasks_; ++i) {
      if (one_in(2)) wait_in_a_later_task(i);
    }
    if (one_in(6)) {
      const std::string how = alone && one_in(2) ? "cancel " : "shutdown ";
      put_behind(tree_.threads.back().body, 0, {how + pools_[below(pools_.size())]});
    }
  }

 private:
  std::size_t below(std::size_t bound) { return random_() % bound; }
  bool one_in(std::size_t count) { return below(count) == 0; }

  void declare(const std::string& name) {
    pools_.push_back(name);
    tree_.declarations.push_back("pool " + name + (one_in(2) ? " 2" : " 1") +
                                 (one_in(4) ? " 1" : ""));
  }

  static std::string name_of(std::size_t task) { return "k" + std::to_string(task + 1); }

  // At any place from `first` on. Returns where.
  std::size_t put_behind(std::vector<Statement>& body, std::size_t first, Statement what) {
    std::vector<Place> places;
    list_places(body, places);
    const std::size_t which = first + below(places.size() - first);
    const auto [at, index] = places[which];
    at->insert(at->begin() + static_cast<std::ptrdiff_t>(index), std::move(what));
    return which;
  }

  // By a thread, or by a task that comes before it in the program.
  void submit(std::size_t task) {
    const std::size_t threads = tree_.threads.size() - tasks_;
    const std::size_t by = task != 0 && !one_in(3) ? below(task) : tasks_ + below(threads);
    submitters_.push_back(by);
    std::vector<Statement>& body = tree_.threads[by].body;
    const std::size_t at = put_behind(body, 0, {"submit " + name_of(task)});
    if (!one_in(8)) put_behind(body, at + 1, {"wait " + name_of(task)});
  }

  // Whoever submitted both gave the future to the later one.
  void wait_in_a_later_task(std::size_t task) {
    const std::size_t by = submitters_[task];
    const std::vector<Statement>& body = tree_.threads[by].body;
    for (std::size_t i = 0; i < tasks_; ++i) {
      if (i == task || submitters_[i] != by) continue;
      if (position_of(body, "submit " + name_of(i)) < position_of(body, "submit " + name_of(task)))
        continue;
      put_behind(tree_.threads[i].body, 0, {"wait " + name_of(task)});
      return;
    }
  }

  Tree& tree_;
  std::mt19937& random_;
  std::size_t tasks_ = 0;
  std::vector<std::string> pools_;
  std::vector<std::size_t> submitters_;  // of each task
};

}  // namespace

void add_pools(Tree& tree, std::mt19937& random,
               const std::function<std::vector<Statement>()>& body, bool alone) {
  Pools(tree, random).add(body, alone);
}

}  // namespace gridlock::random_programs
