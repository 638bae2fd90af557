// SPDX-License-Identifier: Apache-2.0
//
// What executions under chosen schedules cost, in time of the processor: executions a second of the 64-step unsafe counter, in process and
// by fork, a point without a switch and a switch. docs/design/controlled_schedules.md has the figures.
#include <gridlock/explore.h>
#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/time.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <vector>

namespace {

// Time of the processor, of this process and of those that have ended: other programs do not matter.
double seconds_used() {
  double seconds = 0;
  for (const int who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage usage{};
    getrusage(who, &usage);
    for (const timeval& part : {usage.ru_utime, usage.ru_stime}) {
      seconds += static_cast<double>(part.tv_sec) + static_cast<double>(part.tv_usec) * 1e-6;
    }
  }
  return seconds;
}

int counter = 0;
int g_rounds = 10;

void* count(void* /*unused*/) {
  for (int i = 0; i < g_rounds; ++i) *const_cast<volatile int*>(&counter) = counter + 1;
  return nullptr;
}

void unsafe_counter() {
  counter = 0;
  pthread_t threads[2];
  for (pthread_t& thread : threads) pthread_create(&thread, nullptr, count, nullptr);
  for (const pthread_t thread : threads) pthread_join(thread, nullptr);
}

void count_alone() { count(nullptr); }

void* yield(void* /*unused*/) {
  for (int i = 0; i < g_rounds; ++i) sched_yield();
  return nullptr;
}

void yield_in_turn() {
  pthread_t threads[2];
  for (pthread_t& thread : threads) pthread_create(&thread, nullptr, yield, nullptr);
  for (const pthread_t thread : threads) pthread_join(thread, nullptr);
}

struct Measured {
  double seconds;  // of an execution
  std::uint64_t steps;
};

Measured measure(void (*body)(), gridlock::ExploreRepeat repeat, std::uint64_t executions,
                 int rounds, int repetitions) {
  g_rounds = rounds;
  std::vector<double> times;
  Measured measured{};
  for (int i = 0; i < repetitions; ++i) {
    const double begin = seconds_used();
    const auto result = gridlock::explore({.executions = executions,
                                           .strategy = gridlock::ExploreStrategy::kRandomWalk,
                                           .points = gridlock::ExplorePoints::kAll,
                                           .repeat = repeat,
                                           .max_steps = ~0ULL >> 1,
                                           .data_races = false,
                                           .quiet = true},
                                          body);
    const double took = seconds_used() - begin;
    if (result) std::printf("ERROR %s\n", result.message.c_str());
    times.push_back(took / static_cast<double>(executions));
    measured.steps = result.steps;
  }
  std::sort(times.begin(), times.end());
  measured.seconds = times[times.size() / 2];
  return measured;
}

}  // namespace

int main(int argc, char** argv) {
  using gridlock::ExploreRepeat;
  const bool quick = argc > 1 && std::strcmp(argv[1], "--quick") == 0;
  const int repetitions = quick ? 1 : 7;
  const std::uint64_t many = quick ? 1000 : 50000;
  const Measured here = measure(unsafe_counter, ExploreRepeat::kInProcess, many, 10, repetitions);
  std::printf("unsafe counter, %lu steps, in process  %9.0f executions/s\n",
              static_cast<unsigned long>(here.steps), 1 / here.seconds);
  const Measured forked =
      measure(unsafe_counter, ExploreRepeat::kFork, quick ? 20 : 1000, 10, quick ? 1 : 3);
  std::printf("unsafe counter, %lu steps, by fork     %9.0f executions/s\n",
              static_cast<unsigned long>(forked.steps), 1 / forked.seconds);
  const int rounds = quick ? 10000 : 1000000;
  const Measured alone = measure(count_alone, ExploreRepeat::kInProcess, 1, rounds, repetitions);
  std::printf("a point without a switch, one thread   %9.1f ns\n",
              alone.seconds * 1e9 / static_cast<double>(alone.steps));
  const Measured turns = measure(yield_in_turn, ExploreRepeat::kInProcess, 1, rounds, repetitions);
  std::printf("a switch, with its decision            %9.1f ns\n",
              turns.seconds * 1e9 / static_cast<double>(turns.steps));
  return 0;
}
