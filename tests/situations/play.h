// SPDX-License-Identifier: Apache-2.0
//
// One situation is written once and played in three ways, so that what is predicted and what happens
// are the same program. Its threads run one at a time, in a schedule that is the same in each run
// (tests/schedule):
//
//   kLucky  the threads come one after the other and nothing hangs; no gridlock object orders them,
//           so another run might. What is found is found in the order alone.
//   kHang   meet() brings all threads to the moment at which they block each other.
//   kFree   another schedule for each seed, with a turn at each point of the primitives; for twins,
//           which have to end in every schedule.
//   kLuck   as kLucky, but the threads run as the kernel lets them.
//
// The last body runs in the main thread, so that there is no thread that only joins: a bystander in
// join() would be one of the threads that starve, and might be the victim.
#pragma once

#include <gridlock/gridlock.h>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <system_error>
#include <utility>
#include <vector>

namespace gridlock::schedule {
class Scheduler;
}

namespace gridlock::situations {

enum class Mode : std::uint8_t { kLucky, kHang, kFree, kLuck };

/// A semaphore used as a lock.
struct Permit {
  Semaphore& semaphore;
  void lock() { semaphore.acquire(); }
  void unlock() noexcept { semaphore.release(); }
};

/// The reading side of a shared lock.
struct Reading {
  SharedLock& shared;
  void lock() { shared.lock_shared(); }
  void unlock() noexcept { shared.unlock_shared(); }
};

class Play {
 public:
  /// `seed`: of kFree.
  explicit Play(Mode mode, unsigned seed = 0);
  ~Play();
  Play(const Play&) = delete;
  Play& operator=(const Play&) = delete;

  /// The bodies, each in a thread of its own (t1, t2 ...), the last in the main thread. In kLucky one
  /// after the other. `parties` of them come to meet(); 0: all.
  void run(const std::vector<std::function<void()>>& bodies, unsigned parties = 0);
  /// The same, but in kLucky too the bodies begin at once, and use await() and passed().
  void run_freely(const std::vector<std::function<void()>>& bodies, unsigned parties = 0);

  /// In kHang: waits until all parties are here.
  void meet();
  /// In kLucky: waits until passed() was called `step` times.
  void await(unsigned step);
  void passed();
  /// In kLucky: waits until the thread that called this_is_me() has gone to sleep since; nothing else tells
  /// that a wait has begun.
  void until_it_sleeps();
  void this_is_me();
  /// Lets others go on, of a thread that looks at something again and again.
  static void look_again();
  /// A body of its own making: counted if it becomes the victim of a deadlock.
  void attempt(const std::function<void()>& body);

  /// Takes the locks one inside the other; meets the others when it has the first.
  template <typename First, typename... Rest>
  void nest(First&& first, Rest&&... rest) {
    const std::lock_guard hold{first};
    meet();
    take(rest...);
  }
  /// The same without a meeting.
  template <typename First, typename... Rest>
  void take(First& first, Rest&... rest) {
    const std::lock_guard hold{first};
    if constexpr (sizeof...(rest) > 0) take(rest...);
  }
  /// Takes a lock and gives it back; goes on also when that made it the victim. For a thread that
  /// others wait for: a victim that did not signal would leave them in a second deadlock.
  template <typename L>
  void touch(L&& lock) {
    attempt([&] { const std::lock_guard hold{lock}; });
  }

  bool lucky() const { return mode_ == Mode::kLucky || mode_ == Mode::kLuck; }
  bool hangs() const { return mode_ == Mode::kHang; }
  int victims() const { return victims_.load(); }

 private:
  void start(const std::vector<std::function<void()>>& bodies, unsigned parties, bool in_turn);

  Mode mode_;
  Turns turns_;
  std::atomic<Rendezvous*> meeting_{nullptr};
  std::atomic<int> victims_{0};
  std::atomic<unsigned> sleeper_{0};
  std::atomic<unsigned> sleeps_{0};  // of the sleeper, when it said so
  std::unique_ptr<schedule::Scheduler> scheduler_;
};

}  // namespace gridlock::situations
