// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/nearest.h"

#include <algorithm>
#include <cstddef>
#include <numeric>

namespace gridlock::internal {
namespace {

// Damerau's distance (optimal string alignment): three rows of the table.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    std::swap(before, last);
    std::swap(last, row);
  }
  return last.back();
}

}  // namespace

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  std::string best;
  std::size_t best_distance = word.size() / 2 + 1;  // anything farther is no help
  for (const std::string& candidate : candidates) {
    const std::size_t here = distance(candidate, word);
    if (here < best_distance) {
      best_distance = here;
      best = candidate;
    }
  }
  return best;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates,
                         std::string_view otherwise) {
  const std::string guess = nearest(word, candidates);
  return guess.empty() ? std::string(otherwise) : "; did you mean '" + guess + "'?";
}

}  // namespace gridlock::internal
