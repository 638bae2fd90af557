// SPDX-License-Identifier: Apache-2.0
#include "tests/analysis/traces/play.h"

#include <random>
#include <stdexcept>
#include <unordered_set>
#include <utility>

namespace gridlock::traces {
namespace {

constexpr std::size_t kNobody = ~std::size_t{0};

// The next one after `thread` that can do something, itself last.
std::size_t next_after(const Machine& machine, std::size_t thread) {
  for (std::size_t i = 1; i <= machine.size(); ++i) {
    const std::size_t next = (thread + i) % machine.size();
    if (machine.can_step(next)) return next;
  }
  return kNobody;
}

std::string finding_after(const Machine& machine, std::size_t thread) {
  return machine.blocked(thread) || machine.done(thread) ? machine.judge(thread) : "";
}

Outcome outcome_of(const Machine& machine, std::string finding, Telling& telling) {
  return {machine.all_done(), std::move(finding), telling.cycles(), telling.safe()};
}

}  // namespace

Outcome play_in_turn(const Program& program, Run run) {
  Telling telling;
  Machine machine{program, run, &telling};
  std::size_t thread = machine.size() - 1;
  std::string finding;
  while (finding.empty()) {
    if (!machine.can_step(thread)) thread = next_after(machine, thread);
    if (thread == kNobody && run == Run::kHang && !machine.meeting_over()) {
      machine.end_meeting();
      thread = next_after(machine, machine.size() - 1);
    }
    if (thread == kNobody) break;
    const bool yields = machine.step(thread);
    finding = finding_after(machine, thread);
    if (yields && next_after(machine, thread) != kNobody) thread = next_after(machine, thread);
  }
  return outcome_of(machine, finding, telling);
}

Outcome play_somehow(const Program& program, unsigned seed) {
  Telling telling;
  Machine machine{program, Run::kFree, &telling};
  std::mt19937 random{seed};
  std::string finding;
  while (finding.empty()) {
    std::vector<std::size_t> ready;
    for (std::size_t i = 0; i < machine.size(); ++i) {
      if (machine.can_step(i)) ready.push_back(i);
    }
    if (ready.empty()) break;
    const std::size_t thread = ready[random() % ready.size()];
    machine.step(thread);
    finding = finding_after(machine, thread);
  }
  return outcome_of(machine, finding, telling);
}

bool can_hang(const Program& program, Run run) {
  constexpr std::size_t kMost = 400'000;
  Machine first{program, run, nullptr};
  first.end_meeting();
  std::unordered_set<std::string> seen{first.state()};
  std::vector<Machine> open{first};
  while (!open.empty()) {
    const Machine machine = std::move(open.back());
    open.pop_back();
    bool goes_on = false;
    for (std::size_t i = 0; i < machine.size(); ++i) {
      if (!machine.can_step(i)) continue;
      goes_on = true;
      Machine next = machine;
      next.step(i);
      if (seen.insert(next.state()).second) open.push_back(std::move(next));
    }
    if (!goes_on && !machine.all_done()) return true;
    if (seen.size() > kMost) throw std::runtime_error("too many schedules");
  }
  return false;
}

}  // namespace gridlock::traces
