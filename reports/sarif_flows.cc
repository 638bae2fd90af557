// SPDX-License-Identifier: Apache-2.0
#include "reports/sarif_flows.h"

#include "reports/explored.h"
#include "reports/frames.h"
#include "reports/lanes.h"
#include "reports/place_links.h"
#include "reports/places.h"
#include "reports/text_lines.h"
#include "reports/utf8.h"

#include <algorithm>
#include <cstddef>
#include <set>
#include <string>

namespace gridlock::internal::reports {
namespace {

constexpr std::size_t kThreadsOfAFlow = 16;

JsonObject physical_location(const Frame& frame, const Report& report) {
  const std::string path = path_in_project(frame.file, report);
  JsonObject artifact;
  if (path.starts_with('/')) {
    artifact.add("uri", "file://" + as_uri(path));
  } else {
    artifact.add("uri", as_uri(path));
    if (path.size() < frame.file.size()) artifact.add("uriBaseId", "SRCROOT");
  }
  JsonObject physical;
  physical.add("artifactLocation", artifact);
  if (frame.line > 0) {
    // The column that debug information has is not what SARIF means by one; the whole line is.
    JsonObject region;
    region.add("startLine", frame.line);
    const std::string_view code = source_line(report, frame.file, frame.line);
    if (!code.empty()) {
      const std::size_t first = code.find_first_not_of(" \t");
      region.add("startColumn", first == std::string_view::npos ? 1 : first + 1);
      region.add("endColumn", columns_of(code) + 1);
      region.add("snippet", sarif_message(printable_line(code)));
    }
    physical.add("region", region);
  }
  return physical;
}

JsonObject flow_location(const LaneStep& step, std::string_view text, std::size_t order,
                         std::size_t level, const Report& report) {
  const Frame* site = step.stack == nullptr ? nullptr : site_of(*step.stack);
  JsonObject location;
  location.add("location", site == nullptr ? JsonObject().add("message", sarif_message(text))
                                           : sarif_location(*site, text, report));
  location.add("executionOrder", order);
  if (level > 0) location.add("nestingLevel", level);
  location.add("importance", "essential");
  if (step.what.starts_with("acquires")) {
    location.add("kinds", JsonArray().add("acquire").add("lock"));
  }
  return location;
}

}  // namespace

JsonObject sarif_message(std::string_view text) { return JsonObject().add("text", text); }

JsonObject sarif_location(const Frame& frame, std::string_view text, const Report& report, int id) {
  JsonObject location;
  if (id > 0) location.add("id", id);
  if (!frame.file.empty()) location.add("physicalLocation", physical_location(frame, report));
  if (!frame.function.empty()) {
    location.add("logicalLocations",
                 JsonArray().add(JsonObject()
                                     .add("fullyQualifiedName", printable_line(frame.function))
                                     .add("kind", "function")));
  }
  if (!text.empty()) location.add("message", sarif_message(text));
  return location;
}

JsonArray sarif_stacks(const Story& story, const Report& report) {
  constexpr std::size_t kFrames = 12;
  JsonArray stacks;
  for (const Episode& episode : story.episodes) {
    for (const Site& site : episode.sites) {
      JsonArray frames;
      std::size_t count = 0;
      for (const Frame& frame : *site.stack) {
        if (is_library_frame(frame)) continue;
        if (count++ == kFrames) break;
        JsonObject one;
        one.add("location", sarif_location(frame, {}, report));
        one.add_text("module", frame.module);
        frames.add(one);
      }
      stacks.add(JsonObject().add("message", sarif_message(site.note)).add("frames", frames));
    }
  }
  return stacks;
}

JsonArray sarif_flows(const Story& story, const Names& names, const Report& report) {
  const Lanes lanes = lanes_of(story, names, kThreadsOfAFlow);
  JsonArray merged;
  JsonArray threads;
  for (std::size_t row = 0; row < lanes.rows.size(); ++row) {
    for (std::size_t i = 0; i < lanes.lanes.size(); ++i) {
      const auto& step = lanes.rows[row][i];
      if (!step) continue;
      merged.add(
          flow_location(*step, lanes.lanes[i].name + " " + step->what, row + 1, i + 1, report));
    }
  }
  if (merged.empty()) return {};
  for (std::size_t i = 0; i < lanes.lanes.size(); ++i) {
    JsonArray own;
    for (std::size_t row = 0; row < lanes.rows.size(); ++row) {
      const auto& step = lanes.rows[row][i];
      if (step) own.add(flow_location(*step, step->what, row + 1, 0, report));
    }
    if (own.empty()) continue;
    threads.add(JsonObject().add("id", lanes.lanes[i].name).add("locations", own));
  }
  JsonArray flows;
  flows.add(JsonObject()
                .add("message", sarif_message("all threads"))
                .add("threadFlows", JsonArray().add(JsonObject().add("locations", merged))));
  flows.add(
      JsonObject().add("message", sarif_message("thread by thread")).add("threadFlows", threads));
  return flows;
}

JsonObject sarif_way(const ChosenExecution& execution, const Names& names, const Report& report) {
  constexpr std::size_t kSteps = 64;
  const Lanes lanes = lanes_of(path_story(execution, names, kSteps), names, kThreadsOfAFlow);
  JsonArray steps;
  for (std::size_t row = 0; row < lanes.rows.size(); ++row) {
    for (std::size_t i = 0; i < lanes.lanes.size(); ++i) {
      const auto& step = lanes.rows[row][i];
      if (!step) continue;
      JsonObject location =
          flow_location(*step, lanes.lanes[i].name + " " + step->what, row + 1, i + 1, report);
      if (row < lanes.states.size() && !lanes.states[row].empty()) {
        location.add("state", JsonObject().add("threads", sarif_message(lanes.states[row])));
      }
      steps.add(location);
    }
  }
  if (steps.empty()) return {};
  return JsonObject()
      .add("message", sarif_message(kPathHeading))
      .add("threadFlows", JsonArray().add(JsonObject().add("locations", steps)));
}

JsonArray sarif_graphs(const Finding& finding, const Names& names, const Report& report) {
  if (finding.cycle.empty() || finding.edges.empty()) return {};
  JsonArray nodes;
  JsonArray edges;
  std::set<std::string> known;
  const auto add_node = [&](const std::string& id) {
    if (!known.insert(id).second) return;
    JsonObject node;
    node.add("id", id).add("label", sarif_message(names.of(id)));
    const auto object = std::ranges::find(finding.objects, id, &Object::id);
    const Frame* made = object == finding.objects.end() ? nullptr : site_of(object->created);
    if (made != nullptr) node.add("location", sarif_location(*made, "made here", report));
    nodes.add(node);
  };
  for (std::size_t i = 0; i < std::min(finding.edges.size(), 4 * kMaxItems); ++i) {
    const LockOrderEdge& edge = finding.edges[i];
    add_node(edge.from);
    add_node(edge.to);
    edges.add(JsonObject()
                  .add("id", "e" + std::to_string(i + 1))
                  .add("label", sarif_message(edge_label(edge, names)))
                  .add("sourceNodeId", edge.from)
                  .add("targetNodeId", edge.to));
  }
  return JsonArray().add(JsonObject()
                             .add("description", sarif_message(cycle_line(finding)))
                             .add("nodes", nodes)
                             .add("edges", edges));
}

}  // namespace gridlock::internal::reports
