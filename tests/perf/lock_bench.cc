// SPDX-License-Identifier: Apache-2.0
//
// What watching costs: the same nested acquisitions with gridlock::Lock and with std::mutex, side
// by side in one run.
//
//   gridlock_lock_bench --benchmark_enable_random_interleaving=true --benchmark_repetitions=9
//                       --benchmark_report_aggregates_only=true
//
// Ratios are taken between the medians of one run (ratios.py prints them): this kind of
// machine is too noisy to compare runs.
#include <benchmark/benchmark.h>
#include <gridlock/gridlock.h>

#include <array>
#include <cstddef>
#include <mutex>
#include <thread>
#include <vector>

namespace {

// glibc leaves out the atomic instructions while a process has had one thread only; programs with
// locks have more.
const bool kMultithreaded = [] {
  std::thread([] {}).join();
  return true;
}();

// `depth` locks taken one inside the other and released in reverse; an iteration is one such nest.
template <typename Mutex>
void nested(benchmark::State& state) {
  static std::array<Mutex, 4> locks;
  const auto depth = static_cast<std::size_t>(state.range(0));
  for (auto _ : state) {
    for (std::size_t i = 0; i < depth; ++i) locks[i].lock();
    for (std::size_t i = depth; i > 0; --i) locks[i - 1].unlock();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

// Pairs out of 64 distinct locks, each pair in ascending order: 2016 edges, no cycle. An iteration
// is one pair.
template <typename Mutex>
void pairs_of_64(benchmark::State& state) {
  constexpr std::size_t kLocks = 64;
  static std::array<Mutex, kLocks> locks;
  std::vector<std::pair<std::size_t, std::size_t>> pairs;
  for (std::size_t i = 0; i < kLocks; ++i) {
    for (std::size_t j = i + 1; j < kLocks; ++j) pairs.emplace_back(i, j);
  }
  // A fixed shuffle (multiplicative), so that both kinds of lock see the same order.
  std::size_t at = 0;
  for (auto _ : state) {
    const auto [outer, inner] = pairs[at];
    at = (at + 1237) % pairs.size();
    locks[outer].lock();
    locks[inner].lock();
    locks[inner].unlock();
    locks[outer].unlock();
  }
  state.SetItemsProcessed(state.iterations() * 2);
}

// A lock that is used once in its life.
template <typename Mutex>
void made_and_destroyed(benchmark::State& state) {
  for (auto _ : state) {
    Mutex lock;
    lock.lock();
    lock.unlock();
    benchmark::DoNotOptimize(lock);
  }
}

// Two threads at one lock, each with a little to do inside and outside it.
template <typename Mutex>
void contended(benchmark::State& state) {
  static Mutex lock;
  static unsigned long inside = 0;
  unsigned long outside = 0;
  for (auto _ : state) {
    lock.lock();
    for (int i = 0; i < 20; ++i) benchmark::DoNotOptimize(++inside);
    lock.unlock();
    for (int i = 0; i < 60; ++i) benchmark::DoNotOptimize(++outside);
  }
}

void register_all() {
  for (const int depth : {1, 2, 4}) {
    benchmark::RegisterBenchmark("depth/std", nested<std::mutex>)->Arg(depth);
    benchmark::RegisterBenchmark("depth/gridlock", nested<gridlock::Lock>)->Arg(depth);
  }
  benchmark::RegisterBenchmark("pairs_of_64/std", pairs_of_64<std::mutex>);
  benchmark::RegisterBenchmark("pairs_of_64/gridlock", pairs_of_64<gridlock::Lock>);
  benchmark::RegisterBenchmark("made_and_destroyed/std", made_and_destroyed<std::mutex>);
  benchmark::RegisterBenchmark("made_and_destroyed/gridlock", made_and_destroyed<gridlock::Lock>);
  benchmark::RegisterBenchmark("contended/std", contended<std::mutex>)->Threads(2)->UseRealTime();
  benchmark::RegisterBenchmark("contended/gridlock", contended<gridlock::Lock>)
      ->Threads(2)
      ->UseRealTime();
}

}  // namespace

int main(int argc, char** argv) {
  register_all();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
