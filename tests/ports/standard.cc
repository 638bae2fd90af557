// SPDX-License-Identifier: Apache-2.0
//
// A program that uses all of the standard's interface that std.h has. It is compiled three ways: with std itself (no
// Gridlock), with the names of std.h, and with those in their plain form; what it prints is the same.
#ifdef USE_STD
#include <atomic>
#include <barrier>
#include <condition_variable>
#include <future>
#include <latch>
#include <mutex>
#include <semaphore>
#include <shared_mutex>
#include <stop_token>
#include <thread>
namespace lib = std;
#else
#include <gridlock/std.h>
namespace lib = gridlock;
#endif

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstring>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

void say(std::string_view what, long value) {
  std::printf("%.*s %ld\n", static_cast<int>(what.size()), what.data(), value);
}

// The code of the error, -1 if there is none.
long error_of(const std::function<void()>& function) {
  try {
    function();
  } catch (const std::future_error& error) {
    return 1000 + error.code().value();
  } catch (const std::system_error& error) {
    return error.code().value();
  }
  return -1;
}

template <typename Mutex>
long try_elsewhere(Mutex& mutex) {
  bool got = false;
  lib::thread{[&] {
    got = mutex.try_lock();
    if (got) mutex.unlock();
  }}.join();
  return got ? 1 : 0;
}

template <typename Mutex>
void exclusive(std::string_view name) {
  Mutex mutex;
  long count = 0;
  {
    lib::unique_lock<Mutex> hold{mutex};
    say(name, try_elsewhere(mutex));
    hold.unlock();
    say(name, try_elsewhere(mutex));
  }
  std::vector<lib::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 100; ++round) {
        const lib::lock_guard<Mutex> hold{mutex};
        ++count;
      }
    });
  }
  for (lib::thread& each : threads) each.join();
  say(name, count);
}

template <typename Mutex>
void timed(std::string_view name) {
  Mutex mutex;
  const lib::lock_guard<Mutex> hold{mutex};
  long got = 0;
  lib::thread{[&] {
    got += mutex.try_lock_for(2ms) ? 1 : 0;
    got += mutex.try_lock_until(Clock::now() + 2ms) ? 1 : 0;
    const lib::unique_lock<Mutex> late{mutex, 2ms};
    got += late.owns_lock() ? 1 : 0;
  }}.join();
  say(name, got);
}

template <typename Mutex>
void again(std::string_view name) {
  Mutex mutex;
  const lib::lock_guard<Mutex> one{mutex};
  const lib::lock_guard<Mutex> two{mutex};
  const lib::unique_lock<Mutex> three{mutex, lib::try_to_lock};
  say(name, three.owns_lock() ? 1 : 0);
}

template <typename Mutex>
void readers(std::string_view name) {
  Mutex mutex;
  const lib::shared_lock<Mutex> reading{mutex};
  bool read = false;
  lib::thread{[&] { read = lib::shared_lock<Mutex>{mutex, lib::try_to_lock}.owns_lock(); }}.join();
  say(name, read ? 1 : 0);
  say(name, try_elsewhere(mutex));
}

void locks() {
  exclusive<lib::mutex>("mutex");
  exclusive<lib::timed_mutex>("timed_mutex");
  exclusive<lib::recursive_mutex>("recursive_mutex");
  exclusive<lib::recursive_timed_mutex>("recursive_timed_mutex");
  exclusive<lib::shared_mutex>("shared_mutex");
  exclusive<lib::shared_timed_mutex>("shared_timed_mutex");
  timed<lib::timed_mutex>("timed_mutex");
  timed<lib::recursive_timed_mutex>("recursive_timed_mutex");
  timed<lib::shared_timed_mutex>("shared_timed_mutex");
  again<lib::recursive_mutex>("recursive_mutex");
  again<lib::recursive_timed_mutex>("recursive_timed_mutex");
  readers<lib::shared_mutex>("shared_mutex");
  readers<lib::shared_timed_mutex>("shared_timed_mutex");
  lib::mutex a;
  lib::mutex b;
  {
    const lib::scoped_lock both{a, b};
  }
  lib::lock(a, b);
  const lib::lock_guard hold_a{a, lib::adopt_lock};
  const lib::unique_lock hold_b{b, lib::adopt_lock};
  say("lock", hold_b.owns_lock() ? 1 : 0);
}

