// SPDX-License-Identifier: Apache-2.0
//
// The catalogue's scenarios of queues, futures, pools and timers, as plain code.
#include <chrono>
#include <condition_variable>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "tests/interpose/programs/catalogue.h"
#include "tests/interpose/programs/queue.h"

namespace {

using namespace std::chrono_literals;

// producer-consumer
struct Bakery {
  Queue<int> shelf{8};
  std::mutex mutex;
  std::condition_variable low;
  int eaten = 0;

  void bake() {
    for (int batch = 0; batch < 8; ++batch) {
      {
        std::unique_lock hold(mutex);
        low.wait(hold, [&] { return shelf.size() <= 2; });
      }
      for (int loaf = 0; loaf < 5; ++loaf) shelf.put(loaf);
    }
  }
  void buy() {
    for (int loaf = 0; shelf.get(loaf);) {
      const std::lock_guard guard(mutex);
      ++eaten;
      if (shelf.size() <= 2) low.notify_all();
    }
  }
  void open_for_a_day(bool close_at_the_end) {
    std::vector<std::thread> bakers;
    std::vector<std::thread> customers;
    for (int i = 0; i < 5; ++i) customers.emplace_back([this] { buy(); });
    for (int i = 0; i < 2; ++i) bakers.emplace_back([this] { bake(); });
    for (std::thread& baker : bakers) baker.join();
    if (close_at_the_end) shelf.close();
    for (std::thread& customer : customers) customer.join();
  }
};
void producers_not_closed() {
  Bakery bakery;
  bakery.open_for_a_day(false);
}
void producers_closed() {
  Bakery bakery;
  bakery.open_for_a_day(true);
  check(bakery.eaten == 2 * 8 * 5);
}

// queue
void queue_full_both_ways() {
  Queue<int> to_anna(2);
  Queue<int> to_ben(2);
  const auto write_then_read = [](Queue<int>& out, Queue<int>& in) {
    for (int i = 0; i < 3; ++i) out.put(i);  // wrong: nobody reads meanwhile
    for (int i = 0; i < 3; ++i) in.get(i);
  };
  std::jthread anna([&] { write_then_read(to_ben, to_anna); });
  std::jthread ben([&] { write_then_read(to_anna, to_ben); });
}
void queue_drained() {
  Queue<int> to_anna(2);
  Queue<int> to_ben(2);
  const auto write_and_read = [](Queue<int>& out, Queue<int>& in) {
    for (int i = 0; i < 3; ++i) {
      out.put(i);
      int letter = 0;
      in.get(letter);
    }
  };
  std::jthread anna([&] { write_and_read(to_ben, to_anna); });
  std::jthread ben([&] { write_and_read(to_anna, to_ben); });
}
void container_queue() {
  Queue<int> queue;
  const auto work = [&](int offset) {
    for (int i = 0; i < 1000; ++i) queue.put(2 * i + offset);
  };
  {
    std::jthread first([&] { work(0); });
    std::jthread second([&] { work(1); });
  }
  check(queue.size() == 2000);
}

// future
void future_get(bool holding) {
  std::mutex pantry;
  Turns turns;
  std::promise<int> promise;
  std::future<int> meal = promise.get_future();
  std::jthread cook([&] {
    turns.wait_for(1);  // the guest has the key
    const std::lock_guard guard(pantry);
    promise.set_value(1);
  });
  std::jthread guest([&] {
    std::unique_lock hold(pantry);
    turns.done();
    if (!holding) hold.unlock();
    std::printf("%d meal\n", meal.get());  // wrong: with the key in hand
  });
}
void future_get_holding() { future_get(true); }
void future_get_free() { future_get(false); }

// executor: a pool of threads as everybody has one.
class Pool {
 public:
  explicit Pool(int workers) {
    for (int i = 0; i < workers; ++i)
      workers_.emplace_back([this] {
        for (std::function<void()> task; tasks_.get(task);) task();
      });
  }
  ~Pool() {
    tasks_.close();
    for (std::thread& worker : workers_) worker.join();
  }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  template <typename Task>
  std::future<int> submit(Task task) {
    auto packaged = std::make_shared<std::packaged_task<int()>>(task);
    std::future<int> result = packaged->get_future();
    tasks_.put([packaged] { (*packaged)(); });
    return result;
  }

