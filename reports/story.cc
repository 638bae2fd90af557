// SPDX-License-Identifier: Apache-2.0
//
// The episodes of a finding: first the edges or the accesses that are the claim, then what else the
// threads hold and want, then the memory and the objects.
#include "reports/frames.h"
#include "reports/utf8.h"
#include "reports/way.h"
#include "reports/wording.h"

#include <algorithm>
#include <set>
#include <utility>

namespace gridlock::internal::reports {
namespace {

// "an Event", "an RLock", but "a OnceFlag": by the sound.
std::string with_article(const std::string& type) {
  const bool vowel = std::string_view("AEIO").find(type.front()) != std::string_view::npos;
  return ((vowel && type != "OnceFlag") || type == "RLock" ? "an " : "a ") + type;
}

class StoryTeller {
 public:
  explicit StoryTeller(const Finding& finding)
      : threads_(finding.threads), objects_(finding.objects), names_(finding) {}
  explicit StoryTeller(const ProcessDump& dump)
      : threads_(dump.threads), objects_(dump.objects), names_(dump.threads, dump.objects) {}

  Story tell(const Finding& finding) {
    tell_acts(finding);
    tell_edges(finding.edges);
    for (const MemoryAccess& access : finding.accesses) tell_access(access);
    if (finding.reports > 1) tell_reports(finding.reports);
    // What the threads of a race hold and wait for when it is reported has nothing to do with it.
    for (const ThreadInfo& thread : threads_) {
      if (finding.accesses.empty()) {
        tell_thread(thread);
      } else {
        tell_origin(thread);
      }
    }
    for (const MemoryLocation& location : finding.locations) tell_location(location);
    tell_objects();
    return finish();
  }

  Story tell_only(const std::vector<LockOrderEdge>& edges) {
    tell_edges(edges);
    return finish();
  }

  Story tell_dump() {
    for (const ThreadInfo& thread : threads_) tell_thread(thread);
    tell_objects();
    return finish();
  }

 private:
  static void add(Episode& episode, std::string caption, std::string note, const Stack& stack) {
    if (!stack.empty()) episode.sites.push_back({std::move(caption), std::move(note), &stack});
  }

  void tell_acts(const Finding& finding) {
    for (std::size_t i = 0; i < finding.acts.size() && i < kMaxItems; ++i) {
      const Act& act = finding.acts[i];
      // An earlier act inside a library would tell the reader nothing.
      if (act.stack.empty() || (i > 0 && act_place(act).empty())) continue;
      const std::string what = names_.of(act.thread) + " " + act_words(act, names_);
      Episode episode;
      episode.heading = (i == 0 ? "" : "before that, ") + what;
      if (finding.kind == FindingKind::kLostWakeup)
        episode.heading += ", and no thread waits for it";
      add(episode, i == 0 ? "here" : "there", what, act.stack);
      episode.thread = act.thread;
      episode.is_act = true;
      episodes_.push_back(std::move(episode));
      if (i == 0) acted_ = &act;
      threads_told_.insert(act.thread);
    }
  }

  void tell_edges(const std::vector<LockOrderEdge>& edges) {
    const bool one_class =
        edges.size() > 1 &&
        std::ranges::all_of(edges, [](const LockOrderEdge& edge) { return edge.from == edge.to; });
    for (const LockOrderEdge& edge : edges) tell_edge(edge, one_class);
  }

  void tell_edge(const LockOrderEdge& edge, bool one_class) {
    EdgeText text = edge_text(edge, names_, one_class);
    Episode episode;
    episode.heading = std::move(text.heading);
    add(episode, std::move(text.held), std::move(text.held_note), edge.held_stack);
    add(episode, std::move(text.wanted), std::move(text.wanted_note), edge.wanted_stack);
    episode.thread = edge.thread;
    threads_told_.insert(edge.thread);
    held_told_.emplace(edge.thread, edge.from);
    wanted_told_.emplace(edge.thread, edge.to);
    episodes_.push_back(std::move(episode));
  }

  void tell_access(const MemoryAccess& access) {
    const std::string who = names_.of(access.thread);
    const std::string what =
        std::string(access.atomic ? "atomically " : "") + (access.write ? "writes" : "reads");
    Episode episode;
    episode.heading = who + " " + what;
    if (access.size > 0) {
      episode.heading += " " + counted(static_cast<std::size_t>(access.size), "byte");
    }
    episode.heading += values_text(access.before, access.after, access.write, access.size);
    episode.heading += ", " + holding(access);
    const std::string caption = access.write ? "the write" : "the read";
    add(episode, caption, who + " " + what, access.stack);
    episode.thread = access.thread;
    threads_told_.insert(access.thread);
    episodes_.push_back(std::move(episode));
  }

  /// "holding a (M1), b (M2) for reading and a lock that Gridlock does not know".
  std::string holding(const MemoryAccess& access) const {
    std::vector<std::string> parts;
    for (const std::string& id : access.held) {
      const bool shared = std::ranges::any_of(access.held_shared, [&](const std::string& other) {
        return printable_line(other) == printable_line(id);
      });
      parts.push_back(names_.of(id) + (shared ? " for reading" : ""));
    }
    if (access.held_foreign == 1) parts.emplace_back("a lock that Gridlock does not know");
    if (access.held_foreign > 1)
      parts.push_back(std::to_string(access.held_foreign) + " locks that Gridlock does not know");
    if (parts.empty()) return access.held_known ? "holding no lock" : "what it held is not known";
    std::string text = "holding ";
    for (std::size_t i = 0; i < parts.size(); ++i)
      text += (i == 0 ? "" : i + 1 == parts.size() ? " and " : ", ") + parts[i];
    return text;
  }

