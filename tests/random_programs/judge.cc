// SPDX-License-Identifier: Apache-2.0
#include "tests/random_programs/judge.h"

#include <algorithm>

namespace gridlock::random_programs {
namespace {

// An executor's queue is the pool.
u32 object_named(const traces::Program& program, std::string_view name) {
  constexpr std::string_view kQueue = " queue";
  if (name.ends_with(kQueue)) name.remove_suffix(kQueue.size());
  for (u32 i = 1; i < program.objects.size(); ++i) {
    if (program.objects[i].name == name) return i;
  }
  return 0;
}

bool is_unnamed_future(const Finding& finding, std::string_view id) {
  return std::ranges::any_of(finding.objects, [&](const gridlock::Object& each) {
    return each.id == id && each.name.empty() && each.type == "Future";
  });
}

// What a finding's cycle names.
struct InCycle {
  Objects objects = 0;       // bit 0 for one that the program does not have
  bool has_unnamed = false;  // a future without a name
};

InCycle objects_in(const traces::Program& program, const Finding& finding, std::string* names) {
  InCycle all;
  for (const std::string& id : finding.cycle) {
    std::string name = id;
    for (const gridlock::Object& each : finding.objects) {
      if (each.id == id && !each.name.empty()) name = each.name;
    }
    for (const ThreadInfo& each : finding.threads) {
      if (each.id == id && !each.name.empty()) name = each.name;
    }
    *names += " " + name;
    if (is_unnamed_future(finding, id)) {
      all.has_unnamed = true;
    } else {
      all.objects |= bit_of(object_named(program, name));
    }
  }
  return all;
}

// The futures of a map have no names.
Objects mapped_in(const traces::Program& program) {
  Objects all = 0;
  const auto add = [&](const std::vector<traces::Op>& ops) {
    for (const traces::Op& op : ops) {
      if (op.verb != traces::Verb::kMap) continue;
      for (const u32 each : op.objects) all |= bit_of(each);
    }
  };
  for (const traces::ThreadText& each : program.threads) add(each.ops);
  for (const traces::TaskText& each : program.tasks) add(each.ops);
  return all;
}

bool is_reached(const traces::Program& program, const Schedules& schedules, const InCycle& cycle) {
  if (!cycle.has_unnamed) return is_reached(schedules, cycle.objects);
  const Objects mapped = mapped_in(program);
  for (u32 i = 1; i < program.objects.size(); ++i) {
    if ((mapped & bit_of(i)) != 0 && is_reached(schedules, cycle.objects | bit_of(i))) return true;
  }
  return false;
}

}  // namespace

const char* name_of(Comparison verdict) {
  constexpr const char* kNames[kComparisons] = {"too large", "never ends", "safe",      "predicted",
                                                "missed",    "false",      "unreached", "wrong"};
  return kNames[static_cast<int>(verdict)];
}

Comparison judge(const traces::Program& program, const Schedules& schedules,
                 std::span<const Finding> findings, std::string* why) {
  bool predicted = false;
  bool unreached = false;
  for (const Finding& finding : findings) {
    std::string names = std::string(info(finding.kind).name) + ":";
    const InCycle cycle = objects_in(program, finding, &names);
    if (finding.kind != FindingKind::kLockOrderCycle) {
      *why = names;
      return Comparison::kWrong;
    }
    if (is_reached(program, schedules, cycle)) {
      predicted = true;
    } else {
      *why += (why->empty() ? "" : "; ") + names;
      unreached = true;
    }
  }
  if (unreached) return schedules.can_hang ? Comparison::kUnreached : Comparison::kFalse;
  if (predicted) return Comparison::kPredicted;
  return schedules.can_hang ? Comparison::kMissed : Comparison::kSafe;
}

bool is_reported(std::span<const Finding> findings) {
  return std::ranges::any_of(findings, [](const Finding& finding) {
    return finding.kind == FindingKind::kDeadlock || finding.kind == FindingKind::kSelfDeadlock ||
           finding.kind == FindingKind::kStarvation || finding.kind == FindingKind::kLostWakeup;
  });
}

}  // namespace gridlock::random_programs
