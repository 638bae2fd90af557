// SPDX-License-Identifier: Apache-2.0
#include "tests/random_programs/generate_pools.h"

#include <algorithm>
#include <string>
#include <utility>

#include "tests/random_programs/places.h"

namespace gridlock::random_programs {
namespace {

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

  void add(const std::function<std::vector<Statement>()>& body, WithPools with) {
    const bool alone = with.alone;
    declare("w");
    if (one_in(3)) declare("x");
    tasks_ = 2 + below(alone ? 3 : 2);
    for (std::size_t i = 0; i < tasks_; ++i) {
      of_.push_back(pools_[below(pools_.size())]);
      const std::string name = "k" + std::to_string(i + 1) + " " + of_.back();
      tree_.threads.insert(tree_.threads.begin() + static_cast<std::ptrdiff_t>(i),
                           {"task " + name, body()});
    }
    for (std::size_t i = 0; i < tasks_;) i += with.maps && !one_in(4) ? map(i) : submit(i);
    for (std::size_t i = 0; i < tasks_; ++i) {
      if (submitters_[i] != kNobody && one_in(2)) wait_in_a_later_task(i);
    }
    if (with.completed) go_through_completed(body);
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

  std::size_t put_behind(std::vector<Statement>& body, std::size_t first, Statement what) {
    return random_programs::put_behind(body, first, std::move(what), random_);
  }

  // By a thread, or by a task that comes before it in the program.
  std::size_t any_before(std::size_t task) {
    const std::size_t threads = tree_.threads.size() - tasks_;
    return task != 0 && !one_in(3) ? below(task) : tasks_ + below(threads);
  }

  // How many.
  std::size_t submit(std::size_t task) {
    const std::size_t by = any_before(task);
    submitters_.push_back(by);
    std::vector<Statement>& body = tree_.threads[by].body;
    const std::size_t at = put_behind(body, 0, {"submit " + name_of(task)});
    if (!one_in(8)) put_behind(body, at + 1, {"wait " + name_of(task)});
    return 1;
  }

  // This one and those that follow it in the same pool, or some of them.
  std::size_t map(std::size_t first) {
    const std::size_t by = any_before(first);
    std::string head = "map " + name_of(first);
    std::size_t count = 1;
    for (; first + count < tasks_ && of_[first + count] == of_[first] && !one_in(4); ++count)
      head += " " + name_of(first + count);
    put_behind(tree_.threads[by].body, 0, {head});
    submitters_.insert(submitters_.end(), count, kNobody);
    return count;
  }

  // Behind all submits of a thread or task. Where it does something with each
  // result, it holds nothing.
  void go_through_completed(const std::function<std::vector<Statement>()>& each) {
    const std::size_t by = submitters_[below(tasks_)];
    std::vector<Statement>& body = tree_.threads[by].body;
    const std::vector<Place> places = places_of(body);
    std::string head = "completed";
    std::size_t first = 0;
    for (std::size_t i = 0; i < places.size(); ++i) {
      const auto& [at, index] = places[i];
      if (index == at->size() || !(*at)[index].head.starts_with("submit ")) continue;
      head += " " + (*at)[index].head.substr(7);
      first = i + 1;
    }
    Statement statement{head + " {", "}", {}};
    if (one_in(2)) return void(put_behind(body, first, std::move(statement)));
    statement.body = each();  // at its end nothing is held
    body.push_back(std::move(statement));
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
  static constexpr std::size_t kNobody = ~std::size_t{0};  // who has the future
  std::vector<std::string> of_;                            // the pool of each task
  std::vector<std::size_t> submitters_;                    // of each task
};

}  // namespace

void add_pools(Tree& tree, std::mt19937& random,
               const std::function<std::vector<Statement>()>& body, WithPools with) {
  Pools(tree, random).add(body, with);
}

}  // namespace gridlock::random_programs
