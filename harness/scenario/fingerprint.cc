// SPDX-License-Identifier: Apache-2.0
//
// The parts are made as strings, sorted (so that it does not matter which thread came first) and
// hashed with 64-bit FNV-1a: five lines, no dependency, the same on every machine and in every
// release, which std::hash does not promise. Nobody gains by forging one, so a cryptographic hash
// would buy nothing.
#include "harness/scenario/fingerprint.h"

#include "harness/scenario/stacks.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

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

// Where no frame is the user's, the innermost that has a name: it serves to tell two defects apart,
// and nobody reads it.
std::string place(const Stack& stack) {
  const Frame* frame = user_site(stack);
  if (frame == nullptr) {
    const auto named =
        std::ranges::find_if(stack, [](const Frame& one) { return !one.function.empty(); });
    if (named != stack.end()) frame = &*named;
  }
  if (frame == nullptr) return "?";
  if (!frame->function.empty()) return frame->function;
  const std::string_view module = frame->module;
  return std::string(module.substr(module.rfind('/') + 1)) + "+" + std::to_string(frame->offset);
}

// What tells two nameless objects apart: the function that made each. Not the file's line.
std::string origin(const Object& object) {
  const Frame* const frame = user_site(object.created);
  return frame == nullptr || frame->function.empty() ? "" : "made in " + frame->function;
}

std::string mode(const std::string& mode) { return mode.empty() ? "" : "(" + mode + ")"; }

class Parts {
 public:
  explicit Parts(const Finding& finding) {
    // Of a race not: the same two places race on the same memory, whatever else the threads held or
    // did.
    const bool race = !finding.accesses.empty();
    for (const Object& object : finding.objects) {
      labels_[object.id] = object.type + ":" + (object.name.empty() ? origin(object) : object.name);
      if (!race) parts_.push_back("object " + labels_[object.id]);
    }
    for (const MemoryLocation& location : finding.locations) {
      parts_.push_back("memory " + location.type + ":" + location.name + " " +
                       place(location.allocated));
    }
    // By its name, not by its pid or number, which differ from run to run.
    for (const ProcessInfo& process : finding.processes) {
      processes_[process.id] = process.name;
      parts_.push_back("process " + process.name);
    }
    add_sites(finding);
    std::sort(parts_.begin(), parts_.end());
  }

  std::uint64_t hash(std::string_view kind) const {
    std::uint64_t hash = fnv1a(0xcbf29ce484222325U, kind);
    for (const std::string& part : parts_) hash = fnv1a(fnv1a(hash, "\n"), part);
    return hash;
  }

 private:
  // The first of these that the finding has: a deadlock may or may not come with the edges of the
  // cycle that foretold it, and must have one fingerprint either way.
  void add_sites(const Finding& finding) {
    for (const MemoryAccess& access : finding.accesses) {
      parts_.push_back(std::string(access.write ? "write " : "read ") + place(access.stack));
    }
    if (!finding.accesses.empty()) return;
    bool waiting = false;
    for (const ThreadInfo& thread : finding.threads) {
      if (!thread.wants) continue;
      waiting = true;
      std::string part = in_process(thread) + "waits " + label(thread.wants->object) + " " +
                         place(thread.wants->stack);
      std::vector<std::string> held;
      for (const HeldObject& object : thread.held) {
        held.push_back(" holds " + label(object.object) + " " + place(object.stack));
      }
      std::sort(held.begin(), held.end());
      for (const std::string& one : held) part += one;
      parts_.push_back(part);
    }
    if (waiting) return;
    for (const LockOrderEdge& edge : finding.edges) {
      parts_.push_back("edge " + label(edge.from) + mode(edge.held_mode) + " " +
                       place(edge.held_stack) + " " + label(edge.to) + mode(edge.wanted_mode) +
                       " " + place(edge.wanted_stack));
    }
    if (!finding.edges.empty()) return;
    for (const ThreadInfo& thread : finding.threads) {
      if (!thread.stack.empty()) parts_.push_back(in_process(thread) + "at " + place(thread.stack));
    }
  }

  // Empty in a finding about one process, whose fingerprint is then as it always was.
  std::string in_process(const ThreadInfo& thread) const {
    const auto found = processes_.find(thread.process);
    return found == processes_.end() ? "" : "in " + found->second + " ";
  }

  std::string label(const std::string& id) const {
    const auto found = labels_.find(id);
    return found == labels_.end() ? "?" : found->second;
  }

  std::map<std::string, std::string> labels_;     // by id
  std::map<std::string, std::string> processes_;  // names, by id
  std::vector<std::string> parts_;
};

}  // namespace

std::string fingerprint(const Finding& finding) {
  return hex(Parts(finding).hash(info(finding.kind).name));
}

}  // namespace gridlock::internal
