// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/steering_plan.h"

#include "harness/platform/stacks.h"
#include "harness/runtime/steering/plan.h"
#include "harness/scenario/modules.h"
#include "harness/scenario/spawn.h"
#include "harness/scenario/stacks.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>

namespace gridlock::internal {
namespace {

// The frames of one address, what was inlined there first: the inside of Gridlock, with nothing of the user's in it.
bool is_inside(std::span<const Frame> frames) {
  const Frame& function = frames.back();
  const std::string_view module = function.module;
  if (module.substr(module.rfind('/') + 1).starts_with("libgridlock")) return true;
  return is_own_code(function) && std::ranges::none_of(frames, is_user_frame);
}

std::size_t frames_of_address(const Stack& stack, std::size_t first) {
  std::size_t end = first + 1;
  while (end < stack.size() && stack[end - 1].inlined && stack[end].module == stack[first].module &&
         stack[end].offset == stack[first].offset)
    ++end;
  return end - first;
}

std::uint32_t index_of_module(SteeringPlan& plan, const std::string& path) {
  for (std::uint32_t i = 0; i < plan.modules; ++i) {
    if (path == &plan.module[i][0]) return i;
  }
  std::memcpy(&plan.module[plan.modules][0], path.c_str(), path.size() + 1);
  return plan.modules++;
}

bool fits(const SteeringPlan& plan, const std::string& path) {
  for (std::uint32_t i = 0; i < plan.modules; ++i) {
    if (path == &plan.module[i][0]) return true;
  }
  return plan.modules < SteeringPlan::kMaxModules && path.size() < SteeringPlan::kLongestPath;
}

void fill(SteeringPlan& plan, PlannedPlace& place, const Stack& stack) {
  for (const CodePlace& code : code_places(stack)) {
    if (place.size == PlannedPlace::kMax || !fits(plan, code.module)) break;
    place.frames[place.size++] = {code.offset, index_of_module(plan, code.module), 0};
  }
  const auto certain = static_cast<std::uint32_t>(certain_places(stack));
  place.certain = is_whole(stack) || certain > place.size ? place.size : certain;
}

}  // namespace

std::vector<CodePlace> code_places(const Stack& stack) {
  std::vector<CodePlace> places;
  bool inside = true;
  for (std::size_t i = 0, count = 0; i < stack.size(); i += count) {
    count = frames_of_address(stack, i);
    const Frame& frame = stack[i];
    if (frame.module.empty()) continue;
    inside = inside && is_inside(std::span(stack).subspan(i, count));
    if (inside) continue;
    CodePlace place{frame.module, frame.offset};
    if (places.empty() || places.back() != place) places.push_back(std::move(place));
  }
  return places;
}

std::size_t certain_places(const Stack& stack) {
  const std::vector<CodePlace> places = code_places(stack);
  const Frame* const site = user_site(stack);
  // Without a name it may be the inside of std::mutex as well.
  if (site == nullptr || site->function.empty()) return places.size();
  const auto known = std::ranges::find(places, CodePlace{site->module, site->offset});
  return known == places.end() ? places.size()
                               : static_cast<std::size_t>(known - places.begin()) + 1;
}

bool is_whole(const Stack& stack) { return code_places(stack).size() > kSiteFrames; }

std::string why_not_steerable(const Finding& finding) {
  if (!finding.processes.empty()) return "it goes through several processes";
  if (finding.edges.size() > SteeringPlan::kMaxEdges ||
      finding.edges.size() != finding.cycle.size())
    return "it has too many threads";
  if (finding.edges.size() < 2) return "one thread alone can close it";
  for (const LockOrderEdge& edge : finding.edges) {
    const auto is_unknown = [](const Stack& stack) {
      const std::vector<CodePlace> places = code_places(stack);
      return places.empty() || places.front().module.ends_with(kOtherBuild);
    };
    if (is_unknown(edge.wanted_stack) || (!edge.held_stack.empty() && is_unknown(edge.held_stack)))
      return "its places in the code are not known";
  }
  return {};
}

void SteeringCounts::add(const SteeringCounts& more) {
  edges.resize(std::max(edges.size(), more.edges.size()));
  for (std::size_t i = 0; i < more.edges.size(); ++i) {
    edges[i].acquired += more.edges[i].acquired;
    edges[i].came += more.edges[i].came;
    edges[i].came_without += more.edges[i].came_without;
  }
  met += more.met;
}

PlanFile::PlanFile(std::string path, const Finding& finding, const SteeringWay& way)
    : path_(std::move(path)) {
  const Fd file(open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file.valid() || ftruncate(file.get(), sizeof(SteeringPlan)) != 0)
    throw std::system_error(errno, std::generic_category(), path_);
  void* const start =
      mmap(nullptr, sizeof(SteeringPlan), PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
  if (start == MAP_FAILED) throw std::system_error(errno, std::generic_category(), path_);
  plan_ = static_cast<SteeringPlan*>(start);
  plan_->late = way.late_edge < finding.edges.size() ? static_cast<std::uint32_t>(way.late_edge)
                                                     : kNoLateEdge;
  plan_->patience_ms = way.patience_ms;
  for (const LockOrderEdge& edge : finding.edges) {
    PlannedEdge& planned = plan_->edge[plan_->edges++];
    fill(*plan_, planned.held, edge.held_stack);
    fill(*plan_, planned.wanted, edge.wanted_stack);
  }
  plan_->magic = SteeringPlan::kMagic;
}

PlanFile::~PlanFile() {
  if (plan_ != nullptr) munmap(plan_, sizeof(SteeringPlan));
  unlink(path_.c_str());
}

SteeringCounts PlanFile::counts() const {
  SteeringCounts counts;
  for (std::uint32_t i = 0; i < plan_->edges; ++i) {
    const PlannedEdge& edge = plan_->edge[i];
    counts.edges.push_back({edge.acquired.load(), edge.came.load(), edge.came_without.load()});
  }
  counts.met = plan_->met.load();
  return counts;
}

}  // namespace gridlock::internal
