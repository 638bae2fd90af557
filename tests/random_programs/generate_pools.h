// SPDX-License-Identifier: Apache-2.0
//
// Executors and their tasks, put into a program that has its threads already.
#pragma once

#include <functional>
#include <random>
#include <vector>

#include "tests/random_programs/generate.h"

namespace gridlock::random_programs {

/// One or two pools, and tasks, each of which a thread or a task submits and mostly waits for. The tasks
/// become the first of the tree's threads. `body`: what a task does besides.
struct WithPools {
  bool
      alone;  ///< there are no locks and no signals. Then a pool may be told to cancel its queue, which is
  ///< nothing that helps (executor.h): the model knows that of waits for tasks and for room alone
  bool maps;       ///< some are submitted by a map
  bool completed;  ///< one thread or task goes through those that it submitted by as_completed
};
void add_pools(Tree& tree, std::mt19937& random,
               const std::function<std::vector<Statement>()>& body, WithPools with);

}  // namespace gridlock::random_programs
