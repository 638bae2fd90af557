// SPDX-License-Identifier: Apache-2.0
//
// Small random programs whose races are compared: what real ThreadSanitizer reports, what our runtime reports, and what
// the vector clocks of a model say. A program is threads of steps, and one order in which all the steps are made; a step
// is one access or one operation that synchronises. Each step is made once, so a race is a pair of steps.
#pragma once

#include <cstdint>
#include <set>
#include <utility>
#include <vector>

namespace gridlock::races {

inline constexpr int kMaxThreads = 4;
inline constexpr int kStepsPerThread = 26;
inline constexpr int kWords = 3;  ///< of eight bytes, which plain accesses share
inline constexpr int kAtomics = 2;
inline constexpr int kMutexes = 2;

enum class Op : std::uint8_t {
  kRead,        ///< `size` bytes at `offset`
  kWrite,       ///< the same
  kAtomicLoad,  ///< atomic `object`, `order`
  kAtomicStore,
  kAtomicAdd,     ///< a read-modify-write
  kAtomicSwapIf,  ///< compare and exchange: `offset` 0 fails, 1 succeeds
  kAtomicPlain,   ///< a plain read of the atomic object (`offset` 1: a write)
  kFence,
  kLock,  ///< mutex `object`
  kUnlock,
  kReadLock,  ///< the one read-write lock
  kReadUnlock,
  kWriteLock,
  kWriteUnlock,
  kWait,      ///< at the condition, with its mutex held
  kWaited,    ///< the wait is over: the mutex is held again
  kNotify,    ///< of the one that waits
  kWaitLock,  ///< the condition's mutex
  kWaitUnlock,
  kArrive,   ///< at the barrier of all threads but the main one
  kArrived,  ///< the barrier is passed
  kStart,    ///< of thread `object`, by thread 0
  kJoin,     ///< of thread `object`
};

struct Step {
  Op op = Op::kRead;
  std::uint8_t object = 0;
  std::uint8_t offset = 0;
  std::uint8_t size = 0;
  int order = 0;  ///< __ATOMIC_RELAXED and so on
};

/// A thread and the number of a step in it, as one number.
using StepId = int;
constexpr StepId id_of(int thread, int step) { return thread * kStepsPerThread + step; }

/// Two steps that race, the smaller number first.
using Race = std::pair<StepId, StepId>;
using Races = std::set<Race>;
inline Race race_of(StepId a, StepId b) { return a < b ? Race{a, b} : Race{b, a}; }

struct Program {
  std::vector<std::vector<Step>> threads;
  std::vector<StepId> order;  ///< all the steps, each where its thread comes to it
};

/// The program of a seed. Equal everywhere.
Program generate(std::uint64_t seed);
/// One line a step, in the order in which they are made.
void print(const Program& program);

/// Whose rules.
enum class Model : std::uint8_t {
  kCpp20,            ///< the standard's
  kThreadSanitizer,  ///< fences order nothing, what a release store published stays there under later relaxed stores, and a
                     ///< read-modify-write races with what it acquires
};
/// All the races of the program's order, by vector clocks, each access compared with each.
Races races_of(const Program& program, Model model);

/// True of a step that accesses memory and does not synchronise.
constexpr bool is_plain(Op op) {
  return op == Op::kRead || op == Op::kWrite || op == Op::kAtomicPlain;
}
constexpr bool is_atomic(Op op) {
  return op == Op::kAtomicLoad || op == Op::kAtomicStore || op == Op::kAtomicAdd ||
         op == Op::kAtomicSwapIf;
}

/// Makes the program's steps in its order, in threads of the program's. Where `only` is not nullptr, of all accesses only those two
/// are to be seen. Returns the races that the detector in this binary reported (detector_*.cc).
Races run(const Program& program, const Race* only);

}  // namespace gridlock::races
