// SPDX-License-Identifier: Apache-2.0
//
// What hangs at a Barrier, Latch, OnceFlag, Future or Queue, and what does not. A number of 1 is the
// harmless twin.
#include <gridlock/gridlock.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <mutex>
#include <utility>

#include "tests/runtime/probe.h"

namespace gridlock::probe {
namespace {

void barrier_short(int complete) {
  Barrier barrier{complete != 0 ? 2u : 3u, "barrier"};
  Thread one{[&] { barrier.arrive_and_wait(); }};
  Thread two{[&] { barrier.arrive_and_wait(); }};
}

// The other thread needs the lock before it can do what this one waits for.
template <typename Wait, typename Signal>
void wait_and_lock(int released, Wait wait, Signal signal) {
  Lock lock{"lock"};
  Turns turns;
  Thread holder{[&] {
    std::unique_lock hold{lock};
    turns.done();
    if (released != 0) hold.unlock();
    wait();
  }};
  Thread other{[&] {
    turns.wait_for(1);
    {
      const std::lock_guard hold{lock};
    }
    signal();
  }};
}

void barrier_and_lock(int released) {
  Barrier barrier{2, "barrier"};
  const auto arrive = [&] { barrier.arrive_and_wait(); };
  wait_and_lock(released, arrive, arrive);
}

void latch_short(int complete) {
  Latch latch{complete != 0 ? 2 : 3, "latch"};
  Thread one{[&] { latch.count_down(); }};
  Thread two{[&] { latch.arrive_and_wait(); }};
}

void latch_and_lock(int released) {
  Latch latch{1, "latch"};
  wait_and_lock(released, [&] { latch.wait(); }, [&] { latch.count_down(); });
}

void latch_over(int enough) {
  Latch latch{enough != 0 ? 3 : 2, "latch"};
  latch.count_down();
  latch.count_down(2);
  latch.wait();
}

void once_crossed(int ordered) {
  OnceFlag a{"a"};
  OnceFlag b{"b"};
  Rendezvous both{2};
  Thread one{[&] {
    call_once(a, [&] {
      both.meet();
      call_once(b, [] {});
    });
  }};
  Thread two{[&] {
    call_once(b, [&] {
      both.meet();
      if (ordered == 0) call_once(a, [] {});
    });
  }};
}

void once_in_itself(int other) {
  OnceFlag a{"a"};
  OnceFlag b{"b"};
  call_once(a, [&] { call_once(other != 0 ? b : a, [] {}); });
}

void once_and_lock(int released) {
  OnceFlag flag{"flag"};
  Lock lock{"lock"};
  Rendezvous both{2};
  Thread runner{[&] {
    call_once(flag, [&] {
      both.meet();
      const std::lock_guard hold{lock};
    });
  }};
  Thread caller{[&] {
    std::unique_lock hold{lock};
    both.meet();
    if (released != 0) hold.unlock();
    call_once(flag, [] {});
  }};
}

// Nothing hangs, but in another schedule the caller had to wait with the lock held.
void once_order(int released) {
  OnceFlag flag{"flag"};
  Lock lock{"lock"};
  Turns turns;
  Thread runner{[&] {
    call_once(flag, [&] { const std::lock_guard hold{lock}; });
    turns.done();
  }};
  Thread caller{[&] {
    turns.wait_for(1);
    std::unique_lock hold{lock};
    if (released != 0) hold.unlock();
    call_once(flag, [] {});
  }};
}

void future_and_lock(int released) {
  Lock lock{"lock"};
  Turns turns;
  auto [promise, future] = make_future<int>("future");
  Thread producer{[&, to = std::move(promise)]() mutable {
    turns.wait_for(1);
    const std::lock_guard hold{lock};
    to.set_value(1);
  }};
  Thread consumer{[&, from = std::move(future)]() mutable {
    std::unique_lock hold{lock};
    turns.done();
    if (released != 0) hold.unlock();
    (void)from.get();
  }};
}

void queues_full(int drained) {
  Queue<int> a{1, "a"};
  Queue<int> b{1, "b"};
  const auto exchange = [&](Queue<int>& out, Queue<int>& in) {
    out.put(1);
    if (drained != 0) (void)in.get();
    out.put(2);
    if (drained == 0) (void)in.get();
    (void)in.get();
  };
  Thread one{[&] { exchange(a, b); }};
  Thread two{[&] { exchange(b, a); }};
}

void queue_empty(int closed) {
  Queue<int> queue{"queue"};
  Thread consumer{[&] { (void)queue.get(); }};
  if (closed != 0) queue.close();
}

void queue_join(int done) {
  Queue<int> queue{"queue"};
  queue.put(1);
  Thread worker{[&] {
    (void)queue.get();
    if (done != 0) queue.task_done();
  }};
  queue.join();
}

void queue_done_twice(int once) {
  Queue<int> queue{"queue"};
  queue.put(1);
  (void)queue.get();
  queue.task_done();
  if (once == 0) queue.task_done();
}

constexpr std::array kSituations = {
    Situation{"barrier-short", barrier_short},   Situation{"barrier-and-lock", barrier_and_lock},
    Situation{"latch-short", latch_short},       Situation{"latch-and-lock", latch_and_lock},
    Situation{"latch-over", latch_over},         Situation{"once-crossed", once_crossed},
    Situation{"once-in-itself", once_in_itself}, Situation{"once-and-lock", once_and_lock},
    Situation{"once-order", once_order},         Situation{"future-and-lock", future_and_lock},
    Situation{"queues-full", queues_full},       Situation{"queue-empty", queue_empty},
    Situation{"queue-join", queue_join},         Situation{"queue-done-twice", queue_done_twice},
};

}  // namespace

std::span<const Situation> syncs() { return kSituations; }

}  // namespace gridlock::probe