void conditions() {
  lib::mutex mutex;
  lib::condition_variable changed;
  int value = 0;
  lib::thread other{[&] {
    const lib::lock_guard<lib::mutex> hold{mutex};
    value = 1;
    changed.notify_one();
  }};
  lib::unique_lock<lib::mutex> hold{mutex};
  changed.wait(hold, [&] { return value == 1; });
  say("condition", value);
  say("condition", changed.wait_for(hold, 1ms) == lib::cv_status::timeout ? 1 : 0);
  say("condition", changed.wait_for(hold, 1ms, [] { return false; }) ? 1 : 0);
  say("condition", changed.wait_until(hold, Clock::now() + 1ms, [] { return true; }) ? 1 : 0);
  hold.unlock();
  other.join();

  lib::shared_mutex shared;
  lib::condition_variable_any any;
  lib::shared_lock<lib::shared_mutex> reading{shared};
  say("condition_any", any.wait_for(reading, 1ms) == lib::cv_status::timeout ? 1 : 0);
  lib::stop_source source;
  lib::thread stops{[&] { source.request_stop(); }};
  say("condition_any", any.wait(reading, source.get_token(), [] { return false; }) ? 1 : 0);
  stops.join();

  bool ended = false;
  lib::thread at_exit{[&] {
    lib::unique_lock<lib::mutex> own{mutex};
    ended = true;
    notify_all_at_thread_exit(changed, std::move(own));
  }};
  hold.lock();
  changed.wait(hold, [&] { return ended; });
  hold.unlock();
  at_exit.join();
  say("at_thread_exit", ended ? 1 : 0);
}

struct Completion {
  long* completed;
  void operator()() const noexcept { ++*completed; }
};

void counters() {
  lib::counting_semaphore<3> permits{2};
  permits.acquire();
  permits.acquire();
  say("semaphore", permits.try_acquire() ? 1 : 0);
  say("semaphore", permits.try_acquire_for(1ms) ? 1 : 0);
  permits.release(2);
  say("semaphore", permits.try_acquire_until(Clock::now() + 1ms) ? 1 : 0);
  say("semaphore", lib::counting_semaphore<3>::max() >= 3 ? 1 : 0);
  lib::binary_semaphore there{0};
  lib::thread gives{[&] { there.release(); }};
  there.acquire();
  gives.join();

  lib::latch latch{3};
  say("latch", latch.try_wait() ? 1 : 0);
  lib::thread counts{[&] { latch.arrive_and_wait(); }};
  latch.count_down(2);
  latch.wait();
  counts.join();
  say("latch", latch.try_wait() ? 1 : 0);

  long completed = 0;
  lib::barrier barrier{2, Completion{&completed}};
  lib::thread party{[&] {
    barrier.arrive_and_wait();
    auto arrival = barrier.arrive();
    barrier.wait(std::move(arrival));
    barrier.arrive_and_drop();
  }};
  for (int i = 0; i < 4; ++i) barrier.arrive_and_wait();
  party.join();
  say("barrier", completed);
  lib::barrier<> alone{1};
  alone.arrive_and_wait();
}

void threads() {
  long sum = 0;
  lib::thread adds{[](long& to, const std::string& text) { to += static_cast<long>(text.size()); },
                   std::ref(sum), "four"};
  say("thread", adds.get_id() != lib::thread::id{} ? 1 : 0);
  say("thread", adds.get_id() != lib::this_thread::get_id() ? 1 : 0);
  lib::thread moved;
  moved.swap(adds);
  say("thread", adds.joinable() ? 1 : 0);
  moved.join();
  say("thread", sum);
  say("thread", error_of([&] { moved.join(); }));
  // NOLINTNEXTLINE(misc-redundant-expression): not where lib is another one
  say("thread", lib::thread::hardware_concurrency() == std::thread::hardware_concurrency() ? 1 : 0);
  lib::thread::id inside;
  lib::thread tells{[&] { inside = lib::this_thread::get_id(); }};
  const lib::thread::id outside = tells.get_id();
  tells.join();
  say("thread", inside == outside ? 1 : 0);

  long stopped = 0;
  {
    const lib::jthread worker{[&](const lib::stop_token& stop, long by) {
                                while (!stop.stop_requested()) lib::this_thread::yield();
                                stopped += by;
                              },
                              7};
  }
  say("jthread", stopped);
  lib::jthread plain{[&] { ++stopped; }};
  plain.join();
  say("jthread", stopped);
  say("jthread", plain.get_stop_token().stop_possible() ? 1 : 0);
}

