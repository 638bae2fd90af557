// SPDX-License-Identifier: Apache-2.0
//
// Programs of the literature on controlled schedules (SCTBench and its sources: Thomson, Donaldson, Betts, PPoPP 2014), written
// anew from their descriptions. Most race on purpose, as the originals do, so data races are not looked for: what counts is
// the wrong result, or the deadlock. Each can run again and again in one process.
#pragma once

#include <gridlock/explore.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace gridlock::literature {

using Shared = volatile int;

inline void join_all(std::vector<std::thread>& threads) {
  for (std::thread& thread : threads) thread.join();
}

/// `writers` threads set a and then b; one looks at both and finds one of them set.
inline void reorder(int writers) {
  Shared a = 0;
  Shared b = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < writers; ++i) {
    threads.emplace_back([&] {
      a = 1;
      b = -1;
    });
  }
  threads.emplace_back([&] {
    const int seen_a = a;
    const int seen_b = b;
    require((seen_a == 0 && seen_b == 0) || (seen_a == 1 && seen_b == -1), "both or none");
  });
  join_all(threads);
}

/// All but one of `count` threads set one value under a lock and another one, which follows from it, under another lock; the last
/// one reads in between.
inline void two_stage(int count) {
  std::mutex first;
  std::mutex second;
  Shared data1 = 0;
  Shared data2 = 0;
  std::vector<std::thread> threads;
  for (int i = 1; i < count; ++i) {
    threads.emplace_back([&] {
      first.lock();
      data1 = 1;
      first.unlock();
      second.lock();
      data2 = data1 + 1;
      second.unlock();
    });
  }
  threads.emplace_back([&] {
    first.lock();
    const int seen = data1;
    first.unlock();
    if (seen == 0) return;
    second.lock();
    const int then = data2;
    second.unlock();
    require(then == seen + 1, "both stages");
  });
  join_all(threads);
}

/// One thread counts under one lock and `others` under another one.
inline void wrong_lock(int others) {
  std::mutex right;
  std::mutex wrong;
  Shared data = 0;
  std::vector<std::thread> threads;
  threads.emplace_back([&] {
    right.lock();
    const int seen = data;
    data = data + 1;
    require(data == seen + 1, "nobody else counts");
    right.unlock();
  });
  for (int i = 0; i < others; ++i) {
    threads.emplace_back([&] {
      wrong.lock();
      data = data + 1;
      wrong.unlock();
    });
  }
  join_all(threads);
}

/// A driver is stopped while somebody has just found that it is not being stopped (Qadeer, Wu, "KISS: keep it simple and
/// sequential", PLDI 2004).
inline void bluetooth_driver() {
  std::mutex mutex;
  Shared pending = 1;
  Shared stopping = 0;
  Shared event = 0;
  Shared stopped = 0;
  const auto release = [&] {
    mutex.lock();
    const int left = pending - 1;
    pending = left;
    mutex.unlock();
    if (left == 0) event = 1;
  };
  std::thread adder([&] {
    if (stopping != 0) return;
    mutex.lock();
    pending = pending + 1;
    mutex.unlock();
    require(stopped == 0, "the driver is there");
    release();
  });
  stopping = 1;
  release();
  if (event != 0) stopped = 1;
  adder.join();
}

/// A work-stealing queue whose owner takes items without the lock that thieves hold, and whose thief looks before it claims.
inline void work_stealing_queue() {
  constexpr int kItems = 4;
  std::mutex mutex;
  Shared head = 0;
  Shared tail = 0;
  std::array<Shared, kItems> slots = {};
  std::array<std::atomic<int>, kItems> taken = {};
  const auto take = [&](int slot) {
    const int item = slots[static_cast<std::size_t>(slot)];
    require(taken[static_cast<std::size_t>(item)].fetch_add(1) == 0, "each item once");
  };
  const auto push = [&](int item) {
    slots[static_cast<std::size_t>(tail)] = item;
    tail = tail + 1;
  };
  const auto pop = [&] {
    const int last = tail - 1;
    tail = last;
    if (head <= last) {
      take(last);
      return;
    }
    const std::scoped_lock lock(mutex);
    if (head <= last) {
      take(last);
    } else {
      tail = last + 1;
    }
  };
  const auto steal = [&] {
    const std::scoped_lock lock(mutex);
    const int first = head;
    if (first >= tail) return;
    head = first + 1;
    take(first);
  };
  std::thread thief([&] {
    for (int i = 0; i < 2; ++i) steal();
  });
  for (int i = 0; i < kItems; i += 2) {
    push(i);
    push(i + 1);
    pop();
  }
  pop();
  thief.join();
}

/// Deposits and withdrawals that read the balance before they take the lock.
inline void account() {
  std::mutex mutex;
  Shared balance = 100;
  const auto change = [&](int amount) {
    const int seen = balance;
    const std::scoped_lock lock(mutex);
    balance = seen + amount;
  };
  std::thread deposit([&] { change(50); });
  std::thread withdraw([&] { change(-20); });
  deposit.join();
  withdraw.join();
  require(balance == 130, "no money is lost");
}

