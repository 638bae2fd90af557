// SPDX-License-Identifier: Apache-2.0
#include "tests/random_programs/known_differences.h"

#include <algorithm>

namespace gridlock::random_programs {
namespace {

constexpr const char* kDidNotRun =
    "code that did not run: behind a try that failed, or a body that another thread ran";
constexpr const char* kSeveral =
    "several threads give or take: who gets which permit or item is left open, and each might be "
    "enough";
constexpr const char* kLateGiver =
    "when the cycle closed one thread had ever signalled, and that another will is in the future";
constexpr const char* kGaveUp =
    "a wait for a time got its signal and is taken for an order, but it would go on without it";
constexpr const char* kLost =
    "a notification before a wait without a test is lost, or goes to another waiter: that is not "
    "predicted";
constexpr const char* kFlag = "the order is in a variable under a lock, which is not seen";
constexpr const char* kCleared =
    "an event that is cleared: whoever comes after waits for the next set";
constexpr const char* kLateStart =
    "what the starter asked for before it started the signaller is not looked at";
constexpr const char* kAcross =
    "what is across processes gives no edge to its signals, and no order (joinable_queue.h)";
constexpr const char* kBusyPools =
    "a task was refused after the shutdown, and its wait did not happen; or that workers are busy "
    "with "
    "tasks that wait, so that others in the queue are not begun, which is not predicted";
constexpr const char* kOneWorker =
    "a pool of one worker runs its tasks in the order of the queue, which counts as luck "
    "(executor.h)";
constexpr const char* kCancelled =
    "a timer that was cancelled or dropped in time: its function did not run, and what it takes is "
    "not known";
constexpr const char* kFirstOfSeveral =
    "as_completed waits for whichever is first, and no particular thread owes that (executor.h)";
constexpr const char* kEarlier =
    "beside a cycle that is real: a thread hangs at what comes before the wait that this one "
    "names, or it "
    "is a late giver's";

constexpr KnownDifference kKnown[] = {
    {"tries", Comparison::kMissed, 1, 6, kDidNotRun},
    {"upgrades", Comparison::kMissed, 0, 1, kDidNotRun},
    {"signals", Comparison::kMissed, 9, 99, kSeveral},
    {"signals", Comparison::kFalse, 0, 3, kLateGiver},
    {"signals", Comparison::kUnreached, 0, 2, kEarlier},
    {"signals-only", Comparison::kMissed, 14, 95, kSeveral},
    {"signals-for-a-time", Comparison::kMissed, 1, 59, kGaveUp},
    {"signals-for-a-time", Comparison::kFalse, 0, 1, kLateGiver},
    {"events", Comparison::kFalse, 0, 4, kLateGiver},
    {"cleared-events", Comparison::kMissed, 35, 390, kCleared},
    {"cleared-events", Comparison::kFalse, 0, 3, kLateGiver},
    {"conditions", Comparison::kMissed, 81, 750, kLost},
    {"conditions", Comparison::kUnreached, 0, 7, kEarlier},
    {"tested-conditions", Comparison::kMissed, 1, 28, kLost},
    {"tested-conditions", Comparison::kFalse, 1, 11, kFlag},
    {"tested-conditions", Comparison::kUnreached, 0, 1, kEarlier},
    {"once", Comparison::kMissed, 7, 64, kDidNotRun},
    {"once", Comparison::kUnreached, 0, 2, kEarlier},
    {"queues", Comparison::kMissed, 7, 104, kSeveral},
    {"queues", Comparison::kFalse, 1, 3, kLateGiver},
    {"queues", Comparison::kUnreached, 0, 2, kEarlier},
    {"full-queues", Comparison::kMissed, 15, 208, kSeveral},
    {"full-queues", Comparison::kFalse, 0, 1, kLateGiver},
    {"full-queues", Comparison::kUnreached, 0, 3, kEarlier},
    {"drains", Comparison::kMissed, 23, 212, kSeveral},
    {"drains", Comparison::kFalse, 0, 1, kLateGiver},
    {"drains", Comparison::kUnreached, 0, 2, kEarlier},
    {"closes", Comparison::kMissed, 13, 175, kSeveral},
    {"closes", Comparison::kFalse, 2, 8, kLateGiver},
    {"closes", Comparison::kUnreached, 0, 5, kEarlier},
    {"starts-and-signals", Comparison::kMissed, 1, 42, kLateStart},
    {"starts-and-signals", Comparison::kFalse, 0, 3, kLateGiver},
    {"starts-and-signals", Comparison::kUnreached, 0, 4, kEarlier},
    {"gates-and-signals", Comparison::kMissed, 5, 56, kSeveral},
    {"gates-and-signals", Comparison::kFalse, 0, 4, kLateGiver},
    {"gates-and-signals", Comparison::kUnreached, 0, 5, kEarlier},
    {"readers-and-signals", Comparison::kMissed, 11, 88, kSeveral},
    {"readers-and-signals", Comparison::kFalse, 0, 2, kLateGiver},
    {"readers-and-signals", Comparison::kUnreached, 0, 2, kEarlier},
    {"mixes", Comparison::kMissed, 16, 160, kSeveral},
    {"mixes", Comparison::kFalse, 0, 3, kLateGiver},
    {"mixes", Comparison::kUnreached, 1, 7, kEarlier},
    {"ipc-locks", Comparison::kMissed, 0, 4, kDidNotRun},
    {"ipc-semaphores", Comparison::kMissed, 8, 113, kAcross},
    {"ipc-semaphores", Comparison::kUnreached, 0, 1, kAcross},
    {"joinable-queues", Comparison::kMissed, 27, 345, kAcross},
    {"joinable-queues", Comparison::kFalse, 0, 2, kAcross},
    {"joinable-queues", Comparison::kUnreached, 1, 4, kAcross},
    {"ipc", Comparison::kMissed, 22, 320, kAcross},
    {"ipc", Comparison::kFalse, 0, 2, kAcross},
    {"ipc", Comparison::kUnreached, 0, 2, kAcross},
    {"executors", Comparison::kMissed, 14, 116, kBusyPools},
    {"executors-and-locks", Comparison::kMissed, 9, 100, kBusyPools},
    {"executors-and-locks", Comparison::kUnreached, 0, 2, kEarlier},
    {"executors-and-signals", Comparison::kMissed, 13, 115, kBusyPools},
    {"executors-and-signals", Comparison::kFalse, 0, 2, kLateGiver},
    {"executors-and-signals", Comparison::kUnreached, 0, 3, kEarlier},
    {"maps", Comparison::kMissed, 3, 36, kBusyPools},
    {"maps-and-locks", Comparison::kMissed, 7, 48, kBusyPools},
    {"maps-and-locks", Comparison::kFalse, 0, 1, kOneWorker},
    {"maps-and-locks", Comparison::kUnreached, 0, 2, kEarlier},
    {"maps-and-signals", Comparison::kMissed, 10, 90, kBusyPools},
    {"maps-and-signals", Comparison::kFalse, 0, 2, kLateGiver},
    {"maps-and-signals", Comparison::kUnreached, 0, 3, kEarlier},
    {"as-completed", Comparison::kMissed, 5, 98, kBusyPools},
    {"as-completed-and-locks", Comparison::kMissed, 11, 97, kFirstOfSeveral},
    {"as-completed-and-locks", Comparison::kUnreached, 0, 2, kEarlier},
    {"as-completed-and-signals", Comparison::kMissed, 12, 132, kFirstOfSeveral},
    {"as-completed-and-signals", Comparison::kFalse, 0, 1, kLateGiver},
    {"as-completed-and-signals", Comparison::kUnreached, 0, 3, kEarlier},
    {"timers", Comparison::kMissed, 6, 90, kCancelled},
    {"timers-and-signals", Comparison::kMissed, 12, 165, kCancelled},
    {"timers-and-signals", Comparison::kFalse, 1, 2, kLateGiver},
    {"timers-and-signals", Comparison::kUnreached, 1, 2, kEarlier},
    {"timers-and-executors", Comparison::kMissed, 7, 194, kCancelled},
    {"timers-and-executors", Comparison::kUnreached, 0, 1, kEarlier},
};

}  // namespace

std::span<const KnownDifference> known_differences() { return kKnown; }

const KnownDifference* known_difference(std::string_view kind, Comparison verdict) {
  const auto* const found = std::ranges::find_if(kKnown, [&](const KnownDifference& each) {
    return each.kind == kind && each.verdict == verdict;
  });
  return found == std::end(kKnown) ? nullptr : found;
}

}  // namespace gridlock::random_programs
