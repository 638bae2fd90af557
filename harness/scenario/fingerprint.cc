// SPDX-License-Identifier: Apache-2.0
//
// Each fact that the claim rests on becomes a line of text. The lines are a set: neither their order
// nor how many alike there are (five philosophers, the waiters of one queue) matters. They are
// hashed with 64-bit FNV-1a: five lines, no dependency, the same on every machine and in every
// release, which std::hash does not promise. Nobody gains by forging one, so a cryptographic hash
// would buy nothing.
#include "harness/scenario/fingerprint.h"

#include "harness/scenario/function_name.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

namespace gridlock::internal {
namespace {

std::uint64_t fnv1a(std::uint64_t hash, std::string_view bytes) {
  for (const char byte : bytes) {
    hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3U;
  }
  return hash;
}

std::string hex(std::uint64_t value) {
  std::string digits(16, '0');
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit, value >>= 4U) {
    *digit = "0123456789abcdef"[value & 15U];
  }
  return digits;
}

// "cook 12" -> "cook #".
std::string without_numbers(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const bool digit = c >= '0' && c <= '9';
    if (digit && result.ends_with('#')) continue;
    result += digit ? '#' : c;
  }
  return result;
}

bool is_thread(const Object& object) { return object.type == "Thread" || object.type == "Process"; }

// A thread is one of many that run the same code: which of them it was, its number says.
std::string name_of(const Object& object) {
  if (object.type == "Address" && object.composed) return {};  // where it lay in this run
  return object.composed || is_thread(object) ? without_numbers(object.name) : object.name;
}

// What tells two nameless objects apart: the function that made each. Not the file's line.
std::string origin(const Object& object) {
  const Frame* const frame = user_site(object.created);
  return frame == nullptr ? "" : "made in " + plain_function(frame->function);
}

std::string mode(const std::string& mode) { return mode.empty() ? "" : "(" + mode + ")"; }

using Place = std::tuple<std::string, int, int>;

Place place_of(const Frame& frame) { return {frame.file, frame.line, frame.column}; }

// The facts, and where they are in the source; that is no part of the value.
class Claim {
 public:
  explicit Claim(const Finding& finding) : finding_(finding) {
    for (const Object& object : finding.objects) objects_[object.id] = &object;
    for (const ProcessInfo& process : finding.processes)
      processes_[process.id] = without_numbers(process.name);
    for (const ThreadInfo& thread : finding.threads) threads_[thread.id] = &thread;
    add_facts();
  }

  std::uint64_t hash() const {
    std::uint64_t hash = fnv1a(0xcbf29ce484222325U, info(finding_.kind).name);
    for (const std::string& fact : facts_) hash = fnv1a(fnv1a(hash, "\n"), fact);
    return hash;
  }

  /// Differ for two claims of one process that are not the same, whatever their hashes.
  auto whereabouts() const { return std::pair(made_at_, functions_); }

 private:
  void add_facts() {
    const FindingKind kind = finding_.kind;
    if (!finding_.accesses.empty()) return add_accesses();
    if (!finding_.acts.empty() && kind != FindingKind::kLostWakeup) return add_first_act();
    if (kind == FindingKind::kOwnerDied) return add_dead_owners();
    if (!finding_.edges.empty()) return add_edges();
    if (kind == FindingKind::kMisuseExitRunning) return add_threads_and_locations();
    if (add_waits()) return;
    add_statement();
  }

  // Two races are the same if the same two places race on the same memory, whatever the threads
  // held or did besides, and whichever of them ThreadSanitizer saw reading.
  void add_accesses() {
    for (const MemoryAccess& access : finding_.accesses) add("access " + place(access.stack));
    for (const MemoryLocation& location : finding_.locations)
      add("memory " + location.type + ":" + location.name + " " + place(location.allocated));
  }

  // What was wrong; not what went before it, which may be forgotten by now.
  void add_first_act() {
    const Act& act = finding_.acts.front();
    std::string fact = act.operation + " " + label(act.object);
    if (!act.lock.empty()) fact += " without " + label(act.lock);
    const Stack* stack = &act.stack;
    if (const auto thread = threads_.find(act.thread); stack->empty() && thread != threads_.end()) {
      for (const HeldObject& held : thread->second->held) {
        if (held.object == act.object) stack = &held.stack;
      }
    }
    add(fact + " " + place(*stack));
  }