/// Three threads hand on a number and a fourth one looks whether all have it.
inline void token_ring() {
  std::mutex mutex;
  Shared x1 = 1;
  Shared x2 = 2;
  Shared x3 = 1;
  Shared done = 0;
  const auto step = [&](Shared& to, Shared& from, int more) {
    const std::scoped_lock lock(mutex);
    to = (from + more) % 4;
    done = done + 1;
  };
  std::thread first([&] { step(x1, x3, 1); });
  std::thread second([&] { step(x2, x1, 0); });
  std::thread third([&] { step(x3, x2, 0); });
  std::thread looks([&] {
    const std::scoped_lock lock(mutex);
    require(done < 3 || (x1 == x2 && x2 == x3), "the token went round");
  });
  for (std::thread* thread : {&first, &second, &third, &looks}) thread->join();
}

/// A buffer whose reader counts on although nothing was sent.
inline void circular_buffer() {
  constexpr int kRounds = 3;
  std::mutex mutex;
  std::array<Shared, kRounds + 1> buffer = {};
  Shared first = 0;
  Shared next = 0;
  Shared send = 1;
  Shared receive = 0;
  std::thread sender([&] {
    for (int i = 0; i < kRounds; ++i) {
      const std::scoped_lock lock(mutex);
      if (send == 0) continue;
      buffer[static_cast<std::size_t>(next)] = i;
      next = next + 1;
      send = 0;
      receive = 1;
    }
  });
  for (int i = 0; i < kRounds; ++i) {
    const std::scoped_lock lock(mutex);
    if (receive == 0) continue;
    require(buffer[static_cast<std::size_t>(first)] == i, "in order");
    first = first + 1;
    receive = 0;
    send = 1;
  }
  sender.join();
}

/// Two threads add to a number that a third one counts on to be small.
inline void lazy_init() {
  std::mutex mutex;
  Shared data = 0;
  const auto add = [&](int amount) {
    const std::scoped_lock lock(mutex);
    data = data + amount;
  };
  std::thread first([&] { add(1); });
  std::thread second([&] { add(2); });
  std::thread third([&] {
    const std::scoped_lock lock(mutex);
    require(data < 3, "it was not made yet");
  });
  first.join();
  second.join();
  third.join();
}

/// A buffer of one place with one condition for both sides, which wakes one waiter, perhaps of the wrong side.
inline void bounded_buffer() {
  std::mutex mutex;
  std::condition_variable changed;
  int items = 0;
  const auto put = [&] {
    std::unique_lock lock(mutex);
    while (items == 1) changed.wait(lock);
    ++items;
    changed.notify_one();
  };
  const auto take = [&] {
    std::unique_lock lock(mutex);
    while (items == 0) changed.wait(lock);
    --items;
    changed.notify_one();
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i)
    threads.emplace_back([&] {
      put();
      put();
    });
  for (int i = 0; i < 2; ++i)
    threads.emplace_back([&] {
      take();
      take();
    });
  join_all(threads);
}

/// Appends another buffer whose length was asked for under a lock that was given up again (JDK 1.4's StringBuffer).
inline void string_buffer() {
  struct Text {
    std::mutex mutex;
    Shared length = 4;
    int size() {
      const std::scoped_lock lock(mutex);
      return length;
    }
    void get(int count) {
      const std::scoped_lock lock(mutex);
      require(count <= length, "so many characters are there");
    }
    void erase() {
      const std::scoped_lock lock(mutex);
      length = 0;
    }
  };
  Text to;
  Text from;
  std::thread other([&] { from.erase(); });
  {
    const std::scoped_lock lock(to.mutex);
    const int count = from.size();
    from.get(count);
    to.length = to.length + count;
  }
  other.join();
}

/// Quicksort that hands halves to a worker, which looks for work before it says that it is idle: its wake-up is lost.
inline void parallel_quicksort() {
  struct Pool {
    std::mutex mutex;
    std::condition_variable work;
    std::condition_variable done;
    Shared idle = 0;
    int low = 0;
    int high = 0;
    bool has_work = false;
    bool is_done = false;
    bool ends = false;
  };
  std::array<int, 6> values = {5, 2, 6, 1, 4, 3};
  Pool pool;
  const std::function<void(int, int, bool)> sort = [&](int low, int high, bool shares) {
    if (high - low < 2) return;
    const int pivot = values[static_cast<std::size_t>(low)];
    int middle = low;
    for (int i = low + 1; i < high; ++i) {
      if (values[static_cast<std::size_t>(i)] < pivot)
        std::swap(values[static_cast<std::size_t>(i)], values[static_cast<std::size_t>(++middle)]);
    }
    std::swap(values[static_cast<std::size_t>(low)], values[static_cast<std::size_t>(middle)]);
    bool is_shared = false;
    if (shares && pool.idle != 0) {
      {
        const std::scoped_lock lock(pool.mutex);
        pool.low = low;
        pool.high = middle;
        pool.has_work = true;
      }
      pool.work.notify_one();
      is_shared = true;
    } else {
      sort(low, middle, false);
    }
    sort(middle + 1, high, false);
    if (!is_shared) return;
    std::unique_lock lock(pool.mutex);
    pool.done.wait(lock, [&] { return pool.is_done; });
  };
  std::thread worker([&] {
    bool has_work = false;
    {
      const std::scoped_lock lock(pool.mutex);
      has_work = pool.has_work || pool.ends;
      if (!has_work) pool.idle = 1;
    }
    std::unique_lock lock(pool.mutex);
    if (!has_work) pool.work.wait(lock);
    if (!pool.has_work) return;
    lock.unlock();
    sort(pool.low, pool.high, false);
    lock.lock();
    pool.is_done = true;
    pool.done.notify_one();
  });
  sort(0, 6, true);
  {
    const std::scoped_lock lock(pool.mutex);
    pool.ends = true;
  }
  pool.work.notify_one();
  worker.join();
  for (std::size_t i = 0; i < values.size(); ++i)
    require(values[i] == static_cast<int>(i) + 1, "sorted");
}

