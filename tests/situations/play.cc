// SPDX-License-Identifier: Apache-2.0
#include "tests/situations/play.h"

#include <unistd.h>

#include <fstream>
#include <string>
#include <thread>

namespace gridlock::situations {

void Play::attempt(const std::function<void()>& body) {
  try {
    body();
  } catch (const std::system_error& error) {
    if (error.code() != std::errc::resource_deadlock_would_occur) throw;
    ++victims_;
  } catch (const BrokenBarrierError&) {  // NOLINT(bugprone-empty-catch): the victim broke it
  }
}

void Play::start(const std::vector<std::function<void()>>& bodies, unsigned parties, bool in_turn) {
  Rendezvous meeting{parties == 0 ? static_cast<unsigned>(bodies.size()) : parties};
  meeting_ = &meeting;
  const auto play = [&](unsigned index) {
    if (in_turn) await(index);
    attempt(bodies[index]);
    if (in_turn) passed();
  };
  const auto last = static_cast<unsigned>(bodies.size() - 1);
  std::vector<Thread> threads;
  for (unsigned i = 0; i < last; ++i)
    threads.emplace_back("t" + std::to_string(i + 1), [&play, i] { play(i); });
  play(last);
  for (Thread& thread : threads) thread.join();
}

void Play::run(const std::vector<std::function<void()>>& bodies, unsigned parties) {
  start(bodies, parties, true);
}

void Play::run_freely(const std::vector<std::function<void()>>& bodies, unsigned parties) {
  start(bodies, parties, false);
}

void Play::meet() {
  if (hangs()) meeting_.load()->meet();
}

void Play::await(unsigned step) {
  if (lucky()) turns_.wait_for(step);
}

void Play::this_is_me() { sleeper_ = ::gettid(); }

// The state stands behind the name, which ends with the last parenthesis.
void Play::until_it_sleeps() {
  if (!lucky()) return;
  const std::string path = "/proc/self/task/" + std::to_string(sleeper_.load()) + "/stat";
  for (std::string line; line.find(") S ") == std::string::npos; std::this_thread::yield()) {
    std::ifstream file(path);
    std::getline(file, line);
  }
}

void Play::passed() {
  if (lucky()) turns_.done();
}

}  // namespace gridlock::situations
