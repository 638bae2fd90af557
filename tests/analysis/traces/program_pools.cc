// SPDX-License-Identifier: Apache-2.0
//
// The workers of the pools of a program.
#include "tests/analysis/traces/program.h"

namespace gridlock::traces {
namespace {

std::vector<Op> work_of(const Program& program, u32 pool) {
  std::vector<Op> ops{{.verb = Verb::kTake, .object = pool}};
  for (const TaskText& task : program.tasks) {
    if (task.pool != pool) continue;
    const std::size_t begin = ops.size();
    for (Op op : task.ops) {
      op.jump += begin;
      ops.push_back(std::move(op));
    }
    ops.push_back({.verb = Verb::kTaskOver, .object = task.object, .other = pool});
  }
  return ops;
}

}  // namespace

std::vector<u32> add_workers(Program& program) {
  std::vector<u32> pools;
  for (u32 i = 1; i < program.objects.size(); ++i) {
    if (program.objects[i].kind == Kind::kPool) pools.push_back(i);
  }
  for (const u32 pool : pools) {
    for (u32 i = 1; i <= program.objects[pool].number; ++i) {
      const std::string name = program.objects[pool].name + "-" + std::to_string(i);
      program.objects.push_back({.kind = Kind::kThread, .name = name});
      const auto object = static_cast<u32>(program.objects.size() - 1);
      program.threads.insert(program.threads.end() - 1,
                             {.object = object, .ops = work_of(program, pool), .pool = pool});
    }
  }
  return pools;
}

}  // namespace gridlock::traces