/// A stack of free cells without locks in which a cell comes back between two steps of a pop (Vyukov's; five
/// preemptions of three threads). It also loses cells, upon which all threads look for one without an end; that is found
/// long before, and is not what was published, so a pop gives up.
inline void safe_stack() {
  struct Cell {
    std::atomic<int> value = 0;
    std::atomic<int> next = 0;
  };
  constexpr int kThreads = 3;
  std::array<Cell, kThreads> cells;
  std::atomic<int> head = 0;
  std::atomic<int> count = kThreads;
  for (int i = 0; i < kThreads; ++i)
    cells[static_cast<std::size_t>(i)].next.store(i + 1 < kThreads ? i + 1 : -1,
                                                  std::memory_order_relaxed);
  const auto pop = [&]() -> int {
    for (int looks = 0; looks < 64 && count.load() > 1; ++looks) {
      const int first = head.load();
      const int next = cells[static_cast<std::size_t>(first)].next.exchange(-1);
      if (next < 0) continue;
      if (int expected = first; head.compare_exchange_strong(expected, next)) {
        count.fetch_sub(1);
        return first;
      }
      cells[static_cast<std::size_t>(first)].next.exchange(next);
    }
    return -1;
  };
  const auto push = [&](int cell) {
    int first = head.load();
    do {
      cells[static_cast<std::size_t>(cell)].next.store(first);
    } while (!head.compare_exchange_strong(first, cell));
    count.fetch_add(1);
  };
  std::vector<std::thread> threads;
  for (int self = 0; self < kThreads; ++self) {
    threads.emplace_back([&, self] {
      for (int i = 0; i < 2; ++i) {
        int cell = -1;
        for (int tries = 0; cell < 0 && tries < 4; ++tries) cell = pop();
        if (cell < 0) return;
        cells[static_cast<std::size_t>(cell)].value.store(self);
        require(cells[static_cast<std::size_t>(cell)].value.load() == self,
                "a cell is one thread's");
        push(cell);
      }
    });
  }
  join_all(threads);
}

struct Program {
  std::string name;
  std::function<void()> body;
  const char* published;  ///< mean executions to the first failure
  const char* kind = "check-failed";
  bool is_hard = false;  ///< not for tests
};

inline std::vector<Program> programs() {
  return {
      {"reorder_3", [] { reorder(3); }, "RFF 7"},
      {"reorder_10", [] { reorder(10); }, "RFF 6, SURW 17"},
      {"reorder_100", [] { reorder(100); }, "RFF 6, SURW 194"},
      {"twostage_2", [] { two_stage(2); }, "PERIOD 4, RFF 8"},
      {"twostage_20", [] { two_stage(20); }, "RFF 22"},
      {"twostage_100", [] { two_stage(100); }, "RFF 56, SURW 454"},
      {"wronglock_3", [] { wrong_lock(3); }, "RFF 1"},
      {"wronglock_7", [] { wrong_lock(7); }, "RFF 1, SURW 7"},
      {"bluetooth_driver", bluetooth_driver, "PERIOD 9, RFF 45, SURW 70"},
      {"work_stealing_queue", work_stealing_queue, "SURW 6, RFF 10"},
      {"account", account, "RFF 1"},
      {"token_ring", token_ring, "PERIOD 2, RFF 5"},
      {"circular_buffer", circular_buffer, "RFF 2"},
      {"lazy_init", lazy_init, "RFF 6"},
      {"bounded_buffer", bounded_buffer, "PCT 5, RFF 8", "deadlock"},
      {"string_buffer", string_buffer, "RFF 15"},
      {"parallel_quicksort", parallel_quicksort, "PERIOD 27, RFF 322", "deadlock"},
      {"safe_stack", safe_stack, "SURW 368921 (19/20)", "check-failed", true},
  };
}

}  // namespace gridlock::literature