  void tell_reports(std::uint64_t count) {
    Episode episode;
    episode.heading = "ThreadSanitizer reported these two places " + std::to_string(count) +
                      " times, with other callers or other memory";
    episodes_.push_back(std::move(episode));
  }

  void tell_origin(const ThreadInfo& thread) {
    const std::string who = names_.of(thread.id);
    add(origins_, who + " was started", who + " is started", thread.created);
    if (!thread.created.empty()) started_.insert(thread.id);
  }

  /// What a thread holds and wants beyond what an edge has told already.
  void tell_thread(const ThreadInfo& thread) {
    const std::string who = names_.of(thread.id);
    Episode episode;
    episode.heading = who;
    episode.thread = thread.id;
    if (!thread.state.empty()) episode.heading += ", " + printable_line(thread.state);
    episode.heading += ": holds " + held_text(thread, names_);
    if (thread.wants) episode.heading += "; waits for " + wanted_text(thread, names_);

    bool news = !threads_told_.contains(thread.id);
    for (const HeldObject& held : thread.held) {
      if (held_told_.contains({thread.id, held.object})) continue;
      const std::string what = names_.of(held.object);
      add(episode, what + " was acquired", who + " acquires " + what, held.stack);
      if (!held.stack.empty()) episode.sites.back().is_earlier = true;
      news = true;
    }
    if (thread.wants && !wanted_told_.contains({thread.id, thread.wants->object})) {
      const std::string what = wanted_text(thread, names_);
      add(episode, "waiting for " + what, who + " waits for " + what, thread.wants->stack);
      news = true;
    }
    const bool waits_there = thread.wants && thread.wants->stack.size() == thread.stack.size() &&
                             !thread.stack.empty() && same_site(thread.wants->stack, thread.stack);
    const bool acted_there = acted_ != nullptr && acted_->thread == thread.id &&
                             !thread.stack.empty() && same_site(acted_->stack, thread.stack);
    if (!waits_there && !acted_there && !thread.stack.empty()) {
      add(episode, who + " was here", who + " is here", thread.stack);
      news = true;
    }
    if (news) episodes_.push_back(std::move(episode));
    tell_origin(thread);
  }

  /// Some are no memory but a place where something was said or done (docs/design/wire.md).
  void tell_location(const MemoryLocation& location) {
    Episode episode;
    if (location.type == "declaration") {
      const std::string what = printable_line(location.name);
      episode.heading = "declared: " + what;
      add(episode, "the order was declared", what, location.allocated);
      episodes_.push_back(std::move(episode));
      return;
    }
    if (location.type == "fork") {
      episode.heading = "the process forked here";
      add(episode, "the fork", "the process forks", location.allocated);
      episodes_.push_back(std::move(episode));
      return;
    }
    if (location.type == "detach") {
      episode.heading = "nobody waits for the thread since it was detached here";
      add(episode, "the detach", "the thread is detached", location.allocated);
      episodes_.push_back(std::move(episode));
      return;
    }
    episode.heading =
        "The memory: " + (location.type.empty() ? "unknown" : printable_line(location.type));
    if (!location.name.empty()) episode.heading += " " + printable_line(location.name);
    if (location.size > 0) episode.heading += ", " + counted(location.size, "byte");
    if (!location.thread.empty()) episode.heading += " of " + names_.of(location.thread);
    if (location.address != 0) episode.heading += " at " + hex_text(location.address);
    add(episode, "the memory was allocated", "memory is allocated", location.allocated);
    episodes_.push_back(std::move(episode));
  }

  void tell_objects() {
    for (const Object& object : objects_) {
      if (started_.contains(object.id)) continue;  // a thread: its start says the same
      const std::string what = names_.of(object.id);
      const std::string type =
          object.type.empty() ? "" : ", " + with_article(printable_line(object.type)) + ",";
      const std::string others =
          object.class_size > 1 ? " (and " + std::to_string(object.class_size - 1) + " more there)"
                                : "";
      if (site_of(object.created) == nullptr) continue;  // made by a container: not known where
      add(origins_, what + type + " was made" + others, what + " is made", object.created);
    }
    if (origins_.sites.size() > kMaxItems) origins_.sites.resize(kMaxItems);
  }

  static bool same_site(const Stack& one, const Stack& other) {
    const Frame* a = site_of(one);
    const Frame* b = site_of(other);
    if (a == nullptr || b == nullptr) return a == b;
    return a->file == b->file && a->line == b->line && a->module == b->module &&
           a->offset == b->offset;
  }

  Story finish() {
    Story story;
    if (episodes_.size() > kMaxItems) {
      story.left_out = episodes_.size() - kMaxItems;
      episodes_.resize(kMaxItems);
    }
    story.episodes = std::move(episodes_);
    if (!origins_.sites.empty()) story.episodes.push_back(std::move(origins_));
    return story;
  }

  const std::vector<ThreadInfo>& threads_;
  const std::vector<Object>& objects_;
  const Names names_;
  const Act* acted_ = nullptr;  // told first, with its place
  std::set<std::string> started_;
  std::set<std::string> threads_told_;
  std::set<std::pair<std::string, std::string>> held_told_;  // thread and object
  std::set<std::pair<std::string, std::string>> wanted_told_;
  std::vector<Episode> episodes_;
  Episode origins_{std::string(kOriginsHeading), {}};
};

}  // namespace

Story story_of(const Finding& finding) { return StoryTeller(finding).tell(finding); }

Story edges_of(const Finding& finding) { return StoryTeller(finding).tell_only(finding.edges); }

Story story_of(const ProcessDump& dump) { return StoryTeller(dump).tell_dump(); }

}  // namespace gridlock::internal::reports
