// SPDX-License-Identifier: Apache-2.0
//
// Small programs that show what a memory model allows: each thread stores and loads a few atomic objects, and what its loads
// have read is the outcome.
#pragma once

#include <atomic>
#include <cstddef>
#include <set>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include "tests/explore/expect.h"

namespace gridlock {

inline constexpr std::memory_order kRelaxed = std::memory_order_relaxed;
inline constexpr std::memory_order kAcquire = std::memory_order_acquire;
inline constexpr std::memory_order kRelease = std::memory_order_release;
inline constexpr std::memory_order kAcquireRelease = std::memory_order_acq_rel;
inline constexpr std::memory_order kSequential = std::memory_order_seq_cst;

/// Of all stores and of all loads of a program.
struct Orders {
  std::memory_order store;
  std::memory_order load;
};
inline constexpr Orders kAllRelaxed{kRelaxed, kRelaxed};
inline constexpr Orders kReleaseAcquire{kRelease, kAcquire};
inline constexpr Orders kAllSequential{kSequential, kSequential};

/// What the threads of a litmus program share. Each register is one thread's, and has a value below 4.
struct Shared {
  std::atomic<int> x = 0;
  std::atomic<int> y = 0;
  std::atomic<int> z = 0;
  int r[4] = {};
};

/// What the registers of executions were, a digit each: "01", "10".
using Outcomes = std::set<std::string>;

/// All outcomes of so many registers with values below `values`, but for some.
inline Outcomes all_but(const Outcomes& none, std::size_t registers, char values = 2) {
  Outcomes all = {""};
  for (std::size_t i = 0; i < registers; ++i) {
    Outcomes longer;
    for (const std::string& begin : all) {
      for (char value = 0; value < values; ++value) {
        longer.insert(begin + static_cast<char>('0' + value));
      }
    }
    all = longer;
  }
  for (const std::string& outcome : none) all.erase(outcome);
  return all;
}

template <typename... Threads>
class Litmus {
 public:
  explicit Litmus(std::size_t registers, Threads... threads)
      : registers_(registers), threads_(std::move(threads)...) {}

  /// In the thread that made the others, when they have ended.
  Litmus& finally(void (*look)(Shared&)) {
    finally_ = look;
    return *this;
  }

  Outcomes run(const ExploreOptions& options, ExploreResult* out = nullptr) const {
    bool seen[256] = {};
    const ExploreResult result = explore(options, [&] { seen[run_once()] = true; });
    EXPECT_FALSE(result) << result.message;
    if (out != nullptr) *out = result;
    Outcomes outcomes;
    for (std::size_t i = 0; i < 256; ++i) {
      std::string outcome;
      for (std::size_t digit = 0; digit < registers_; ++digit) {
        outcome += static_cast<char>('0' + (i >> (2 * digit) & 3));
      }
      if (seen[i]) outcomes.insert(outcome);
    }
    return outcomes;
  }

 private:
  std::size_t run_once() const {
    Shared shared;
    std::apply(
        [&](const auto&... body) {
          std::thread threads[] = {std::thread([&shared, &body] { body(shared); })...};
          for (std::thread& thread : threads) thread.join();
        },
        threads_);
    if (finally_ != nullptr) finally_(shared);
    std::size_t outcome = 0;
    for (std::size_t i = 0; i < registers_; ++i) {
      outcome |= static_cast<std::size_t>(shared.r[i] & 3) << (2 * i);
    }
    return outcome;
  }

  std::size_t registers_;
  std::tuple<Threads...> threads_;
  void (*finally_)(Shared&) = nullptr;
};

inline ExploreOptions weak(std::uint64_t executions) {
  ExploreOptions options = quietly(executions);
  options.memory = ExploreMemory::kWeak;
  options.repeat = ExploreRepeat::kInProcess;
  return options;
}

inline ExploreOptions all_weak() {
  ExploreOptions options = weak(1000000);
  options.strategy = ExploreStrategy::kExhaustive;
  return options;
}

/// Exactly these outcomes: in a search of all schedules that is exhausted, and in one by chance.
template <typename Program>
void expect_outcomes(const Program& program, const Outcomes& allowed) {
  ExploreResult all;
  EXPECT_EQ(program.run(all_weak(), &all), allowed);
  EXPECT_TRUE(all.exhausted) << all.executions << " executions";
  EXPECT_EQ(program.run(weak(20000)), allowed);
}

/// The same, and a search without any reduction sees no others.
template <typename Program>
void expect_outcomes_without_reduction(const Program& program, const Outcomes& allowed) {
  expect_outcomes(program, allowed);
  ExploreOptions each = all_weak();
  each.preemption_bound = 1000;
  ExploreResult all;
  EXPECT_EQ(program.run(each, &all), allowed);
  EXPECT_TRUE(all.exhausted) << all.executions << " executions";
}

}  // namespace gridlock
