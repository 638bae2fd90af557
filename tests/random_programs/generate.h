// SPDX-License-Identifier: Apache-2.0
//
// Small programs of a kind, made at random: a few locks taken one inside the other, and signals put
// in anywhere, each with somebody who waits for it. A tree, so that it can be made smaller.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gridlock::random_programs {

/// What stands in the program: `head`, the body, `tail`.
struct Statement {
  std::string head;
  std::string tail = {};
  std::vector<Statement> body = {};
};

struct Tree {
  struct Thread {
    std::string name;
    std::vector<Statement> body;
  };
  std::vector<std::string> declarations;
  std::vector<Thread> threads;  // the last one is the main thread

  /// As tests/analysis/traces/program.h reads it.
  std::string text() const;
};

/// What a kind of program is made of, one or more of each.
enum Part : std::uint32_t {
  kLocks = 1U << 0,
  kRLocks = 1U << 1,
  kGate = 1U << 2,  // a lock around all of some threads
  kTries = 1U << 3,
  kScoped = 1U << 4,
  kReaders = 1U << 5,
  kWritersFirst = 1U << 6,
  kUpgrades = 1U << 7,
  kBinary = 1U << 8,    // semaphores of one permit, used as locks
  kPermits = 1U << 9,   // of two
  kBounded = 1U << 10,  // of one or two
  kSignals = 1U << 11,  // semaphores without a permit
  kEvents = 1U << 12,
  kClears = 1U << 13,
  kFutures = 1U << 14,
  kConditions = 1U << 15,  // waits without a test
  kTested = 1U << 16,
  kBarriers = 1U << 17,
  kOnce = 1U << 18,
  kQueues = 1U << 19,
  kFullQueues = 1U << 20,  // of one place
  kDrains = 1U << 21,
  kCloses = 1U << 22,
  kStarts = 1U << 23,
  kTimed = 1U << 24,  // waits for signals that may give up
  // Across processes:
  kIpcLocks = 1U << 25,
  kIpcSemaphores = 1U << 26,  // one permit, and none
  kJoinable = 1U << 27,       // queues

  kPools = 1U << 28,      // executors
  kMaps = 1U << 29,       // with map
  kCompleted = 1U << 30,  // and as_completed
  kTimers = 1U << 31,
};

struct KindOfProgram {
  const char* name;
  std::uint32_t parts;  // 0: some of all
};
std::span<const KindOfProgram> kinds_of_programs();
const KindOfProgram* kind_of_program(std::string_view name);

Tree generate(const KindOfProgram& kind, unsigned seed);

/// Every tree that has one statement less, or a statement's body in its place, or one thread less.
std::vector<Tree> smaller(const Tree& tree);

}  // namespace gridlock::random_programs