void stops() {
  lib::stop_source source;
  const lib::stop_token token = source.get_token();
  long calls = 0;
  const lib::stop_callback callback{token, [&] { ++calls; }};
  say("stop", token.stop_possible() ? 1 : 0);
  say("stop", source.request_stop() ? 1 : 0);
  say("stop", source.request_stop() ? 1 : 0);
  say("stop", token.stop_requested() ? 1 : 0);
  const lib::stop_callback late{token, [&] { calls += 10; }};
  say("stop", calls);
  say("stop", lib::stop_source{lib::nostopstate}.stop_possible() ? 1 : 0);
}

void futures() {
  lib::promise<int> promise;
  lib::future<int> future = promise.get_future();
  say("future", error_of([&] { (void)promise.get_future(); }));
  say("future", future.wait_for(0s) == lib::future_status::timeout ? 1 : 0);
  lib::thread sets{[&] { promise.set_value(42); }};
  say("future", future.get());
  sets.join();
  say("future", future.valid() ? 1 : 0);
  say("future", error_of([&] { promise.set_value(1); }));
  lib::future<void> broken;
  {
    lib::promise<void> gone;
    broken = gone.get_future();
  }
  say("future", error_of([&] { broken.get(); }));

  lib::promise<std::string> text;
  const lib::shared_future<std::string> all = text.get_future();
  lib::thread reads{[own = all] { (void)own.get(); }};
  text.set_value("text");
  reads.join();
  say("shared_future", static_cast<long>(all.get().size()));

  lib::packaged_task<int(int)> task{[](int n) { return 2 * n; }};
  lib::future<int> doubled = task.get_future();
  lib::thread{std::move(task), 21}.join();
  say("packaged_task", doubled.get());

  say("async", lib::async([](int n) { return n; }, 3).get());
  lib::future<int> threw = lib::async(
      lib::launch::async, []() -> int { throw std::system_error(EBUSY, std::generic_category()); });
  say("async", error_of([&] { (void)threw.get(); }));
  lib::thread::id ran_in;
  lib::future<int> deferred = lib::async(lib::launch::deferred, [&] {
    ran_in = lib::this_thread::get_id();
    return 5;
  });
  say("async", deferred.wait_for(0s) == lib::future_status::deferred ? 1 : 0);
  say("async", deferred.get());
  say("async", ran_in == lib::this_thread::get_id() ? 1 : 0);
  lib::promise<int> at_exit;
  lib::future<int> of_thread = at_exit.get_future();
  lib::thread{[&] { at_exit.set_value_at_thread_exit(6); }}.join();
  say("at_thread_exit", of_thread.get());
}

void once() {
  lib::once_flag flag;
  long calls = 0;
#ifndef UNDER_TSAN  // its pthread_once() does not see that a call was left by an exception, and waits forever for the end
  try {
    lib::call_once(flag, [&] {
      ++calls;
      throw std::runtime_error("again");
    });
  } catch (const std::runtime_error&) {
    calls += 10;
  }
#endif
  lib::call_once(flag, [&](long by) { calls += by; }, 100);
  lib::call_once(flag, [&] { calls += 1000; });
  say("once", calls);
}

void atomics() {
  lib::atomic<int> value{0};
  lib::thread changes{[&] {
    value.fetch_add(2);
    value.notify_all();
  }};
  value.wait(0);
  say("atomic", value);
  changes.join();
  lib::atomic_flag flag;
  lib::thread sets{[&] {
    flag.test_and_set();
    flag.notify_one();
  }};
  flag.wait(false);
  sets.join();
  say("atomic", flag.test() ? 1 : 0);
}

// A thread that nobody joined.
[[noreturn]] void terminate() {
  std::set_terminate([] {
    std::puts("terminate");
    std::fflush(stdout);
    _exit(3);
  });
  {
    lib::atomic<bool> go{false};
    lib::thread lost{[&] { go.wait(false); }};
  }
  _exit(4);
}

}  // namespace

int main(int count, char** arguments) {
  if (count > 1 && std::strcmp(arguments[1], "terminate") == 0) terminate();
  locks();
  conditions();
  counters();
  threads();
  stops();
  futures();
  once();
  atomics();
}
