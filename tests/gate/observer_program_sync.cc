// SPDX-License-Identifier: Apache-2.0
//
// Barrier, OnceFlag, Future and Queue.
#include "tests/gate/variants.h"

#include <atomic>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace {

long g_y = 0;
std::atomic<std::size_t> g_sink{0};

void race_barriers() {
  gridlock::Barrier a{1};
  gridlock::Barrier b{1};
  race([&] { a.arrive_and_wait(); }, [&] { b.arrive_and_wait(); });
}

void race_broken_barrier() {  // who gives up at a barrier has met nobody
  gridlock::Barrier a{2};
  race([&] { (void)a.wait_for(1ms); },
       [&] {
         try {
           a.arrive_and_wait();
         } catch (const gridlock::BrokenBarrierError&) {  // NOLINT(bugprone-empty-catch): meant
         }
       });
}

void race_after_barrier() {  // what comes after the departure is ordered with nothing
  gridlock::Barrier barrier{2};
  gridlock::Turns turns;
  gridlock::Thread t1{"t1", [&] {
                        barrier.arrive_and_wait();
                        g_x = 1;
                        turns.done();
                      }};
  gridlock::Thread t2{"t2", [&] {
                        barrier.arrive_and_wait();
                        turns.wait_for(1);
                        g_x = 2;
                      }};
}

void race_once() {
  gridlock::OnceFlag a;
  gridlock::OnceFlag b;
  race([&] { gridlock::call_once(a, [] {}); }, [&] { gridlock::call_once(b, [] {}); });
}

void race_once_done() {  // a call that finds the flag done tells nobody anything
  gridlock::OnceFlag flag;
  gridlock::call_once(flag, [] {});
  race([&] { gridlock::call_once(flag, [] {}); }, [&] { gridlock::call_once(flag, [] {}); });
}

void race_futures() {
  auto a = gridlock::make_future<int>("a");
  auto b = gridlock::make_future<int>("b");
  const auto use = [](auto& pair) {
    pair.first.set_value(1);
    (void)pair.second.get();
  };
  race([&] { use(a); }, [&] { use(b); });
}

void race_future_timed_out() {
  auto a = gridlock::make_future<int>();
  race([&] { (void)a.second.wait_for(1ms); }, [&] { (void)a.second.wait_for(0ms); });
}

void race_after_fulfilment() {  // what the producer does after set_value
  auto a = gridlock::make_future<int>();
  gridlock::Turns turns;
  gridlock::Thread t1{"t1", [&] {
                        a.first.set_value(1);
                        g_x = 1;
                        turns.done();
                      }};
  gridlock::Thread t2{"t2", [&] {
                        turns.wait_for(1);
                        (void)a.second.get();
                        g_x = 2;
                      }};
}

void race_queues() {
  gridlock::Queue<int> a{1};
  gridlock::Queue<int> b{1};
  const auto use = [](gridlock::Queue<int>& queue) {
    queue.put(1);
    (void)queue.get();
    queue.task_done();
    queue.join();
  };
  race([&] { use(a); }, [&] { use(b); });
}

void race_after_put() {
  gridlock::Queue<int> queue;
  gridlock::Turns turns;
  gridlock::Thread t1{"t1", [&] {
                        queue.put(1);
                        g_x = 1;
                        turns.done();
                      }};
  gridlock::Thread t2{"t2", [&] {
                        turns.wait_for(1);
                        (void)queue.get();
                        g_x = 2;
                      }};
}

// An item that counts its moves: nothing orders the move of one putter with that of another.
struct CountsMoves {
  CountsMoves() = default;
  CountsMoves(CountsMoves&&) noexcept { ++g_x; }
  CountsMoves(const CountsMoves&) = delete;
  CountsMoves& operator=(const CountsMoves&) = delete;
  ~CountsMoves() = default;
};
void race_moved_items() {
  gridlock::Queue<CountsMoves> queue;
  race([&] { queue.put({}); }, [&] { queue.put({}); });
}

void race_written_items() {  // what is pointed to, after it was put
  gridlock::PriorityQueue<long*> queue;
  race(
      [&] {
        queue.put(&g_x);
        g_x = 1;
      },
      [&] {
        if (const auto item = queue.get()) **item = 2;
      });
}

// Under the lock of the order.
struct CountsComparisons {
  bool operator()(long left, long right) const {
    ++g_x;
    return left < right;
  }
};
void silent_comparisons() {
  gridlock::PriorityQueue<long, CountsComparisons> queue{64};
  const auto put = [&] {
    for (int i = 0; i < 1000; ++i) queue.put(i);
  };
  const auto get = [&] {
    for (int i = 0; i < 1000; ++i) (void)queue.get();
  };
  gridlock::Thread t1{"t1", put};
  gridlock::Thread t2{"t2", put};
  gridlock::Thread t3{"t3", get};
  gridlock::Thread t4{"t4", get};
}