  // The thread that requested it next is left out: that depends on the schedule.
  void add_dead_owners() {
    for (const ThreadInfo& thread : finding_.threads) {
      if (thread.state != "ended") continue;
      for (const HeldObject& held : thread.held)
        add(in_process(thread.id) + "died with " + label(held.object) + " " + place(held.stack));
    }
    if (facts_.empty() && !finding_.objects.empty())
      add("died with " + label(finding_.objects.front().id));
  }

  // A cycle, foretold or come true. What the threads hold besides is no part of it.
  void add_edges() {
    for (const LockOrderEdge& edge : finding_.edges) {
      add(in_process(edge.thread) + label(edge.from) + mode(edge.held_mode) + " " +
          place(edge.held_stack) + " => " + label(edge.to) + mode(edge.wanted_mode) + " " +
          place(edge.wanted_stack));
    }
  }

  void add_threads_and_locations() {
    for (const ThreadInfo& thread : finding_.threads) add("runs " + label(thread.id));
    for (const MemoryLocation& location : finding_.locations)
      add(location.type + " " + place(location.allocated));
  }

  // Waits that no other waiting thread could end. A thread that waits for a waiting one only comes
  // behind it, and may have come or not.
  bool add_waits() {
    std::set<std::string> kept;  // by threads that wait themselves
    for (const ThreadInfo& thread : finding_.threads) {
      if (!thread.wants) continue;
      kept.insert(thread.id);
      for (const HeldObject& held : thread.held) {
        if (held.mode != "permit") kept.insert(held.object);
      }
    }
    const auto add_if = [&](const auto& counts) {
      for (const ThreadInfo& thread : finding_.threads) {
        if (!thread.wants || !counts(*thread.wants)) continue;
        add(in_process(thread.id) + thread.wants->operation + " " + label(thread.wants->object) +
            " " + place(thread.wants->stack));
      }
      return !facts_.empty();
    };
    return add_if([&](const WantedObject& wanted) { return !kept.contains(wanted.object); }) ||
           add_if([](const WantedObject&) { return true; });
  }

  // Somebody claims something at a place.
  void add_statement() {
    add("says " + without_numbers(finding_.detail));
    if (!finding_.threads.empty() && !finding_.threads.front().stack.empty())
      add("at " + place(finding_.threads.front().stack));
    for (const MemoryLocation& location : finding_.locations)
      add("memory " + location.type + ":" + location.name + " " + place(location.allocated));
  }

  void add(std::string fact) { facts_.insert(std::move(fact)); }

  std::string place(const Stack& stack) {
    if (const Frame* const site = user_site(stack)) functions_.emplace(site->function);
    return plain_place(stack);
  }

  // Empty in a finding about one process.
  std::string in_process(const std::string& thread) const {
    const auto found = threads_.find(thread);
    if (found == threads_.end()) return {};
    const auto process = processes_.find(found->second->process);
    return process == processes_.end() ? "" : "in " + process->second + " ";
  }

  std::string label(const std::string& id) {
    const auto found = objects_.find(id);
    if (found == objects_.end()) return "?";
    const Object& object = *found->second;
    if (const Frame* const frame = user_site(object.created)) made_at_.insert(place_of(*frame));
    return object.type + ":" + (object.name.empty() ? origin(object) : name_of(object));
  }

  const Finding& finding_;
  std::map<std::string, const Object*> objects_;
  std::map<std::string, const ThreadInfo*> threads_;
  std::map<std::string, std::string> processes_;  // names
  std::set<std::string> facts_;
  std::set<Place> made_at_;
  std::set<std::string> functions_;  // as they are spelled, lambdas with their numbers
};

}  // namespace

std::string fingerprint(const Finding& finding) { return hex(Claim(finding).hash()); }

void set_fingerprints(std::vector<Finding>& findings) {
  using Whereabouts = decltype(std::declval<Claim>().whereabouts());
  std::map<std::uint64_t, std::map<Whereabouts, std::vector<Finding*>>> claims;  // by hash
  for (Finding& finding : findings) {
    const Claim claim(finding);
    claims[claim.hash()][claim.whereabouts()].push_back(&finding);
  }
  for (const auto& [hash, same] : claims) {
    std::uint64_t number = 0;
    for (const auto& [where, them] : same) {
      const std::string print =
          hex(number == 0 ? hash : fnv1a(hash, "\nnumber " + std::to_string(number)));
      ++number;
      for (Finding* const finding : them) {
        if (finding->fingerprint.empty()) finding->fingerprint = print;
      }
    }
  }
}

}  // namespace gridlock::internal
