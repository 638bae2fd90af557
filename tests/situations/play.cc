// SPDX-License-Identifier: Apache-2.0
#include "tests/situations/play.h"

#include <random>
#include <string>

#include "tests/schedule/scheduler.h"

namespace gridlock::situations {
namespace {

using schedule::Scheduler;

// Whoever runs goes on until it cannot, or until it is somebody else's turn.
schedule::Script script_of(Mode mode, unsigned seed) {
  schedule::Script script;
  if (mode != Mode::kFree) return script;
  script.next = [random = std::mt19937(seed)](const schedule::Controlled&,
                                              schedule::Script::Threads threads) mutable {
    std::vector<internal::u32> ready;
    for (const auto& each : threads) {
      if (Scheduler::can_go_on(*each) || Scheduler::waits_for_time(*each))
        ready.push_back(each->number);
    }
    return ready.empty() ? 0U : ready[random() % ready.size()];
  };
  return script;
}

}  // namespace

Play::Play(Mode mode, unsigned seed) : mode_(mode) {
  if (mode != Mode::kLuck) scheduler_ = std::make_unique<Scheduler>(script_of(mode, seed));
}
Play::~Play() = default;

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

void Play::this_is_me() {
  if (!lucky()) return;
  sleeps_ = Scheduler::sleeps_of(this_thread_id());
  sleeper_ = this_thread_id();
}

void Play::until_it_sleeps() {
  while (lucky() && (sleeper_ == 0 || Scheduler::sleeps_of(sleeper_) == sleeps_)) look_again();
}

void Play::look_again() { Scheduler::yield(); }

void Play::passed() {
  if (lucky()) turns_.done();
}

}  // namespace gridlock::situations
