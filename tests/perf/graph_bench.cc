// SPDX-License-Identifier: Apache-2.0
//
// What a new edge of the lock-order graph costs, in time and in memory, up to ten million edges
// between a million locks.
//
//   layered   what programs do: outer locks are made before inner ones and are asked for near one
//             another; one lock in twenty was made out of its turn. `ascending` is the share of
//             edges that agree with the order in which the locks were made.
//   random    any lock before any other along a hidden order that has nothing to do with the order
//             in which they were made: the worst that an acyclic order can be.
//
// ns_per_edge contains a reading of the clock for worst_us, the longest single insertion (in which
// the kernel may have run something else). rss is what the kernel says that the process grew.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <memory>
#include <numeric>
#include <random>
#include <utility>
#include <vector>

#include "harness/analysis/lock_order_graph.h"

namespace gridlock::internal {
namespace {

struct Request {
  NodeId outermost;  // held too; 0: nothing else is held
  NodeId from;
  NodeId to;
};

// number[rank]: the locks in their hidden order. One in twenty was made up to 2000 places away.
std::vector<NodeId> layered_numbers(u32 nodes, std::mt19937& random) {
  std::vector<std::pair<double, u32>> made(nodes);
  std::uniform_real_distribution<double> away(-2000, 2000);
  for (u32 rank = 0; rank < nodes; ++rank) {
    made[rank] = {rank + (random() % 20 == 0 ? away(random) : 0.0), rank};
  }
  std::ranges::sort(made);
  std::vector<NodeId> number(nodes);
  for (u32 i = 0; i < nodes; ++i) number[made[i].second] = i + 1;
  return number;
}

std::vector<NodeId> random_numbers(u32 nodes, std::mt19937& random) {
  std::vector<NodeId> number(nodes);
  std::iota(number.begin(), number.end(), 1U);
  std::ranges::shuffle(number, random);
  return number;
}

std::vector<Request> make_requests(u32 nodes, u32 edges, bool layered, std::mt19937& random) {
  const std::vector<NodeId> number =
      layered ? layered_numbers(nodes, random) : random_numbers(nodes, random);
  std::vector<Request> requests(edges);
  for (Request& request : requests) {
    u32 low = static_cast<u32>(random() % (nodes - 3));
    u32 high = static_cast<u32>(random() % (nodes - 3));
    if (layered) high = std::min(low + 2 + static_cast<u32>(random() % 1000), nodes - 1);
    if (low > high) std::swap(low, high);
    high = std::max(high, low + 2);
    const bool two = layered && low > 0 && low % 3 == 0;
    request = {two ? number[low - 1] : 0, number[low], number[high]};
  }
  return requests;
}

double resident_bytes() {
  std::FILE* const file = std::fopen("/proc/self/statm", "r");
  unsigned long size = 0;
  unsigned long resident = 0;
  const int fields = std::fscanf(file, "%lu %lu", &size, &resident);
  std::fclose(file);
  return fields == 2 ? static_cast<double>(resident) * 4096 : std::nan("");
}

struct World {
  World(u32 nodes, u32 edges) {
    LockOrderLimits limits;
    limits.nodes = nodes + 1;
    limits.edges = edges + 1;
    ok = segments.init(16) && graph.init(limits, &segments);
  }
  ~World() {
    graph.release();
    segments.release();
  }
  World(const World&) = delete;
  World& operator=(const World&) = delete;
  void add(const Request& request) {
    HeldNode held[2];
    u32 count = 0;
    const NodeId low = std::min(request.outermost, request.from);
    if (low != 0) held[count++] = held_node(low, Mode::kExclusive);
    held[count++] = held_node(std::max(request.outermost, request.from), Mode::kExclusive);
    RequestContext context;
    context.thread = 1 + request.from % 1000;
    context.held_set = graph.intern_held_set(&held[0], count);
    graph.add(request.from, request.to, context, [](const CycleStep*, u32, void*) {}, nullptr);
  }
  Segments segments;
  LockOrderGraph graph;
  bool ok = false;
};

void new_edges(benchmark::State& state, bool layered) {
  const u32 nodes = static_cast<u32>(state.range(0));
  const u32 edges = static_cast<u32>(state.range(1));
  std::mt19937 random(1);
  const std::vector<Request> requests = make_requests(nodes, edges, layered, random);
  double ascending = 0;
  for (const Request& request : requests) ascending += request.from < request.to ? 1 : 0;
  for (auto _ : state) {
    const double before = resident_bytes();
    World world(nodes, edges);
    if (!world.ok) {
      state.SkipWithError("no address space");
      return;
    }
    using Clock = std::chrono::steady_clock;
    Clock::duration worst{};
    const Clock::time_point start = Clock::now();
    Clock::time_point last = start;
    for (const Request& request : requests) {
      world.add(request);
      const Clock::time_point now = Clock::now();
      worst = std::max(worst, now - last);
      last = now;
    }
    state.SetIterationTime(std::chrono::duration<double>(last - start).count());
    const double count = world.graph.edges();
    state.counters["ns_per_edge"] =
        std::chrono::duration<double, std::nano>(last - start).count() / count;
    state.counters["worst_us"] = std::chrono::duration<double, std::micro>(worst).count();
    state.counters["edges"] = count;
    state.counters["ascending"] = ascending / edges;
    state.counters["bytes_per_edge"] = static_cast<double>(world.graph.edge_bytes()) / count;
    state.counters["bytes_per_lock"] = static_cast<double>(world.graph.node_bytes()) / nodes;
    state.counters["rss_per_edge"] = (resident_bytes() - before) / count;
    if (world.graph.edge_bytes() > 64 * world.graph.edges()) state.SkipWithError("too large");
  }
}

void long_cycle(benchmark::State& state) {
  const u32 length = static_cast<u32>(state.range(0));
  for (auto _ : state) {
    World world(length, length);
    for (u32 i = 1; i < length; ++i) world.graph.add(i, i + 1, {.thread = i}, nullptr, nullptr);
    u32 found = 0;
    const auto start = std::chrono::steady_clock::now();
    world.graph.add(
        length, 1, {.thread = length},
        [](const CycleStep*, u32 steps, void* result) { *static_cast<u32*>(result) = steps; },
        &found);
    state.SetIterationTime(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    if (found != length) state.SkipWithError("not found");
  }
}

void run(bool quick) {
  auto* const layered = benchmark::RegisterBenchmark("layered", new_edges, true);
  auto* const random = benchmark::RegisterBenchmark("random", new_edges, false);
  auto* const cycle = benchmark::RegisterBenchmark("long_cycle", long_cycle);
  layered->Args({10'000, 100'000});
  random->Args({1'000, 10'000});
  if (!quick) {
    layered->Args({100'000, 1'000'000})->Args({1'000'000, 10'000'000});
    random->Args({10'000, 20'000})->Args({10'000, 100'000})->Args({30'000, 300'000});
  }
  cycle->Arg(quick ? 1000 : 10'000);
  for (auto* const bench : {layered, random, cycle}) {
    bench->UseManualTime()->Iterations(1)->Unit(benchmark::kMillisecond);
  }
  benchmark::RunSpecifiedBenchmarks();
}

}  // namespace
}  // namespace gridlock::internal

int main(int argc, char** argv) {
  const bool quick = argc > 1 && std::strcmp(argv[1], "--quick") == 0;
  if (quick) {
    --argc;
    ++argv;
  }
  benchmark::Initialize(&argc, argv);
  gridlock::internal::run(quick);
  benchmark::Shutdown();
  return 0;
}
