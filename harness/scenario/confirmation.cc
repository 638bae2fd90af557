// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/confirmation.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace gridlock::internal {
namespace {

// Nothing in the shorter one is missing in the longer one before that ends: frame pointers leave out code that was
// compiled without them.
bool follow_each_other(std::vector<CodePlace> few, std::vector<CodePlace> many) {
  if (few.size() > many.size()) few.swap(many);
  auto next = many.begin() + 1;
  for (auto frame = few.begin() + 1; frame != few.end() && next != many.end(); ++frame) {
    next = std::find(next, many.end(), *frame);
    if (next == many.end()) return false;
    ++next;
  }
  return true;
}

// The same place of the user's, where one of the two has few frames.
bool same_site(const Stack& one, const Stack& other) {
  const std::size_t size = certain_places(one);
  if (size != certain_places(other) || (is_whole(one) && is_whole(other))) return false;
  const std::vector<CodePlace> places = code_places(one);
  return std::equal(places.begin(), places.begin() + static_cast<std::ptrdiff_t>(size),
                    code_places(other).begin());
}

bool same_place(const Stack& one, const Stack& other) {
  const std::vector<CodePlace> places = code_places(one);
  const std::vector<CodePlace> others = code_places(other);
  if (places.empty() || others.empty() || places.front() != others.front()) return false;
  return follow_each_other(places, others) || same_site(one, other);
}

// What an edge asks of the thread that stands for it.
bool waits_at(const LockOrderEdge& edge, const ThreadInfo& thread) {
  return thread.wants && !thread.wants->timed && same_place(thread.wants->stack, edge.wanted_stack);
}

// `object` empty: anything.
bool holds_from(const LockOrderEdge& edge, const ThreadInfo& thread, const std::string& object) {
  if (edge.held_stack.empty()) return true;
  return std::ranges::any_of(thread.held, [&](const HeldObject& held) {
    return (object.empty() || held.object == object) && same_place(held.stack, edge.held_stack);
  });
}

class Way {
 public:
  Way(const Finding& possible, const Finding& hang) : edges_(possible.edges), all_(hang.threads) {}

  bool exists() {
    if (chosen_.size() == edges_.size())
      return holds_from(edges_.front(), *chosen_.front(), chosen_.back()->wants->object);
    const LockOrderEdge& edge = edges_[chosen_.size()];
    for (const ThreadInfo& thread : all_) {
      const std::string before = chosen_.empty() ? "" : chosen_.back()->wants->object;
      if (std::ranges::find(chosen_, &thread) != chosen_.end() || !waits_at(edge, thread) ||
          !holds_from(edge, thread, before))
        continue;
      chosen_.push_back(&thread);
      if (exists()) return true;
      chosen_.pop_back();
    }
    return false;
  }

 private:
  const std::vector<LockOrderEdge>& edges_;
  const std::vector<ThreadInfo>& all_;
  std::vector<const ThreadInfo*> chosen_;
};

Confirmation with_hang(const Finding& hang) {
  Confirmation result;
  result.verdict = "confirmed";
  result.cycle = hang.cycle;
  result.threads = hang.threads;
  result.objects = hang.objects;
  return result;
}

std::string times(std::uint64_t count) {
  return count == 1 ? "once" : std::to_string(count) + " times";
}

std::string runs_text(std::uint64_t runs) {
  return runs == 1 ? "1 fresh run" : std::to_string(runs) + " fresh runs";
}

std::string name_of(const std::vector<Object>& objects, const std::string& id) {
  const auto object = std::ranges::find(objects, id, &Object::id);
  return object == objects.end() || object->name.empty() ? id : object->name;
}

// "bank.cc:14", or nothing.
std::string place_of(const Stack& stack) {
  const Frame* const site = user_site(stack);
  if (site == nullptr || site->file.empty()) return {};
  return site->file.substr(site->file.rfind('/') + 1) + ":" + std::to_string(site->line);
}

// A join is no place that a thread is held at.
bool is_counted(const Finding& possible, const LockOrderEdge& edge) {
  const auto object = std::ranges::find(possible.objects, edge.to, &Object::id);
  return object == possible.objects.end() || object->type != "Thread";
}

std::string edge_text(const Finding& possible, const LockOrderEdge& edge,
                      const SteeringCounts::Edge& count) {
  const std::string place = place_of(edge.wanted_stack);
  std::string text = edge.thread + "'s request of " + name_of(possible.objects, edge.to);
  if (!place.empty()) text += " (" + place + ")";
  if (!edge.held_stack.empty()) text += " with " + name_of(possible.objects, edge.from) + " held";
  text += count.came == 0 ? " was never reached" : " was reached " + times(count.came);
  if (count.came == 0 && count.came_without != 0)
    text += " (" + times(count.came_without) + " without it)";
  return text;
}

// What the counts come to.
std::string conclusion(const Finding& possible, const SteeringCounts& counts) {
  if (counts.met != 0) return "all were there at one moment " + times(counts.met) + ", and went on";
  bool all_came = true;
  for (std::size_t i = 0; i < possible.edges.size() && i < counts.edges.size(); ++i) {
    if (is_counted(possible, possible.edges[i]) && counts.edges[i].came == 0) all_came = false;
  }
  return all_came ? "they were never there at one moment, with the same locks, although each was "
                    "held there for the other"
                  : "";
}

}  // namespace

bool is_the_hang(const Finding& possible, const Finding& hang) {
  return hang.kind != FindingKind::kLockOrderCycle && Way(possible, hang).exists();
}

Confirmation confirmed(std::uint64_t run, const Finding& hang) {
  Confirmation result = with_hang(hang);
  result.runs = run;
  result.tried = {"fresh run " + std::to_string(run) +
                  ", in which threads were held at these places until all of them were there, hung "
                  "in it"};
  return result;
}

Confirmation confirmed_at_once(const Finding& hang) {
  Confirmation result = with_hang(hang);
  result.tried = {"this run hung in it, too"};
  return result;
}

Confirmation not_confirmed(const Finding& possible, const Attempts& attempts) {
  Confirmation result;
  result.verdict = "not-confirmed";
  result.runs = attempts.runs;
  std::vector<std::string>& tried = result.tried;
  tried.push_back("tried " + runs_text(attempts.runs) +
                  ", in which threads were held at these places");
  for (std::size_t i = 0; i < possible.edges.size() && i < attempts.counts.edges.size(); ++i) {
    if (!is_counted(possible, possible.edges[i])) continue;
    tried.push_back(edge_text(possible, possible.edges[i], attempts.counts.edges[i]));
  }
  if (std::string sum = conclusion(possible, attempts.counts); !sum.empty())
    tried.push_back(std::move(sum));
  for (const auto& [end, count] : attempts.ends) tried.push_back(runs_text(count) + " " + end);
  if (attempts.without_input)
    tried.emplace_back("standard input is no file, so nothing was there to read");
  if (attempts.interrupted) tried.emplace_back("then it was interrupted");
  return result;
}

Confirmation not_tried(const std::string& why) {
  Confirmation result;
  result.verdict = "not-tried";
  result.tried = {why};
  return result;
}

}  // namespace gridlock::internal