// Through nodes, the lists of them and those that are used again.
template <typename Queue, typename Make>
void pass_items(Make make) {
  Queue queue{8};
  const auto put = [&] {
    for (int i = 0; i < 1000; ++i) {
      auto item = make(i);
      if (i % 2 == 0 || !queue.try_put(std::move(item))) queue.put(make(i));
    }
  };
  gridlock::Thread t1{"t1", put};
  gridlock::Thread t2{"t2", put};
  const auto get = [&] {
    while (const auto item = queue.get()) g_sink.fetch_add(item->size(), std::memory_order_relaxed);
  };
  gridlock::Thread t3{"t3", get};
  gridlock::Thread t4{"t4", get};
  t1.join();
  t2.join();
  queue.close();
}
void silent_items() {
  const auto text = [](int i) { return std::string(static_cast<std::size_t>(20 + i % 9), 'x'); };
  pass_items<gridlock::Queue<std::string>>(text);
  pass_items<gridlock::LifoQueue<std::string>>(text);
  pass_items<gridlock::PriorityQueue<std::string>>(text);
  const auto plain = [](int) { return std::string_view("x"); };
  pass_items<gridlock::Queue<std::string_view>>(plain);
  pass_items<gridlock::PriorityQueue<std::string_view>>(plain);
}

void silent_barrier() {
  gridlock::Barrier barrier{2};
  const auto body = [&](long& mine, const long& other) {
    for (int i = 0; i < 1000; ++i) {
      mine = i;
      barrier.arrive_and_wait();
      if (other != i) std::puts("wrong");
      barrier.arrive_and_wait();
    }
  };
  gridlock::Thread t1{"t1", [&] { body(g_x, g_y); }};
  gridlock::Thread t2{"t2", [&] { body(g_y, g_x); }};
}

void silent_once() {
  gridlock::OnceFlag flag;
  const auto body = [&] {
    gridlock::call_once(flag, [] { g_x = 1; });
    if (g_x != 1) std::puts("wrong");
  };
  gridlock::Thread t1{"t1", body};
  gridlock::Thread t2{"t2", body};
}

void silent_failed_once() {  // bodies are ordered, also after a failure
  gridlock::OnceFlag flag;
  const auto body = [&] {
    try {
      gridlock::call_once(flag, [] {
        ++g_x;
        throw std::runtime_error("again");
      });
    } catch (const std::runtime_error&) {  // NOLINT(bugprone-empty-catch): meant
    }
  };
  gridlock::Thread t1{"t1", body};
  gridlock::Thread t2{"t2", body};
}

void silent_future() {
  auto [promise, future] = gridlock::make_future<long*>("future");
  gridlock::Thread t1{"t1", [&, to = std::move(promise)]() mutable {
                        g_x = 1;
                        to.set_value(new long(1));
                      }};
  gridlock::Thread t2{"t2", [&, from = std::move(future)]() mutable {
                        const long* const value = from.get();
                        g_x += *value;
                        delete value;
                      }};
}

void silent_async() {
  auto future = gridlock::async("async", [] { g_x = 1; });
  future.get();
  g_x = 2;
}

void silent_queue() {
  gridlock::Queue<long*> queue{2};
  gridlock::Thread t1{"t1", [&] {
                        for (int i = 0; i < 1000; ++i) queue.put(new long(i));
                        queue.join();
                        g_x = 2;
                        queue.close();
                      }};
  gridlock::Thread t2{"t2", [&] {
                        while (const auto item = queue.get()) {
                          g_x += **item;
                          delete *item;
                          queue.task_done();
                        }
                        g_x = 3;
                      }};
}

constexpr Variant kVariants[] = {
    {"barriers", true, race_barriers},
    {"broken_barrier", true, race_broken_barrier},
    {"after_barrier", true, race_after_barrier},
    {"once", true, race_once},
    {"once_done", true, race_once_done},
    {"futures", true, race_futures},
    {"future_timed_out", true, race_future_timed_out},
    {"after_fulfilment", true, race_after_fulfilment},
    {"queues", true, race_queues},
    {"after_put", true, race_after_put},
    {"moved_items", true, race_moved_items},
    {"written_items", true, race_written_items},
    {"one_barrier", false, silent_barrier},
    {"one_once", false, silent_once},
    {"failed_once", false, silent_failed_once},
    {"one_future", false, silent_future},
    {"async", false, silent_async},
    {"one_queue", false, silent_queue},
    {"comparisons", false, silent_comparisons},
    {"items", false, silent_items},
};

}  // namespace

int main(int argc, char** argv) { return run_variant(kVariants, argc, argv); }
