// SPDX-License-Identifier: Apache-2.0
//
// What watching costs a program that nests in more ways than anybody could remember, and one that holds
// very many locks at once: gridlock::Lock and std::mutex, side by side in one run (ratios.py).
//
//   whole_run     threads take `depth` of `locks` locks one inside the other, chosen at random, in ascending
//                 order; new locks and new threads, so all that is learned is part of the time
//   warmed_up     the same after as many nests as the whole run has
//   hold/...      one thread takes n locks and gives them back, the newest first, the oldest first or at random
//
// An iteration is one nest, or one lock of those that are held; the time is the threads' own
// processor time, so that it is the same on a machine that does something else, too.
#include <benchmark/benchmark.h>
#include <gridlock/gridlock.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <mutex>
#include <numeric>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace {

constexpr std::size_t kDeepest = 6;
using Nest = std::array<std::uint16_t, kDeepest>;

// glibc leaves out the atomic instructions while a process has had one thread only.
const bool kMultithreaded = [] {
  std::thread([] {}).join();
  return true;
}();

std::size_t g_nests = 1'000'000;  // of all threads of a row together

// One list for all threads; each begins elsewhere. Ascending, without a lock twice.
std::vector<Nest> make_nests(std::size_t locks, std::size_t depth) {
  std::mt19937 random(1);
  std::vector<Nest> nests(g_nests);
  for (Nest& nest : nests) {
    const auto end = nest.begin() + static_cast<std::ptrdiff_t>(depth);
    do {
      for (auto at = nest.begin(); at != end; ++at)
        *at = static_cast<std::uint16_t>(random() % locks);
      std::sort(nest.begin(), end);
    } while (std::adjacent_find(nest.begin(), end) != end);
  }
  return nests;
}

template <typename Mutex>
void take(std::vector<Mutex>& locks, const Nest& nest, std::size_t depth) {
  for (std::size_t i = 0; i < depth; ++i) locks[nest[i]].lock();
  for (std::size_t i = depth; i > 0; --i) locks[nest[i - 1]].unlock();
}

template <typename Mutex>
struct World {
  std::vector<Nest> nests;
  std::unique_ptr<std::vector<Mutex>> locks;
};

template <typename Mutex>
World<Mutex> g_world;

template <typename Mutex>
void make_world(const benchmark::State& state) {
  const auto locks = static_cast<std::size_t>(state.range(0));
  g_world<Mutex>.nests = make_nests(locks, static_cast<std::size_t>(state.range(1)));
  g_world<Mutex>.locks = std::make_unique<std::vector<Mutex>>(locks);
}

template <typename Mutex>
void random_nests(benchmark::State& state, bool warm) {
  World<Mutex>& world = g_world<Mutex>;
  const auto depth = static_cast<std::size_t>(state.range(1));
  const auto threads = static_cast<std::size_t>(state.threads());
  std::size_t at = g_nests / threads * static_cast<std::size_t>(state.thread_index());
  const auto next = [&] {
    const Nest& nest = world.nests[at];
    at = at + 1 == g_nests ? 0 : at + 1;
    take(*world.locks, nest, depth);
  };
  if (warm) {
    for (std::size_t i = 0; i < g_nests / threads; ++i) next();
  }
  for (auto _ : state) next();
}

enum class GivenBack { kNewestFirst, kOldestFirst, kAtRandom };

std::vector<std::uint32_t> places(std::size_t count, GivenBack order) {
  std::vector<std::uint32_t> result(count);
  std::iota(result.begin(), result.end(), 0u);
  if (order == GivenBack::kNewestFirst) std::reverse(result.begin(), result.end());
  if (order == GivenBack::kAtRandom) std::shuffle(result.begin(), result.end(), std::mt19937(1));
  return result;
}

template <typename Mutex>
void hold(benchmark::State& state, GivenBack order) {
  const auto count = static_cast<std::size_t>(state.range(0));
  const std::vector<std::uint32_t> back = places(count, order);
  std::unique_ptr<std::vector<Mutex>> locks;
  while (state.KeepRunningBatch(static_cast<benchmark::IterationCount>(count))) {
    state.PauseTiming();
    locks = std::make_unique<std::vector<Mutex>>(count);
    state.ResumeTiming();
    for (std::size_t i = 0; i < count; ++i) (*locks)[i].lock();
    for (const std::uint32_t place : back) (*locks)[place].unlock();
  }
}

template <typename Mutex>
void register_nests(const std::string& kind, int threads, int locks, int depth) {
  for (const bool warm : {false, true}) {
    benchmark::RegisterBenchmark(
        ((warm ? "warmed_up/" : "whole_run/") + kind).c_str(),
        [warm](benchmark::State& state) { random_nests<Mutex>(state, warm); })
        ->Args({locks, depth})
        ->ArgNames({"locks", "depth"})
        ->Threads(threads)
        ->Iterations(static_cast<benchmark::IterationCount>(g_nests) / threads)
        ->Setup(make_world<Mutex>);
  }
}

template <typename Mutex>
void register_holds(const std::string& kind, int count) {
  struct Order {
    const char* name;
    GivenBack order;
  };
  for (const auto& [name, order] : {Order{"hold_newest_first/", GivenBack::kNewestFirst},
                                    Order{"hold_oldest_first/", GivenBack::kOldestFirst},
                                    Order{"hold_at_random/", GivenBack::kAtRandom}}) {
    benchmark::RegisterBenchmark(
        (name + kind).c_str(),
        [given_back = order](benchmark::State& state) { hold<Mutex>(state, given_back); })
        ->Arg(count)
        ->Iterations(count);
  }
}

void register_all() {
  struct Row {
    int threads;
    int locks;
    int depth;
  };
  std::vector<Row> rows;
  for (const int threads : {1, 4, 64}) {
    for (const int locks : {10, 100, 10'000}) {
      for (const int depth : {2, 4, 6}) rows.push_back({threads, locks, depth});
    }
  }
  rows.push_back({1000, 1000, 4});
  for (const Row& row : rows) {
    register_nests<std::mutex>("std", row.threads, row.locks, row.depth);
    register_nests<gridlock::Lock>("gridlock", row.threads, row.locks, row.depth);
  }
  for (const int count : {1'000, 10'000, 100'000}) {
    register_holds<std::mutex>("std", count);
    register_holds<gridlock::Lock>("gridlock", count);
  }
}

}  // namespace

// --nests=N first: how many nests a row has; the shorter, the larger is the share of what is new.
int main(int argc, char** argv) {
  constexpr const char* kNests = "--nests=";
  if (argc > 1 && std::strncmp(argv[1], kNests, std::strlen(kNests)) == 0) {
    g_nests = std::stoul(argv[1] + std::strlen(kNests));
    --argc;
    for (int i = 1; i < argc; ++i) argv[i] = argv[i + 1];
  }
  register_all();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
