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
constexpr const char* kDrain =
    "a join waits only for what was put: if the put itself is kept back there is nothing to wait "
    "for";
constexpr const char* kEarlier =
    "one of the threads hangs at what comes before the wait that the cycle names";

constexpr KnownDifference kKnown[] = {
    {"tries", Verdict::kMissed, 1, 8, kDidNotRun},
    {"signals", Verdict::kMissed, 9, 90, kSeveral},
    {"signals", Verdict::kFalse, 0, 5, kLateGiver},
    {"signals-only", Verdict::kMissed, 14, 140, kSeveral},
    {"signals-for-a-time", Verdict::kMissed, 1, 20, kGaveUp},
    {"cleared-events", Verdict::kMissed, 35, 350, kCleared},
    {"conditions", Verdict::kMissed, 81, 800, kLost},
    {"tested-conditions", Verdict::kMissed, 1, 20, kLost},
    {"tested-conditions", Verdict::kFalse, 1, 20, kFlag},
    {"once", Verdict::kMissed, 7, 80, kDidNotRun},
    {"queues", Verdict::kMissed, 7, 80, kSeveral},
    {"queues", Verdict::kFalse, 1, 10, kLateGiver},
    {"full-queues", Verdict::kMissed, 15, 150, kSeveral},
    {"drains", Verdict::kMissed, 23, 240, kSeveral},
    {"drains", Verdict::kFalse, 1, 10, kDrain},
    {"closes", Verdict::kMissed, 12, 130, kSeveral},
    {"closes", Verdict::kFalse, 2, 15, kLateGiver},
    {"starts-and-signals", Verdict::kMissed, 1, 20, kLateStart},
    {"gates-and-signals", Verdict::kMissed, 5, 60, kSeveral},
    {"readers-and-signals", Verdict::kMissed, 11, 110, kSeveral},
    {"mixes", Verdict::kMissed, 16, 160, kSeveral},
    {"mixes", Verdict::kFalse, 1, 15, kLateGiver},
    {"mixes", Verdict::kUnreached, 1, 15, kEarlier},
};

}  // namespace

std::span<const KnownDifference> known_differences() { return kKnown; }

const KnownDifference* known_difference(std::string_view kind, Verdict verdict) {
  const auto* const found = std::ranges::find_if(kKnown, [&](const KnownDifference& each) {
    return each.kind == kind && each.verdict == verdict;
  });
  return found == std::end(kKnown) ? nullptr : found;
}

}  // namespace gridlock::random_programs
