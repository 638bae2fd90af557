// SPDX-License-Identifier: Apache-2.0
#include "tests/random_programs/generate_timers.h"

#include <string>
#include <utility>

#include "tests/random_programs/places.h"

namespace gridlock::random_programs {
namespace {

class Timers {
 public:
  Timers(Tree& tree, std::mt19937& random) : tree_(tree), random_(random) {}

  void add(const std::function<std::vector<Statement>()>& body) {
    const std::size_t threads = tree_.threads.size();
    const std::size_t timers = 1 + below(2);
    for (std::size_t i = 0; i < timers; ++i) {
      const auto main = tree_.threads.end() - 1;
      tree_.threads.insert(main, {"timer z" + std::to_string(i + 1), body()});
    }
    for (std::size_t i = 0; i < timers; ++i) {
      const std::size_t owner = below(threads);
      use("z" + std::to_string(i + 1), owner + 1 == threads ? tree_.threads.size() - 1 : owner);
    }
  }

 private:
  std::size_t below(std::size_t bound) { return random_() % bound; }
  bool one_in(std::size_t count) { return below(count) == 0; }

  // Started, joined and dropped by one thread: those are for one at a time.
  void use(const std::string& name, std::size_t owner) {
    std::vector<Statement>& body = tree_.threads[owner].body;
    const std::size_t at = put_behind(body, 0, {"start " + name});
    if (one_in(2)) {
      put_behind(body, at + 1, {(one_in(3) ? "drop " : "join ") + name});
    }
    if (one_in(2))
      put_behind(tree_.threads[below(tree_.threads.size())].body, 0, {"cancel " + name});
  }

  std::size_t put_behind(std::vector<Statement>& body, std::size_t first, Statement what) {
    return random_programs::put_behind(body, first, std::move(what), random_);
  }

  Tree& tree_;
  std::mt19937& random_;
};

}  // namespace

void add_timers(Tree& tree, std::mt19937& random,
                const std::function<std::vector<Statement>()>& body) {
  Timers(tree, random).add(body);
}

}  // namespace gridlock::random_programs
