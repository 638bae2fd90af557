// SPDX-License-Identifier: Apache-2.0
#include "harness/why/explanation.h"

#include "harness/platform/proc.h"
#include "harness/scenario/verdict.h"
#include "harness/why/object_waits.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <utility>

namespace gridlock::internal {
namespace {

using Json = nlohmann::ordered_json;
using Index = std::size_t;

constexpr Index kNone = ~Index{0};

char letter_of(const std::string& type) {
  if (type == "Condition") return 'C';
  if (type == "Semaphore") return 'S';
  if (type == "Barrier") return 'B';
  if (type == "OnceFlag") return 'O';
  return type == "Futex" ? 'E' : 'M';
}

std::string hex(std::uint64_t value) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  do {
    text.insert(text.begin(), kDigits[value & 15U]);
    value >>= 4U;
  } while (value != 0);
  return "0x" + text;
}

class Explainer {
 public:
  explicit Explainer(const InspectedProcess& process) : process_(process) {
    for (Index i = 0; i < process.threads.size(); ++i) {
      waits_.push_back(object_wait_of(process, process.threads[i]));
      index_of_[process.threads[i].tid] = i;
    }
    for (Index i = 0; i < waits_.size(); ++i) {
      next_.push_back(holder_of(i));
      if (waits_[i] && waits_[i]->type != "Thread") object_of(*waits_[i]);
    }
  }

  Explanation result() {
    write_start();
    find_circles();
    find_ended_holders();
    if (found_.empty() && is_standstill()) report(FindingKind::kStarvation, everybody(), {});
    for (Finding& finding : found_) add("finding", Json::parse(to_json(finding)));
    ProcessDump dump{.reason = kOtherThreads, .threads = {}, .objects = objects()};
    for (const Index i : everybody()) {
      if (!told_of_.contains(i)) dump.threads.push_back(info_of(i));
    }
    if (!dump.threads.empty()) add("dump", Json::parse(to_json(dump)));
    add("end", Json::object());  // how it ends is not ours to say
    for (const auto& [address, object] : objects_) {
      if (!object.unknown.empty())
        explanation_.notes.push_back(object.name + " (" + object.id + "): " + object.unknown);
    }
    return std::move(explanation_);
  }

 private:
  struct KnownObject {
    std::string id;
    std::string type;
    std::string name;
    std::string unknown;
  };

  bool is_firm(Index i) const {
    return waits_[i] && !waits_[i]->is_timed && !waits_[i]->is_being_woken;
  }

  // The one thread that can end the wait.
  Index holder_of(Index i) const {
    if (!is_firm(i)) return kNone;
    const auto holder = index_of_.find(waits_[i]->holder);
    return holder == index_of_.end() ? kNone : holder->second;
  }

  const KnownObject& object_of(const ObjectWait& wait) {
    const auto [at, is_new] = objects_.try_emplace(wait.object);
    if (is_new) {
      const char letter = letter_of(wait.type);
      std::string name = process_.variable_at(wait.object);
      if (name.empty()) name = hex(wait.object);
      at->second = {
          letter + std::to_string(++last_number_[letter]), wait.type, std::move(name), {}};
    }
    if (at->second.unknown.empty()) at->second.unknown = wait.unknown;
    return at->second;
  }

  std::string thread_id(Index i) const { return "T" + std::to_string(i + 1); }

  // A thread that was given no name has that of the one that started it.
  std::string name_of(Index i) const {
    if (i == 0) return "main";
    const std::string& name = process_.threads[i].name;
    return name == process_.threads[0].name ? "" : name;
  }

  std::string wanted_id(Index i) {
    const ObjectWait& wait = *waits_[i];
    if (wait.type != "Thread") return object_of(wait).id;
    const auto joined = index_of_.find(wait.holder);
    return joined == index_of_.end() ? "T" + std::to_string(process_.threads.size() + 1)
                                     : thread_id(joined->second);
  }

