// SPDX-License-Identifier: Apache-2.0
//
// What a program has besides the operations of its threads: the workers of its pools, starts and joins.
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

void add_starts_and_joins(Program& program, const std::vector<u32>& pools) {
  ThreadText& main = program.threads.back();
  std::vector<Op> starts;
  for (const u32 pool : pools) starts.push_back({.verb = Verb::kStart, .object = pool});
  for (std::size_t i = 0; i + 1 < program.threads.size(); ++i) {
    const ThreadText& thread = program.threads[i];
    if (thread.pool != 0 || thread.is_timer) continue;
    if (!thread.started_by_hand) starts.push_back({.verb = Verb::kStart, .object = thread.object});
    if (!thread.joined_by_hand && !thread.started_by_hand)
      main.ops.push_back({.verb = Verb::kJoin, .object = thread.object});
  }
  for (const ThreadText& thread : program.threads) {
    if (thread.is_timer && !thread.joined_by_hand)
      main.ops.push_back({.verb = Verb::kDrop, .object = thread.object});
  }
  for (const u32 pool : pools) main.ops.push_back({.verb = Verb::kShutDown, .object = pool});
  if (!starts.empty()) starts.push_back({.verb = Verb::kYield});
  for (Op& op : main.ops) op.jump += starts.size();
  main.ops.insert(main.ops.begin(), starts.begin(), starts.end());
}

}  // namespace gridlock::traces
