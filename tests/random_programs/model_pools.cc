// SPDX-License-Identifier: Apache-2.0
//
// Pools: a queue of tasks, and workers that are threads (program.h says of what operations).
#include <algorithm>
#include <stdexcept>

#include "tests/random_programs/model_parts.h"

namespace gridlock::random_programs {

u32 Model::pool_of(u32 task) const {
  const auto found = std::ranges::find(program_->tasks, task, &traces::TaskText::object);
  if (found == program_->tasks.end()) throw std::invalid_argument("submit of what is no task");
  return found->pool;
}

bool Model::can_submit(const State& state, u32 task) const {
  const u32 pool = pool_of(task);
  const auto& part = state.objects[pool].part;
  const u32 capacity = program_->objects[pool].capacity;
  return part[1] != 0 || capacity == 0 || part[0] < capacity;
}

// Shut down, it is refused.
void Model::submit(State& state, u32 task) const {
  auto& pool = state.objects[pool_of(task)].part;
  if (pool[1] != 0) return;
  auto& submitted = state.objects[task].part[1];
  if (submitted != 0) throw std::invalid_argument("a task is submitted twice");
  submitted = 1;
  pool[kFirstTask + pool[0]++] = small(task);
}

void Model::start(State& state, u32 object) const {
  for (u32 i = 0; i < size(); ++i) {
    const traces::ThreadText& thread = program_->threads[i];
    const bool is_cancelled = thread.is_timer && state.objects[object].part[0] != 0;
    if ((thread.object == object && !is_cancelled) || thread.pool == object) begin_thread(state, i);
  }
}

bool Model::have_ended(const State& state, u32 pool) const {
  for (u32 i = 0; i < size(); ++i) {
    if (program_->threads[i].pool == pool && state.threads[i].phase != Phase::kDone) return false;
  }
  return true;
}

void Model::close_pool(State& state, u32 pool, bool cancels) const {
  auto& part = state.objects[pool].part;
  part[1] = 1;
  if (!cancels) return;
  for (std::size_t i = 0; i < part[0]; ++i) task_is_over(state, part[kFirstTask + i]);
  std::fill(part.begin() + kFirstTask, part.end(), 0);
  part[0] = 0;
}

void Model::task_is_over(State& state, u32 task) const {
  state.objects[task].part[0] = 1;
  let_go(state, task, Verb::kWait);
}

// What was submitted by now takes part.
void Model::begin_completed(State& state, const Op& op) const {
  auto& part = state.objects[op.object].part;
  if (part[1] != 0) return;
  part[1] = 1;
  for (std::size_t i = 0; i < op.objects.size(); ++i)
    part[kFirstTask + i] = state.objects[op.objects[i]].part[1];
}

// How many of them are over.
u32 Model::completed_of(const State& state, const Op& op) const {
  u32 count = 0;
  for (std::size_t i = 0; i < op.objects.size(); ++i) {
    const bool takes_part = state.objects[op.object].part[kFirstTask + i] != 0;
    if (takes_part && state.objects[op.objects[i]].part[0] != 0) ++count;
  }
  return count;
}

// The next task in its queue, or it sleeps there, or it ends.
void Model::take_task(State& state, u32 thread, u32 pool) const {
  auto& part = state.objects[pool].part;
  const auto& ops = program_->threads[thread].ops;
  State::Thread& self = state.threads[thread];
  if (part[0] == 0) {
    self.at = 0;
    self.phase = part[1] != 0 ? Phase::kDone : Phase::kBlocked;
    return;
  }
  const u32 task = part[kFirstTask];
  std::copy(part.begin() + kFirstTask + 1, part.end(), part.begin() + kFirstTask);
  part.back() = 0;
  --part[0];
  // It begins behind the end of the one before it in the worker's operations.
  std::size_t begin = 1;
  for (std::size_t i = 1; i < ops.size(); ++i) {
    if (ops[i].verb != Verb::kTaskOver) continue;
    if (ops[i].object == task) return go_to(state, thread, begin);
    begin = i + 1;
  }
  throw std::invalid_argument("a task of another pool");
}

// That the worker is in.
u32 Model::task_of(const State& state, u32 worker) const {
  const auto& ops = program_->threads[worker].ops;
  for (std::size_t i = state.threads[worker].at; i < ops.size(); ++i) {
    if (ops[i].verb == Verb::kTaskOver) return ops[i].object;
  }
  return 0;
}

// Of a wait for a task or for room: does it end when this worker goes on?
bool Model::helps(const State& state, u32 worker, const Op& wait) const {
  const u32 pool = pool_of(wait.object);
  if (program_->threads[worker].pool != pool || state.threads[worker].phase == Phase::kDone)
    return false;
  if (wait.verb == Verb::kSubmit) return true;
  const auto& part = state.objects[pool].part;
  const auto* const end = part.begin() + kFirstTask + part[0];
  const bool is_queued = std::find(part.begin() + kFirstTask, end, wait.object) != end;
  const bool takes = state.threads[worker].at == 0;
  return is_queued || (!takes && task_of(state, worker) == wait.object);
}

bool Model::is_starved(const State& state) const {
  std::uint64_t waits = 0;  // a bit for each thread
  for (u32 i = 0; i < size(); ++i) {
    if (state.threads[i].phase != Phase::kBlocked) continue;
    const Op& op = op_of(state, i);
    const bool for_a_task = op.verb == Verb::kWait && kind(op.object) == Kind::kTask;
    if ((for_a_task || op.verb == Verb::kSubmit) && op.patience == traces::Patience::kForEver &&
        !can_do(state, i, op))
      waits |= bit_of(i);
  }
  for (bool fewer = true; fewer;) {
    fewer = false;
    for (u32 i = 0; i < size(); ++i) {
      if ((waits & bit_of(i)) == 0) continue;
      for (u32 worker = 0; worker < size(); ++worker) {
        if ((waits & bit_of(worker)) != 0 || !helps(state, worker, op_of(state, i))) continue;
        waits &= ~bit_of(i);
        fewer = true;
        break;
      }
    }
  }
  return waits != 0;
}

}  // namespace gridlock::random_programs
