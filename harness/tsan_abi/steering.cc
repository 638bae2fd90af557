// SPDX-License-Identifier: Apache-2.0
//
// The record is the observer's own, one line of JSON without spaces: what is looked for in it are members by their names.
#include "harness/tsan_abi/steering.h"

#include <cstdlib>

namespace gridlock::internal::controlled {
namespace {

constexpr std::string_view kOffset = "\"offset\":";

/// What stands between the brackets behind `name`; empty: nothing does.
std::string_view member(std::string_view text, std::string_view name) {
  const std::size_t at = text.find(name);
  if (at == std::string_view::npos) return {};
  const std::size_t begin = at + name.size();
  int depth = 1;
  for (std::size_t i = begin; i < text.size(); ++i) {
    if (text[i] == '[' || text[i] == '{') ++depth;
    if ((text[i] == ']' || text[i] == '}') && --depth == 0) return text.substr(begin, i - begin);
  }
  return {};
}

u32 next_offset(std::string_view& text) {
  const std::size_t at = text.find(kOffset);
  if (at == std::string_view::npos) return 0;
  text.remove_prefix(at + kOffset.size());
  return static_cast<u32>(std::strtoull(std::string(text.substr(0, 20)).c_str(), nullptr, 10));
}

bool read_edge(std::string_view text, SteeredCycle::Edge& edge) {
  std::string_view held = member(text, "\"held_stack\":[");
  std::string_view wanted = member(text, "\"wanted_stack\":[");
  edge.held = next_offset(held);
  while (edge.count < SteeredCycle::kPlaces) {
    const u32 offset = next_offset(wanted);
    if (offset == 0) break;
    edge.wanted[edge.count++] = offset;
  }
  return edge.held != 0 && edge.count != 0;
}

}  // namespace

bool read_cycle(const std::string& record, SteeredCycle& cycle) {
  cycle = {};
  if (record.find("\"kind\":\"lock-order-cycle\"") == std::string::npos) return false;
  std::string_view edges = member(record, "\"edges\":[");
  while (!edges.empty()) {
    const std::string_view edge = member(edges, "{");
    if (edge.empty()) break;
    if (cycle.edges == SteeredCycle::kEdges) return false;
    if (!read_edge(edge, cycle.edge[cycle.edges++])) return false;
    edges.remove_prefix(static_cast<std::size_t>(edge.data() + edge.size() - edges.data()));
    if (!edges.empty()) edges.remove_prefix(1);
  }
  return cycle.edges > 1;
}

}  // namespace gridlock::internal::controlled
