// SPDX-License-Identifier: Apache-2.0
//
// What an item costs on its way through a Queue: with nobody else there, from thread to thread, and for
// items whose move is the program's own code. There is no standard queue to compare with, so two builds
// are compared: run them in turn.
#include <benchmark/benchmark.h>
#include <gridlock/gridlock.h>

#include <array>
#include <memory>
#include <string>
#include <thread>

namespace {

const bool kMultithreaded = [] {
  std::thread([] {}).join();
  return true;
}();

struct Large {
  std::array<long, 32> values;
};

template <typename T>
T make(long i) {
  if constexpr (std::is_same_v<T, std::unique_ptr<long>>) {
    return std::make_unique<long>(i);
  } else if constexpr (std::is_same_v<T, std::string>) {
    return std::string(static_cast<std::size_t>(32 + i % 8), 'x');
  } else if constexpr (std::is_same_v<T, Large>) {
    return Large{{i}};
  } else {
    return static_cast<T>(i);
  }
}

// `depth` items in, the same number out.
template <typename Queue, typename T>
void alone(benchmark::State& state) {
  Queue queue;
  const long depth = state.range(0);
  for (auto _ : state) {
    for (long i = 0; i < depth; ++i) queue.put(make<T>(i * 7919 % depth));
    for (long i = 0; i < depth; ++i) benchmark::DoNotOptimize(queue.get());
  }
  state.SetItemsProcessed(state.iterations() * depth);
}

// One thread puts, the other gets; an iteration is one item.
template <typename T>
void handed_over(benchmark::State& state) {
  gridlock::Queue<T> queue{64, "handed over"};
  gridlock::Thread consumer{[&] {
    while (const auto item = queue.get()) benchmark::DoNotOptimize(item);
  }};
  long i = 0;
  for (auto _ : state) queue.put(make<T>(++i));
  queue.close();
}

template <typename Queue, typename T>
void add(const char* name) {
  for (const long depth : {1, 64}) benchmark::RegisterBenchmark(name, alone<Queue, T>)->Arg(depth);
}

}  // namespace

int main(int argc, char** argv) {
  add<gridlock::Queue<int>, int>("alone/int");
  add<gridlock::Queue<Large>, Large>("alone/large");
  add<gridlock::Queue<std::unique_ptr<long>>, std::unique_ptr<long>>("alone/unique_ptr");
  add<gridlock::Queue<std::string>, std::string>("alone/string");
  add<gridlock::PriorityQueue<int>, int>("priority/int");
  add<gridlock::PriorityQueue<std::string>, std::string>("priority/string");
  benchmark::RegisterBenchmark("handed_over/int", handed_over<int>)->UseRealTime();
  benchmark::RegisterBenchmark("handed_over/unique_ptr", handed_over<std::unique_ptr<long>>)
      ->UseRealTime();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
