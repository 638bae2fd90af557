// SPDX-License-Identifier: Apache-2.0
//
// Chrome's trace events, which ui.perfetto.dev opens: a process for each finding, a track for each thread, and on it what
// the thread did last, as its ring has it. The rings have no clock: a step is ten units wide, and the threads are set so
// that they end together. What comes before what in two threads is not said. An execution whose schedule was chosen is a
// process of its own, in which it is.
#include "reports/explored.h"
#include "reports/formats.h"
#include "reports/frames.h"
#include "reports/json_value.h"
#include "reports/utf8.h"
#include "reports/way.h"
#include "reports/wording.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

namespace gridlock::internal::reports {
namespace {

constexpr std::uint64_t kStepTime = 10;

class Events {
 public:
  void process(std::string_view name, const std::vector<ThreadInfo>& threads, const Names& names) {
    std::size_t longest = 0;
    for (const ThreadInfo& thread : threads) longest = std::max(longest, thread.recent.size());
    ++pid_;
    meta("process_name", 0, name);
    int tid = 0;
    for (const ThreadInfo& thread : threads) {
      ++tid;
      meta("thread_name", tid, names.of(thread.id));
      std::uint64_t at = (longest - thread.recent.size()) * kStepTime;
      for (std::size_t i = 0; i < thread.recent.size(); ++i, at += kStepTime) {
        slice(tid, at, kStepTime - 2, record_text(thread, i, names), record_site(thread, i));
      }
      if (thread.wants) {
        slice(tid, at, 4 * kStepTime, "waits for " + wanted_text(thread, names),
              site_of(thread.wants->stack));
      }
      for (const HeldObject& held : thread.held) hold(tid, thread, held, at, names);
    }
  }

  /// An execution whose steps have an order: a track a thread, and the steps one after the other.
  void execution(std::string_view name, const ChosenExecution& chosen, const Names& names) {
    if (chosen.way.empty()) return;
    ++pid_;
    meta("process_name", 0, name);
    std::map<std::string, int> tids;
    std::uint64_t at = 0;
    for (const ChosenStep& step : chosen.way) {
      const auto [thread, is_new] = tids.emplace(step.thread, static_cast<int>(tids.size()) + 1);
      if (is_new) meta("thread_name", thread->second, names.of(step.thread));
      JsonObject all = arguments(site_of(step.stack));
      all.add("step", step.number);
      if (step.before) all.add("before", value_text(*step.before, step.size));
      if (step.after) all.add("after", value_text(*step.after, step.size));
      std::vector<std::string> held;
      for (const std::string& id : step.held) held.push_back(names.of(id));
      for (const std::string& id : step.held_shared) held.push_back(names.of(id) + " for reading");
      if (!held.empty()) all.add("holds", joined(held, ", "));
      events_.add(event("X", thread->second, step_text(step, names))
                      .add("ts", at)
                      .add("dur", kStepTime - 2)
                      .add("args", all));
      at += kStepTime;
    }
  }

  std::string take() const {
    const JsonValue document = JsonObject()
                                   .add("displayTimeUnit", "ms")
                                   .add("otherData", JsonObject().add("clock", "steps, not time"))
                                   .add("traceEvents", events_);
    return document.json() + "\n";
  }

 private:
  JsonObject event(const char* phase, int tid, std::string_view name) const {
    return JsonObject().add("ph", phase).add("pid", pid_).add("tid", tid).add("name", name);
  }

  void meta(const char* what, int tid, std::string_view name) {
    events_.add(event("M", tid, what).add("args", JsonObject().add("name", printable_line(name))));
  }

  static JsonObject arguments(const Frame* site) {
    JsonObject all;
    if (site != nullptr) all.add("place", place_text(*site)).add("function", function_text(*site));
    return all;
  }

  void slice(int tid, std::uint64_t at, std::uint64_t width, std::string_view name,
             const Frame* site) {
    events_.add(event("X", tid, name).add("ts", at).add("dur", width).add("args", arguments(site)));
  }

  // Locks need not be released in the order that slices nest in, so each hold is a pair of its own.
  void hold(int tid, const ThreadInfo& thread, const HeldObject& held, std::uint64_t end,
            const Names& names) {
    std::uint64_t begin = end - thread.recent.size() * kStepTime;
    for (std::size_t i = thread.recent.size(); i-- > 0;) {
      if (thread.recent[i].object != held.object || !thread.recent[i].granted) continue;
      begin = end - (thread.recent.size() - i) * kStepTime;
      break;
    }
    const std::string id = std::to_string(pid_) + "." + std::to_string(tid) + "." + held.object;
    const std::string name = "holds " + names.of(held.object);
    const Frame* site = site_of(held.stack);
    for (const bool is_begin : {true, false}) {
      events_.add(event(is_begin ? "b" : "e", tid, name)
                      .add("cat", "lock")
                      .add("id", id)
                      .add("ts", is_begin ? begin : end + 4 * kStepTime)
                      .add("args", arguments(site)));
    }
  }

  JsonArray events_;
  int pid_ = 0;
};

}  // namespace

std::string render_trace(const Report& report) {
  Events events;
  for (const Outcome& outcome : report.outcomes) {
    for (std::size_t i = 0; i < outcome.findings.size(); ++i) {
      const Finding finding = in_reading_order(outcome.findings[i]);
      events.process(outcome.name + ": " + std::to_string(i + 1) + ". " + title_text(finding),
                     finding.threads, Names(finding));
      if (finding.execution) {
        events.execution(outcome.name + ": " + std::to_string(i + 1) + ". " + kPathHeading,
                         *finding.execution, Names(finding));
      }
    }
    if (outcome.dump) {
      events.process(outcome.name + ": when it ended", outcome.dump->threads,
                     Names(outcome.dump->threads, outcome.dump->objects));
    }
  }
  return events.take();
}

}  // namespace gridlock::internal::reports
