// SPDX-License-Identifier: Apache-2.0
//
// A program that knows nothing of Gridlock: what locks of POSIX cost in it, in nanoseconds. interpose_ratios.py runs it
// with and without the library in front of it, in turn.
#include <pthread.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>

namespace {

pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER;
pthread_mutex_t other = PTHREAD_MUTEX_INITIALIZER;
pthread_mutex_t many[64];
pthread_rwlock_t shared = PTHREAD_RWLOCK_INITIALIZER;

// The best of many short stretches: what else runs on the machine disturbs most of them.
template <typename Body>
void measure(const char* name, int operations, Body body) {
  using Clock = std::chrono::steady_clock;
  constexpr int kStretches = 200;
  constexpr int kRounds = 2000;
  double best = 1e9;
  for (int stretch = 0; stretch < kStretches; ++stretch) {
    const auto start = Clock::now();
    for (int round = 0; round < kRounds; ++round) body();
    const std::chrono::duration<double, std::nano> took = Clock::now() - start;
    const double each = took.count() / kRounds / operations;
    if (each < best) best = each;
  }
  std::printf("%s %.3f\n", name, best);
}

}  // namespace

int main() {
  std::thread([] {
  }).join();  // glibc leaves out atomic instructions where there never was a second thread
  // NOLINTNEXTLINE(cert-fio38-c): a reference, no copy
  for (pthread_mutex_t& mutex : many) pthread_mutex_init(&mutex, nullptr);
  measure("pair", 1, [] {
    pthread_mutex_lock(&one);
    pthread_mutex_unlock(&one);
  });
  measure("nested", 2, [] {
    pthread_mutex_lock(&one);
    pthread_mutex_lock(&other);
    pthread_mutex_unlock(&other);
    pthread_mutex_unlock(&one);
  });
  measure("many", 64, [] {
    for (pthread_mutex_t& mutex : many) {  // NOLINT(cert-fio38-c): a reference, no copy
      pthread_mutex_lock(&mutex);
      pthread_mutex_unlock(&mutex);
    }
  });
  measure("try", 1, [] {
    if (pthread_mutex_trylock(&one) == 0) pthread_mutex_unlock(&one);
  });
  measure("read", 1, [] {
    pthread_rwlock_rdlock(&shared);
    pthread_rwlock_unlock(&shared);
  });
}
