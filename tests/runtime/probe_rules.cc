// SPDX-License-Identifier: Apache-2.0
//
// What a program says of its own locks: assertions and declared order.
#include <gridlock/gridlock.h>

#include <array>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <string_view>

#include "tests/runtime/probe.h"

namespace gridlock::probe {
namespace {

volatile int g_three_times = 3;  // not known to the compiler, which would unroll the loop

void assertions_broken(int) {
  Lock wanted{"wanted"};
  RLock other{"other"};
  const Guard guard{other};
  for (int i = 0; i < g_three_times; ++i) assert_held(wanted);
  assert_not_held(other);
  assert_no_locks_held();
}

void assertions_kept(int) {
  Lock lock{"lock"};
  RLock recursive{"recursive"};
  Semaphore permits{1};
  permits.acquire();
  assert_no_locks_held();
  permits.release();
  assert_not_held(lock);
  const Guard outer{lock};
  const Guard once{recursive};
  const Guard twice{recursive};
  assert_held(lock);
  assert_held(recursive);
  Thread{[&] { assert_not_held(lock); }}.join();
}

void assertions_shared(int number) {
  SharedLock lock{"shared"};
  assert_not_held(lock);
  lock.lock_shared();
  assert_held(lock);
  lock.unlock_shared();
  if (number == 1) assert_held(lock);  // no longer
}

// The first text has what JSON must escape and is not zero-terminated, the second is longer than is
// kept.
void statements(int number) {
  constexpr std::string_view kText = "a \"quoted\" text|not this";
  Lock lock{"lock"};
  const Guard guard{lock};
  for (int i = 0; i < g_three_times; ++i) {
    assert_that(number == 0 || i < 0, kText.substr(0, kText.find('|')));
    assert_that(number != 2, std::string(1000, 'x'));
  }
  std::puts("goes on");
}

void order_of_shared(int number) {
  SharedLock first{"first"};
  SharedLock second{"second"};
  first.before(second);
  const SharedGuard outer{number == 1 ? second : first};
  const SharedGuard inner{number == 1 ? first : second};
}

void order_broken(int) {
  Lock first{"first"};
  RLock second{"second"};
  Lock third{"third"};
  {
    const Guard outer{third};
    const Guard inner{first};  // seen, and no fault yet
  }
  first.before(second).before(third);
  for (int i = 0; i < g_three_times; ++i) {
    const Guard outer{third};
    const Guard inner{first};
  }
}

void order_kept(int) {
  Lock first{"first"};
  Lock second{"second"};
  Lock third{"third"};
  Lock other{"other"};
  declare_order(first, second, third);
  {
    const Guard a{first};
    const Guard b{other};
    const Guard c{third};
  }
  const Guard c{third};
  const Guard o{other};
  if (first.try_lock()) first.unlock();  // cannot wait forever
}

void order_contradicted(int) {
  Lock first{"first"};
  Lock second{"second"};
  Lock third{"third"};
  declare_order(first, second, third);
  try {
    third.before(first);
  } catch (const std::logic_error& error) {
    std::puts(error.what());
  }
  const Guard a{first};
  const Guard b{third};  // as it was declared first
}

constexpr std::array kSituations = {
    Situation{"assertions-broken", assertions_broken},
    Situation{"assertions-kept", assertions_kept},
    Situation{"assertions-shared", assertions_shared},
    Situation{"statements", statements},
    Situation{"order-of-shared", order_of_shared},
    Situation{"order-broken", order_broken},
    Situation{"order-kept", order_kept},
    Situation{"order-contradicted", order_contradicted},
};

}  // namespace

std::span<const Situation> rules() { return kSituations; }

}  // namespace gridlock::probe
