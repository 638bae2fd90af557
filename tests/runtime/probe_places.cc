// SPDX-License-Identifier: Apache-2.0
#include <gridlock/gridlock.h>

#include <array>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "tests/runtime/probe.h"

// As in a program of a user's, outside of namespace gridlock: what is in there counts as ours.
namespace {

using gridlock::Guard;
using gridlock::Lock;
using gridlock::Thread;

// What stands between Gridlock and the lines of this file; then one release too many.
void behind_headers(int) {
  const auto one = std::make_unique<Lock>("one");  // made: one
  std::deque<Lock> row;
  row.emplace_back();  // made: of the row
  std::vector<Thread> threads;
  threads.emplace_back("worker", [&] {  // made: worker
    const std::lock_guard first{*one};
    const Guard second{row.front()};
  });
  threads.clear();
  {
    const std::lock_guard first{*one};  // did: lock_guard
    const Guard second{row.front()};    // did: Guard
  }
  row.front().lock();
  one->unlock();  // too many
  row.front().unlock();
}

// Not hung this time: the task got the lock before main did.
void result_under_the_lock_of_its_task(int) {
  gridlock::Executor pool{2, "worker"};
  Lock lock{"ledger"};
  gridlock::Turns turns;
  auto entry = pool.submit("entry", [&] {
    {
      const Guard guard{lock};
    }
    turns.done();
  });
  turns.wait_for(1);
  const Guard guard{lock};
  entry.get();
}

}  // namespace

namespace gridlock::probe {
namespace {

constexpr std::array kAll = {
    Situation{"behind-headers", &behind_headers},
    Situation{"result-under-the-lock-of-its-task", &result_under_the_lock_of_its_task}};

}  // namespace

std::span<const Situation> places() { return kAll; }

}  // namespace gridlock::probe
