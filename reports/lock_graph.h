// SPDX-License-Identifier: Apache-2.0
//
// The locks of a cycle and those that are taken beside them: one step around it, of what the same process is known to do.
#pragma once

#include <gridlock/report.h>

#include <cstddef>
#include <string>
#include <vector>

namespace gridlock::internal::reports {

struct LockGraph {
  struct Node {
    std::string id;
    std::string name;  ///< "accounts (M1)"
    bool on_cycle = false;
    std::size_t beside = 0;  ///< of a node that is not: the one of the cycle that it was met at
  };
  enum class Part : unsigned char {
    kCycle,       ///< a step of the cycle
    kElsewhere,   ///< a step of another finding, or an order that was learned
    kInfeasible,  ///< a step of a cycle that cannot happen
  };
  struct Edge {
    std::size_t from;
    std::size_t to;
    Part part;
    std::string who;      ///< "payer (T1) at bank.cc:9"
    std::string reason;   ///< of kInfeasible: why that cycle cannot happen
    const Stack* wanted;  ///< where the second lock was asked for; never nullptr
  };
  std::vector<Node> nodes;  ///< those of the cycle first, in its order
  std::vector<Edge> edges;
  std::size_t left_out = 0;  ///< edges for which there was no room

  /// More than the cycle by itself.
  bool has_neighbours() const;
};

/// Empty for a finding without steps. The outcome is the one that the finding is of; both must outlive the graph.
LockGraph lock_graph(const Finding& finding, const Outcome& outcome);

}  // namespace gridlock::internal::reports
