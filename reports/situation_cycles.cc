// SPDX-License-Identifier: Apache-2.0
//
// Situations of cycles: lock-order-cycle, deadlock, self-deadlock, and declared-order, whose one edge
// reads as theirs do.
#include "reports/frames.h"
#include "reports/object_types.h"
#include "reports/situation.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace gridlock::internal::reports {
namespace {

using Edges = std::vector<LockOrderEdge>;

bool on_itself(const LockOrderEdge& edge) { return edge.from == edge.to; }

std::vector<std::string> threads_of(const Edges& edges) {
  std::vector<std::string> ids;
  for (const LockOrderEdge& edge : edges) ids.push_back(edge.thread);
  return ids;
}

std::vector<std::string> objects_of(const Edges& edges) {
  std::vector<std::string> ids;
  for (const LockOrderEdge& edge : edges) ids.push_back(edge.from);
  return ids;
}

/// "std::scoped_lock hold{from.lock, to.lock};", with the expressions of the function that takes
/// both; empty where they are not taken in one function, or are not known.
std::string scoped_lock(const View& view, const LockOrderEdge& edge) {
  if (!edge.held_mode.empty() || !edge.wanted_mode.empty()) return {};
  if (!is_lock(view.type(edge.from)) || !is_lock(view.type(edge.to))) return {};
  const Frame* const held = site_of(edge.held_stack);
  const Frame* const wanted = site_of(edge.wanted_stack);
  if (held == nullptr || wanted == nullptr || held->file != wanted->file) return {};
  // A frame that comes from std::source_location spells its function in another way.
  if (held->module.empty() == wanted->module.empty() && held->function != wanted->function)
    return {};
  const std::string first = locked_expression(view.line(edge.held_stack));
  const std::string second = locked_expression(view.line(edge.wanted_stack));
  if (first.empty() || second.empty() || first == second) return {};
  return "std::scoped_lock hold{" + first + ", " + second + "};";
}

std::string scoped_lock(const View& view) {
  for (const LockOrderEdge& edge : view.finding.edges) {
    if (std::string line = scoped_lock(view, edge); !line.empty()) return line;
  }
  return {};
}

Case with(Situation situation, Words words) { return {situation, std::move(words)}; }

Words words_of(const View& view) {
  const Edges& edges = view.finding.edges;
  Words words;
  set_threads(words, view, threads_of(edges));
  words["thread"] = view.name(edges.front().thread);
  words["locks"] = listed(view, objects_of(edges));
  words["object"] = view.name(edges.front().to);
  words["first"] = view.name(edges.front().from);
  words["second"] = view.name(edges.front().to);
  words["scoped_lock"] = scoped_lock(view);
  words["held_at"] = View::place(edges.front().held_stack);
  return words;
}

/// A thread waits for what it has, or is, itself.
std::optional<Case> alone(const View& view) {
  const LockOrderEdge& edge = view.finding.edges.front();
  Words words = words_of(view);
  words["where"] = View::place(edge.wanted_stack);
  const std::string_view type = view.type(edge.to);
  if (view.finding.detail == "in a signal handler") return with(Situation::kLockInHandler, words);
  if (is_execution(type)) return with(Situation::kJoinSelf, words);
  if (type == "OnceFlag") return with(Situation::kOnceAgain, words);
  if (is_semaphore(type)) return with(Situation::kPermitAgain, words);
  if (!is_lock(type)) return std::nullopt;
  words["writer"] = "a writer";
  words["whom"] = "itself";
  if (edge.held_mode == "queued") return std::nullopt;
  const bool reads = edge.held_mode == "shared" || edge.held_mode == "upgrade";
  if (reads && edge.wanted_mode == "shared") return with(Situation::kReadAgain, words);
  if (reads) return with(Situation::kWriteUnderRead, words);
  if (edge.wanted_mode == "shared") return with(Situation::kReadUnderWrite, words);
  words["recursive"] = type == "Lock" ? "gridlock::RLock" : "";
  return with(Situation::kLockAgain, words);
}

/// Several threads and one object, or one class of locks.
std::optional<Case> together(const View& view) {
  const Edges& edges = view.finding.edges;
  Words words = words_of(view);
  if (is_semaphore(view.type(edges.front().to))) return with(Situation::kPermitsPiecemeal, words);
  if (!is_lock(view.type(edges.front().to))) return std::nullopt;
  const auto counts = [&](const std::string& held, const std::string& wanted) {
    return std::ranges::count_if(edges, [&](const LockOrderEdge& edge) {
      return edge.held_mode == held && edge.wanted_mode == wanted;
    });
  };
  const auto again = std::ranges::find_if(edges, [](const LockOrderEdge& edge) {
    return edge.held_mode == "shared" && edge.wanted_mode == "shared";
  });
  if (again != edges.end()) {
    const auto writer = std::ranges::find(edges, std::string("queued"), &LockOrderEdge::held_mode);
    words["thread"] = view.name(again->thread);
    words["writer"] = writer == edges.end() ? "a writer" : view.name(writer->thread);
    return with(Situation::kReadAgain, words);
  }
  if (std::ranges::any_of(
          edges, [](const LockOrderEdge& edge) { return edge.wanted_mode == "upgrade"; })) {
    return with(Situation::kUpgradeTwice, words);
  }
  words["whom"] = "each other";
  if (counts("shared", "") > 0) return with(Situation::kWriteUnderRead, words);
  return with(Situation::kLocksOfOneClass, words);
}

/// Somewhere in it a thread waits for a signal, or for another's end.
std::optional<Case> with_signals(const View& view) {
  const Edges& edges = view.finding.edges;
  Words words = words_of(view);
  const auto signals = [&](const LockOrderEdge& edge) { return is_signal(edge, view.names); };
  if (std::ranges::all_of(edges, signals)) {
    const bool joins = std::ranges::all_of(
        edges, [&](const LockOrderEdge& edge) { return is_execution(view.type(edge.from)); });
    return with(joins ? Situation::kJoinRing : Situation::kSignalsCrossed, words);
  }
  for (const LockOrderEdge& wait : edges) {
    if (signals(wait)) continue;
    const auto signal = std::ranges::find_if(edges, [&](const LockOrderEdge& edge) {
      return edge.from == wait.to && &edge != &wait && signals(edge);
    });
    if (signal == edges.end()) continue;
    const EdgeText waits = edge_text(wait, view.names, false);
    words["thread"] = view.name(wait.thread);
    words["waits"] = waits.waits;
    words["keeps"] = waits.keeps;
    words["lock"] = view.name(wait.from);
    words["object"] = view.name(wait.to);
    words["other"] = view.name(signal->thread);
    words["signals"] = edge_text(*signal, view.names, false).signals;
    // In a longer cycle it is not the lock itself that the other one asks for.
    std::vector<std::string> between;
    for (const LockOrderEdge& edge : edges) {
      if (&edge != &wait && &edge != &*signal) between.push_back(edge.thread);
    }
    if (!between.empty()) words["signals"] += ", since it waits for " + listed(view, between);
    return with(under_lock(view.type(wait.to)), words);
  }
  return std::nullopt;
}

/// Each step is held by one thread and wanted by the next.
std::optional<Case> all_held(const View& view) {
  const Edges& edges = view.finding.edges;
  Words words = words_of(view);
  const auto is_type = [&](auto test) {
    return std::ranges::count_if(
        edges, [&](const LockOrderEdge& edge) { return test(view.type(edge.from)); });
  };
  const auto all = static_cast<std::ptrdiff_t>(edges.size());
  const auto once = is_type([](std::string_view type) { return type == "OnceFlag"; });
  if (once == all) return with(Situation::kOnceCrossed, words);
  if (once > 0) {
    if (all != 2) return std::nullopt;
    const LockOrderEdge& runs = view.type(edges[0].from) == "OnceFlag" ? edges[0] : edges[1];
    const LockOrderEdge& locks = &runs == &edges[0] ? edges[1] : edges[0];
    words["thread"] = view.name(runs.thread);
    words["other"] = view.name(locks.thread);
    words["once"] = view.name(runs.from);
    words["lock"] = view.name(locks.from);
    return with(Situation::kOnceAndLock, words);
  }
  if (is_type([](std::string_view type) { return is_semaphore(type); }) > 0) {
    return with(Situation::kPermitAndLock, words);
  }
  if (is_type([](std::string_view type) { return is_lock(type); }) != all) return std::nullopt;
  const auto queued = std::ranges::find(edges, std::string("queued"), &LockOrderEdge::held_mode);
  if (queued != edges.end()) {
    const auto reader = std::ranges::find_if(edges, [&](const LockOrderEdge& edge) {
      return edge.to == queued->from && edge.wanted_mode == "shared";
    });
    words["writer"] = view.name(queued->thread);
    words["object"] = view.name(queued->from);
    words["reader"] = reader == edges.end() ? "a reader" : view.name(reader->thread);
    return with(Situation::kReadersBehindWriter, words);
  }
  return with(all == 2 ? Situation::kLocksCrossed : Situation::kLocksInARing, words);
}

/// What sort of other program, if one has a part in it.
std::optional<Case> with_program(const View& view) {
  bool pipes = false;
  bool program = false;
  Words words;
  for (const ThreadInfo& thread : view.finding.threads) {
    if (!thread.wants) continue;
    const std::string_view type = view.type(thread.wants->object);
    pipes = pipes || (type == "Pipe" && thread.wants->operation == "write");
    if (type != "Pipe" && type != "Program") continue;
    program = true;
    words["where"] = View::place(thread.wants->stack);
    words["thread"] = view.name(thread.id);
    words["thing"] = wanted_text(thread, view.names);
  }
  for (const LockOrderEdge& edge : view.finding.edges) {
    pipes = pipes || view.type(edge.from) == "Pipe" || view.type(edge.to) == "Pipe";
  }
  if (pipes) return with(Situation::kPipesFull, words);
  if (program) return with(Situation::kProgramWaits, words);
  return std::nullopt;
}

/// A pool whose workers all wait for it: a deadlock that has no cycle.
std::optional<Case> pool(const View& view) {
  if (view.finding.detail.find("of the pool") == std::string::npos) return std::nullopt;
  std::vector<std::string> workers;
  bool room = false;
  for (const ThreadInfo& thread : view.finding.threads) {
    if (!thread.wants || is_execution(view.type(thread.wants->object))) continue;
    workers.push_back(thread.id);
    room = room || thread.wants->operation == "put";
  }
  if (workers.empty()) return std::nullopt;
  Words words;
  set_threads(words, view, workers);
  return with(room ? Situation::kPoolRoom : Situation::kPoolTask, words);
}

bool is_named(const LockOrderEdge& edge) {
  return !edge.from.empty() && !edge.to.empty() && !edge.thread.empty();
}

}  // namespace

