// SPDX-License-Identifier: Apache-2.0
#include "tests/analysis/naive_model.h"

#include <algorithm>

namespace gridlock::internal {

SegmentId NaiveSegments::add(SegmentId before, SegmentId also_before, u32 via, bool apart) {
  all_.push_back({before, also_before, via, apart});
  return static_cast<SegmentId>(all_.size() - 1);
}

bool NaiveSegments::reaches(SegmentId early, SegmentId late, bool own) const {
  if (early == 0 || late <= early) return false;
  const Segment& segment = all_[late];
  const bool known = own || !segment.apart;
  if (known && (segment.before == early || reaches(early, segment.before, own))) return true;
  if (segment.also_before == 0 || (segment.via != 0 && distrusted_.contains(segment.via)))
    return false;
  return segment.also_before == early || reaches(early, segment.also_before, false);
}

bool NaiveSegments::ordered(SegmentId a, SegmentId b) const {
  return reaches(a, b, true) || reaches(b, a, true);
}

bool NaiveModel::add(const Request& request) {
  const auto no_less = [&](const Request& known) {
    const RequestContext& a = known.context;
    const RequestContext& b = request.context;
    return known.from == request.from && known.to == request.to && a.thread == b.thread &&
           a.segment == b.segment && a.from_epoch == b.from_epoch && a.to_epoch == b.to_epoch &&
           a.held_mode == b.held_mode && a.wanted_mode == b.wanted_mode &&
           a.unpublished == b.unpublished && std::ranges::all_of(known.held, [&](const auto& one) {
             const auto same = request.held.find(one.first);
             return same != request.held.end() &&
                    (one.second == Mode::kShared || same->second == Mode::kExclusive);
           });
  };
  if (std::ranges::any_of(requests_, no_less)) return false;
  requests_.push_back(request);
  return true;
}

void NaiveModel::note_writer(NodeId node, u32 thread, SegmentId segment, const Held& held) {
  writers_[node].push_back({thread, segment, held});
}

bool NaiveModel::apart(u32 thread_a, SegmentId segment_a, const Held& held_a, u32 thread_b,
                       SegmentId segment_b, const Held& held_b) const {
  if (thread_a == thread_b || segments.ordered(segment_a, segment_b)) return false;
  return std::ranges::none_of(held_a, [&](const auto& one) {
    const auto other = held_b.find(one.first);
    const Traits& traits = nodes.at(one.first);
    return other != held_b.end() && traits.active && traits.kind != NodeKind::kClass &&
           (one.second == Mode::kExclusive || other->second == Mode::kExclusive);
  });
}

bool NaiveModel::needs_writer(const Request& wants, const Request& holds) const {
  const NodeKind kind = nodes.at(wants.to).kind;
  return (kind == NodeKind::kLock || kind == NodeKind::kClass) &&
         wants.context.wanted_mode == Mode::kShared && holds.context.held_mode == Mode::kShared;
}

bool NaiveModel::meets(const Request& wants, const Request& holds) const {
  const Traits& traits = nodes.at(wants.to);
  if (traits.kind == NodeKind::kSignal) return holds.context.from_epoch <= wants.context.to_epoch;
  if (traits.kind == NodeKind::kWakeup) return holds.context.from_epoch == wants.context.to_epoch;
  return !needs_writer(wants, holds) || traits.prefers_writers;
}

bool NaiveModel::writers_for(const std::vector<const Request*>& steps, std::size_t at,
                             std::vector<const Writer*>& chosen) const {
  if (at == steps.size()) return true;
  if (!needs_writer(*steps[at], *steps[(at + 1) % steps.size()]))
    return writers_for(steps, at + 1, chosen);
  const auto known = writers_.find(steps[at]->to);
  if (known == writers_.end()) return false;
  return std::ranges::any_of(known->second, [&](const Writer& writer) {
    const auto fits_step = [&](const Request* step) {
      return apart(writer.thread, writer.segment, writer.held, step->context.thread,
                   step->context.segment, step->held);
    };
    const auto fits_writer = [&](const Writer* other) {
      return apart(writer.thread, writer.segment, writer.held, other->thread, other->segment,
                   other->held);
    };
    if (!std::ranges::all_of(steps, fits_step) || !std::ranges::all_of(chosen, fits_writer))
      return false;
    chosen.push_back(&writer);
    const bool done = writers_for(steps, at + 1, chosen);
    chosen.pop_back();
    return done;
  });
}

bool NaiveModel::feasible(const std::vector<const Request*>& steps) const {
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const Request& a = *steps[i];
    if (a.context.unpublished || !nodes.at(a.from).active || !nodes.at(a.to).active) return false;
    if (!meets(a, *steps[(i + 1) % steps.size()])) return false;
    for (std::size_t j = 0; j < i; ++j) {
      const Request& b = *steps[j];
      if (!apart(a.context.thread, a.context.segment, a.held, b.context.thread, b.context.segment,
                 b.held))
        return false;
    }
  }
  std::vector<const Writer*> chosen;
  return writers_for(steps, 0, chosen);
}

void NaiveModel::extend(std::vector<const Request*>& path, std::set<Key>& found) const {
  if (path.back()->to == path.front()->from) {
    if (!feasible(path)) return;
    std::set<NodeId> locks;
    for (const Request* step : path) locks.insert(step->from);
    found.emplace(path.size(), locks);
    return;
  }
  for (const Request& next : requests_) {
    if (next.from != path.back()->to || next.from == next.to) continue;
    const auto passes = [&](const Request* step) { return step->from == next.to; };
    if (next.to != path.front()->from && std::ranges::any_of(path, passes)) continue;
    if (std::ranges::any_of(
            path, [&](const Request* step) { return step->context.thread == next.context.thread; }))
      continue;
    path.push_back(&next);
    extend(path, found);
    path.pop_back();
  }
}

std::set<NaiveModel::Key> NaiveModel::cycles_of(const Request& request) const {
  std::set<Key> found;
  std::vector<const Request*> path{&request};
  if (request.from != request.to) {
    extend(path, found);
    return found;
  }
  const RequestContext& context = request.context;
  if (nodes.at(request.from).kind == NodeKind::kLock && context.held_mode == Mode::kShared &&
      context.wanted_mode == Mode::kShared) {
    if (feasible(path)) found.emplace(1, std::set{request.from});
    return found;
  }
  const bool of_class = nodes.at(request.from).kind == NodeKind::kClass;
  const bool reads = context.held_mode == Mode::kShared && context.wanted_mode == Mode::kShared;
  // One thread is enough, if it holds nothing else; and of two it is the same cycle.
  if (of_class && !reads && request.held.size() == 1 && feasible(path))
    found.emplace(1, std::set{request.from});
  for (const Request& other : requests_) {
    if (other.from != request.from || other.to != request.to) continue;
    if (feasible({&request, &other})) found.emplace(of_class ? 1 : 2, std::set{request.from});
  }
  return found;
}

bool NaiveModel::any_cycle() const {
  return std::ranges::any_of(requests_,
                             [&](const Request& one) { return !cycles_of(one).empty(); });
}

}  // namespace gridlock::internal