 private:
  Queue<std::function<void()>> tasks_;
  std::vector<std::thread> workers_;
};
// Nothing in it is read: libstdc++ counts its users unseen by ThreadSanitizer, and the last one may be the worker.
struct NoFish {};
void executor_results() {
  Pool kitchen(3);
  std::vector<std::future<int>> meals;
  for (int each = 1; each <= 5; ++each)
    meals.push_back(kitchen.submit([each] {
      if (each == 4) throw NoFish();
      return each;
    }));
  for (std::future<int>& meal : meals) {
    try {
      std::printf("meal %d is ready\n", meal.get());
    } catch (const NoFish&) {
      std::printf("the cook says: no fish today\n");
    }
  }
}
void executor_task_waits_for_task() {
  Pool kitchen(2);
  Rendezvous busy_day(2);
  const auto menu = [&] {
    busy_day.meet();  // both cooks have a menu
    std::future<int> soup = kitchen.submit([] { return 1; });
    return soup.get() + 1;  // wrong: with a worker of the same pool in hand
  };
  std::future<int> first = kitchen.submit(menu);
  std::future<int> second = kitchen.submit(menu);
  std::printf("%d courses\n", first.get() + second.get());
}
void executor_task_adds_a_step() {
  Pool kitchen(2);
  std::future<int> parts[] = {kitchen.submit([] { return 1; }), kitchen.submit([] { return 1; }),
                              kitchen.submit([] { return 1; }), kitchen.submit([] { return 1; })};
  int courses = 0;
  for (std::future<int>& part : parts) courses += part.get();
  std::printf("%d courses\n", courses);
}

// timer: a thread that waits with a limit.
class Timer {
 public:
  template <typename Call>
  Timer(std::chrono::milliseconds delay, Call call)
      : thread_([this, delay, call] {
          {
            std::unique_lock hold(mutex_);
            if (changed_.wait_for(hold, delay, [&] { return cancelled_; })) return;
            fires_ = true;
          }
          call();
        }) {}
  bool cancel() {
    const std::lock_guard hold(mutex_);
    cancelled_ = !fires_;
    changed_.notify_all();
    return cancelled_;
  }
  void join() { thread_.join(); }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool cancelled_ = false;
  bool fires_ = false;
  std::thread thread_;
};
template <typename CallOff>
void order_is_called_off(CallOff call_off) {
  long table = 7;
  long served = 0;
  Rendezvous alarm_rings(2);
  Turns looks;
  Timer alarm(0ms, [&] {
    alarm_rings.meet();
    served = table;
    looks.done();
  });
  alarm_rings.meet();  // it has begun
  const bool joined = call_off(alarm);
  looks.wait_for(1);
  table = 0;  // the table is cleared
  if (!joined) alarm.join();
  std::printf("served at table %ld\n", served);
}
void timer_fires_once() {
  int calls = 0;
  Timer alarm(20ms, [&] { ++calls; });
  alarm.join();
  check(calls == 1);
}
void timer_cancelled() {
  bool rang = false;
  Timer bell(1h, [&] { rang = true; });
  const bool in_time = bell.cancel();
  bell.join();
  check(in_time && !rang);
}
void timer_cancel_and_forget() {
  order_is_called_off([](Timer& alarm) {
    alarm.cancel();  // wrong: what if it was too late?
    return false;
  });
}
void timer_cancel_and_join() {
  order_is_called_off([](Timer& alarm) {
    alarm.cancel();
    alarm.join();
    return true;
  });
}

constexpr Scenario kAll[] = {
    {"producer-consumer/not-closed", producers_not_closed},
    {"producer-consumer/closed", producers_closed},
    {"queue/full-both-ways", queue_full_both_ways},
    {"queue/drained", queue_drained},
    {"container/queue", container_queue},
    {"future/get-holding", future_get_holding},
    {"future/get-free", future_get_free},
    {"executor/results", executor_results},
    {"executor/task-waits-for-task", executor_task_waits_for_task},
    {"executor/task-adds-a-step", executor_task_adds_a_step},
    {"timer/fires-once", timer_fires_once},
    {"timer/cancelled", timer_cancelled},
    {"timer/cancel-and-forget", timer_cancel_and_forget},
    {"timer/cancel-and-join", timer_cancel_and_join},
};

}  // namespace

int main(int argc, char** argv) { return run_one(kAll, argc, argv); }