Situation under_lock(std::string_view type) {
  if (is_execution(type)) return Situation::kJoinUnderLock;
  if (type == "Event") return Situation::kEventUnderLock;
  if (type == "Condition") return Situation::kConditionUnderLock;
  if (type == "Future") return Situation::kFutureUnderLock;
  if (type == "Barrier") return Situation::kBarrierUnderLock;
  if (is_queue(type)) return Situation::kQueueUnderLock;
  if (is_semaphore(type)) return Situation::kPermitUnderLock;
  return Situation::kSignalUnderLock;
}

std::optional<Case> cycle_case(const View& view) {
  const Finding& finding = view.finding;
  const Edges& edges = finding.edges;
  switch (finding.kind) {
    case FindingKind::kDeclaredOrder: {
      if (edges.empty() || !is_named(edges.front())) return std::nullopt;
      Words words = words_of(view);
      words["where"] = View::place(edges.front().wanted_stack);
      return with(Situation::kAgainstOrder, std::move(words));
    }
    case FindingKind::kLockOrderCycle:
    case FindingKind::kDeadlock:
    case FindingKind::kSelfDeadlock:
      break;
    default:
      return std::nullopt;
  }
  if (std::optional<Case> found = with_program(view)) return found;
  if (edges.empty()) return pool(view);
  if (!std::ranges::all_of(edges, is_named)) return std::nullopt;
  if (std::ranges::all_of(edges, [&](const LockOrderEdge& edge) {
        return on_itself(edge) && edge.from == edges.front().from;
      })) {
    return edges.size() == 1 ? alone(view) : together(view);
  }
  const bool signals = std::ranges::any_of(
      edges, [&](const LockOrderEdge& edge) { return is_signal(edge, view.names); });
  return signals ? with_signals(view) : all_held(view);
}

}  // namespace gridlock::internal::reports
