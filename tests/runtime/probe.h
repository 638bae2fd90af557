// SPDX-License-Identifier: Apache-2.0
//
// The situations of the probe, by the name of the subcommand.
#pragma once

#include <span>

namespace gridlock::probe {

/// Something that the probe can be asked to do. `number` is the second argument, 0 if none.
struct Situation {
  const char* name;
  void (*run)(int number);
};

std::span<const Situation> deadlocks();
std::span<const Situation> ends();
std::span<const Situation> executors();
std::span<const Situation> forks();
std::span<const Situation> full_tables();
std::span<const Situation> generations();
std::span<const Situation> interruptions();
std::span<const Situation> ipc_forks();
std::span<const Situation> ipcs();
std::span<const Situation> logs();
std::span<const Situation> lifetimes();
std::span<const Situation> misuses();
std::span<const Situation> orders();
std::span<const Situation> kept_orders();
std::span<const Situation> places();
std::span<const Situation> ports();
std::span<const Situation> processes();
std::span<const Situation> programs();
std::span<const Situation> queues();
std::span<const Situation> refusals();
std::span<const Situation> rules();
std::span<const Situation> signals();
std::span<const Situation> shared_locks();
std::span<const Situation> standstills();
std::span<const Situation> stuck_ends();
std::span<const Situation> outsiders();
std::span<const Situation> texts();
std::span<const Situation> threads();
std::span<const Situation> waits();
std::span<const Situation> syncs();

/// A deadlock of this thread and another one, each of which has one of two locks. Does not return.
void cross_two_locks();

}  // namespace gridlock::probe
