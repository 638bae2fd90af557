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
// Times are the thread's own processor time, the kernel's for new pages included; worst_us is the
// longest single insertion. rss is what the kernel says that the process grew, locks included.
#include <benchmark/benchmark.h>

#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <ctime>
#include <fstream>
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
  std::ifstream file("/proc/self/statm");
  double size = 0;
  double resident = 0;
  file >> size >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

// Time of this thread only: what else the machine does is not in it.
double processor_ns() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

double clock_ns() {
  constexpr int kReadings = 10'000;
  const double start = processor_ns();
  for (int i = 1; i < kReadings; ++i) benchmark::DoNotOptimize(processor_ns());
  return (processor_ns() - start) / kReadings;
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
    double worst = 0;
    const double start = processor_ns();
    double last = start;
    for (const Request& request : requests) {
      world.add(request);
      const double now = processor_ns();
      worst = std::max(worst, now - last);
      last = now;
    }
    state.SetIterationTime((last - start) / 1e9);
    const double count = world.graph.edges();
    state.counters["ns_per_edge"] =
        (last - start - clock_ns() * static_cast<double>(requests.size())) / count;
    state.counters["worst_us"] = worst / 1000;
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
    const double start = processor_ns();
    world.graph.add(
        length, 1, {.thread = length},
        [](const CycleStep*, u32 steps, void* result) { *static_cast<u32*>(result) = steps; },
        &found);
    state.SetIterationTime((processor_ns() - start) / 1e9);
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
    random->Args({10'000, 20'000})->Args({10'000, 100'000})->Args({100'000, 1'000'000});
    random->Args({1'000'000, 10'000'000});
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
