// SPDX-License-Identifier: Apache-2.0
//
// Code of the program's own that runs in the middle of an operation of a queue.
#include <gridlock/gridlock.h>

#include <array>
#include <functional>
#include <utility>

#include "tests/runtime/probe.h"

namespace gridlock::probe {
namespace {

struct Item {
  Item(int v, std::function<void()>& m) : value(v), moved(&m) {}
  // NOLINTNEXTLINE(performance-noexcept-move-constructor): it may wait
  Item(Item&& other) : value(other.value), moved(other.moved) {
    if (*moved) std::exchange(*moved, {})();
  }
  Item(const Item&) = delete;
  Item& operator=(const Item&) = delete;
  ~Item() = default;
  int value;
  std::function<void()>* moved;
};

thread_local std::function<void()> t_compared;  // once
struct Compares {
  bool operator()(int left, int right) const {
    if (t_compared) std::exchange(t_compared, {})();
    return left < right;
  }
};
using Compared = PriorityQueue<int, Compares>;

// The item needs a lock before it is in the queue; its holder waits for an item.
void item_needs_a_lock(int lets_go) {
  Queue<Item> queue{"parcels"};
  Lock ledger{"ledger"};
  Turns turns;
  std::function<void()> moved = [&] {
    turns.done();
    turns.wait_for(2);
    const Guard guard{ledger};
  };
  Thread putter{"putter", [&] { (void)queue.try_put(Item{1, moved}); }};
  Thread getter{"getter", [&] {
                  turns.wait_for(1);
                  ledger.lock();
                  if (lets_go != 0) ledger.unlock();
                  turns.done();
                  (void)queue.get();
                  if (lets_go == 0) ledger.unlock();
                }};
}

// The comparison takes a lock under which somebody else puts, at another time.
void comparison_takes_a_lock(int only_there) {
  Compared queue{"jobs"};
  Lock prices{"prices"};
  Turns turns;
  queue.put(1);
  Thread pricing{"pricing", [&] {
                   if (only_there == 0) prices.lock();
                   queue.put(2);
                   if (only_there == 0) prices.unlock();
                   turns.done();
                 }};
  Thread comparing{"comparing", [&] {
                     t_compared = [&] { const Guard guard{prices}; };
                     turns.wait_for(1);
                     queue.put(3);
                   }};
}

// The same at once.
void comparison_waits_for_a_lock(int lets_go) {
  Compared queue{"jobs"};
  Lock prices{"prices"};
  Turns turns;
  queue.put(1);
  Thread comparing{"comparing", [&] {
                     t_compared = [&] {
                       turns.done();
                       turns.wait_for(2);
                       const Guard guard{prices};
                     };
                     queue.put(2);
                   }};
  Thread pricing{"pricing", [&] {
                   turns.wait_for(1);
                   prices.lock();
                   if (lets_go != 0) prices.unlock();
                   turns.done();
                   queue.put(3);
                   if (lets_go == 0) prices.unlock();
                 }};
}

void comparison_uses_the_queue(int another) {
  Compared queue{"jobs"};
  PriorityQueue<int> log;
  queue.put(1);
  t_compared = [&] {
    if (another != 0) return log.put(2);
    queue.put(2);
  };
  queue.put(3);
}

constexpr std::array kSituations = {
    Situation{"item-needs-a-lock", item_needs_a_lock},
    Situation{"comparison-takes-a-lock", comparison_takes_a_lock},
    Situation{"comparison-waits-for-a-lock", comparison_waits_for_a_lock},
    Situation{"comparison-uses-the-queue", comparison_uses_the_queue},
};

}  // namespace

std::span<const Situation> queues() { return kSituations; }

}  // namespace gridlock::probe
