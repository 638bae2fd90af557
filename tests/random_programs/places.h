// SPDX-License-Identifier: Apache-2.0
//
// Where a statement can be put into what a thread does.
#pragma once

#include <random>
#include <vector>

#include "tests/random_programs/generate.h"

namespace gridlock::random_programs {

struct Place {
  std::vector<Statement>* body;
  std::size_t at;
};

/// All places of a thread, in the order in which it comes there.
std::vector<Place> places_of(std::vector<Statement>& body);

/// At any place from `first` on. Returns where.
std::size_t put_behind(std::vector<Statement>& body, std::size_t first, Statement what,
                       std::mt19937& random);

}  // namespace gridlock::random_programs
