// SPDX-License-Identifier: Apache-2.0
#include "tests/random_programs/places.h"

#include <utility>

namespace gridlock::random_programs {
namespace {

void list_places(std::vector<Statement>& body, std::vector<Place>& places) {
  for (std::size_t i = 0; i <= body.size(); ++i) {
    places.push_back({&body, i});
    if (i < body.size() && !body[i].tail.empty()) list_places(body[i].body, places);
  }
}

}  // namespace

std::vector<Place> places_of(std::vector<Statement>& body) {
  std::vector<Place> places;
  list_places(body, places);
  return places;
}

std::size_t put_behind(std::vector<Statement>& body, std::size_t first, Statement what,
                       std::mt19937& random) {
  const std::vector<Place> places = places_of(body);
  const std::size_t which = first + random() % (places.size() - first);
  const auto [at, index] = places[which];
  at->insert(at->begin() + static_cast<std::ptrdiff_t>(index), std::move(what));
  return which;
}

}  // namespace gridlock::random_programs