  ThreadInfo info_of(Index i) {
    const InspectedThread& thread = process_.threads[i];
    ThreadInfo info;
    info.id = thread_id(i);
    info.name = name_of(i);
    info.os_id = static_cast<std::uint64_t>(thread.tid);
    info.stack = thread.stack;
    if (waits_[i]) {
      info.state = "blocked";
      info.wants = WantedObject{.object = wanted_id(i),
                                .operation = waits_[i]->operation,
                                .timed = waits_[i]->is_timed,
                                .stack = thread.stack};
    } else if (thread.asleep) {
      const char* const call = name_of_call(static_cast<i64>(thread.asleep->number));
      info.state = std::string("asleep in ") + (call != nullptr ? call : "a system call");
    } else {
      info.state = "running";
    }
    std::map<std::string, int> held;
    for (const std::optional<ObjectWait>& wait : waits_) {
      if (wait && wait->type != "Thread" && wait->holder == thread.tid)
        held[object_of(*wait).id] = wait->count;
    }
    for (const auto& [id, count] : held)
      info.held.push_back({.object = id, .mode = "exclusive", .count = count, .stack = {}});
    return info;
  }

  std::vector<Object> objects() const {
    std::vector<Object> all;
    for (const auto& [address, object] : objects_) {
      Object one;
      one.id = object.id;
      one.type = object.type;
      one.name = object.name;
      one.composed = object.name.starts_with("0x");
      all.push_back(std::move(one));
    }
    for (Index i = 0; i < process_.threads.size(); ++i) {
      Object one;
      one.id = thread_id(i);
      one.type = "Thread";
      one.name = name_of(i);
      all.push_back(std::move(one));
    }
    return all;
  }

  std::vector<Index> everybody() const {
    std::vector<Index> all(process_.threads.size());
    for (Index i = 0; i < all.size(); ++i) all[i] = i;
    return all;
  }

  void report(FindingKind kind, const std::vector<Index>& threads, std::vector<std::string> cycle) {
    Finding finding;
    finding.kind = kind;
    finding.pid = static_cast<std::uint64_t>(process_.pid);
    finding.cycle = std::move(cycle);
    for (const Index i : threads) finding.threads.push_back(info_of(i));
    told_of_.insert(threads.begin(), threads.end());
    finding.objects = objects();
    found_.push_back(std::move(finding));
  }

  // Each thread waits for one other at most, so a circle is found by following them.
  void find_circles() {
    std::vector<Index> seen_from(waits_.size(), kNone);
    for (Index start = 0; start < waits_.size(); ++start) {
      Index at = start;
      while (at != kNone && seen_from[at] == kNone) {
        seen_from[at] = start;
        at = next_[at];
      }
      if (at == kNone || seen_from[at] != start) continue;
      std::vector<Index> threads;
      std::vector<std::string> cycle;
      const Index first = at;
      do {
        threads.push_back(at);
        cycle.push_back(wanted_id(at));
        at = next_[at];
      } while (at != first);
      report(threads.size() == 1 ? FindingKind::kSelfDeadlock : FindingKind::kDeadlock, threads,
             std::move(cycle));
    }
  }

  // Whoever held it has ended. A robust mutex tells its next owner; that one does not sleep.
  void find_ended_holders() {
    std::vector<Index> threads;
    for (Index i = 0; i < waits_.size(); ++i) {
      if (!is_firm(i) || !waits_[i]->is_private || waits_[i]->type == "Thread") continue;
      if (waits_[i]->holder != 0 && !index_of_.contains(waits_[i]->holder)) threads.push_back(i);
    }
    if (!threads.empty()) report(FindingKind::kStarvation, threads, {});
  }

  bool is_standstill() const {
    for (Index i = 0; i < waits_.size(); ++i) {
      if (!is_firm(i) || !waits_[i]->is_private) return false;
    }
    return !waits_.empty();
  }

  void add(const char* record, const Json& members) {
    Json line{{"record", record}, {"pid", process_.pid}};
    line.update(members);
    explanation_.log += line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  }

  void write_start() {
    Json start{{"v", 1}, {"tsan", false}, {"program", process_.program}};
    if (!process_.arguments.empty()) start["arguments"] = process_.arguments;
    add("start", start);
    for (const InspectedModule& module : process_.modules)
      add("module", {{"path", module.path}, {"build_id", module.build_id}});
  }

  const InspectedProcess& process_;
  std::vector<std::optional<ObjectWait>> waits_;  // by index of the thread
  std::vector<Index> next_;                       // whom it waits for
  std::map<int, Index> index_of_;                 // by tid
  std::map<std::uint64_t, KnownObject> objects_;  // by address
  std::map<char, int> last_number_;               // by letter
  std::vector<Finding> found_;
  std::set<Index> told_of_;  // threads that are in a finding
  Explanation explanation_;
};

}  // namespace

Explanation explain(const InspectedProcess& process) { return Explainer(process).result(); }

}  // namespace gridlock::internal
