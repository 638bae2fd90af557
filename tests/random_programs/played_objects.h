// SPDX-License-Identifier: Apache-2.0
//
// The real primitives that a program is played with.
#pragma once

#include <gridlock/gridlock.h>

#include <atomic>
#include <chrono>
#include <memory>

#include "tests/analysis/traces/program.h"

namespace gridlock::random_programs {

using internal::u32;

inline constexpr auto kWhile = std::chrono::seconds(10);  // of a clock that does not move by itself

// Of each object that which its kind needs.
struct Object {
  std::unique_ptr<Lock> lock;
  std::unique_ptr<RLock> rlock;
  std::unique_ptr<SharedLock> shared;
  std::unique_ptr<Semaphore> semaphore;
  std::unique_ptr<Event> event;
  std::unique_ptr<Promise<int>> promise;
  std::unique_ptr<Future<int>> future;
  std::unique_ptr<Condition> condition;
  std::unique_ptr<Queue<int>> queue;
  std::unique_ptr<Barrier> barrier;
  std::unique_ptr<OnceFlag> once;
  std::unique_ptr<IpcLock> ipc_lock;
  std::unique_ptr<IpcSemaphore> ipc_semaphore;
  std::unique_ptr<JoinableQueue<int>> joinable;
  std::unique_ptr<Timer> timer;
  std::unique_ptr<Executor> pool;      // made by the main thread
  std::unique_ptr<Future<void>> task;  // once it is submitted
  std::atomic<u32> writer{0};          // of a shared lock: this_thread_id()
  std::atomic<bool> flag{false};
  Thread thread;
};

void make(const traces::Declared& declared, Object& object);
/// False: it was not to be had in time.
bool take(const traces::Op& op, Object& object);
/// A shared lock as it is held by now.
void give_back(Object& object);
/// Of a queue.
void get(const traces::Op& op, Object& object);
/// Until `test` is raised, if there is one.
void wait_on_condition(Object& condition, Object& lock, const std::atomic<bool>* test, bool timed);

}  // namespace gridlock::random_programs
