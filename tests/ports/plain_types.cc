// SPDX-License-Identifier: Apache-2.0
//
// With GRIDLOCK_STD_PLAIN each name of std.h is the type of the standard, and nothing has to be linked.
#define GRIDLOCK_STD_PLAIN
#include <gridlock/std.h>

#include <type_traits>

static_assert(std::is_same_v<gridlock::mutex, std::mutex>);
static_assert(std::is_same_v<gridlock::timed_mutex, std::timed_mutex>);
static_assert(std::is_same_v<gridlock::recursive_mutex, std::recursive_mutex>);
static_assert(std::is_same_v<gridlock::recursive_timed_mutex, std::recursive_timed_mutex>);
static_assert(std::is_same_v<gridlock::shared_mutex, std::shared_mutex>);
static_assert(std::is_same_v<gridlock::shared_timed_mutex, std::shared_timed_mutex>);
static_assert(std::is_same_v<gridlock::condition_variable, std::condition_variable>);
static_assert(std::is_same_v<gridlock::condition_variable_any, std::condition_variable_any>);
static_assert(std::is_same_v<gridlock::counting_semaphore<5>, std::counting_semaphore<5>>);
static_assert(std::is_same_v<gridlock::binary_semaphore, std::binary_semaphore>);
static_assert(std::is_same_v<gridlock::latch, std::latch>);
static_assert(std::is_same_v<gridlock::barrier<>, std::barrier<>>);
static_assert(
    std::is_same_v<gridlock::barrier<void (*)() noexcept>, std::barrier<void (*)() noexcept>>);
static_assert(std::is_same_v<gridlock::thread, std::thread>);
static_assert(std::is_same_v<gridlock::jthread, std::jthread>);
static_assert(std::is_same_v<gridlock::future<int>, std::future<int>>);
static_assert(std::is_same_v<gridlock::shared_future<int>, std::shared_future<int>>);
static_assert(std::is_same_v<gridlock::promise<int>, std::promise<int>>);
static_assert(std::is_same_v<gridlock::packaged_task<int()>, std::packaged_task<int()>>);
static_assert(std::is_same_v<gridlock::once_flag, std::once_flag>);
static_assert(std::is_same_v<gridlock::stop_source, std::stop_source>);
static_assert(std::is_same_v<gridlock::stop_token, std::stop_token>);
static_assert(std::is_same_v<gridlock::stop_callback<void (*)()>, std::stop_callback<void (*)()>>);
static_assert(std::is_same_v<gridlock::atomic<int>, std::atomic<int>>);
static_assert(std::is_same_v<gridlock::atomic_flag, std::atomic_flag>);
static_assert(std::is_same_v<gridlock::unique_lock<gridlock::mutex>, std::unique_lock<std::mutex>>);

int main() {
  gridlock::mutex mutex;
  GRIDLOCK_NAME(mutex, "mutex");
  const gridlock::lock_guard hold{mutex};
  return gridlock::async([] { return 0; }).get();
}
