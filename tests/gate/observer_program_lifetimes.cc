// SPDX-License-Identifier: Apache-2.0
//
// The end of an object: it is used after its memory was freed, it is destroyed while it is used, it is
// destroyed twice. What ThreadSanitizer says of std's primitives it says of ours. The twins use and
// destroy in an order that a user would rely on, last of all: the woken thread destroys what it waited
// for.
#include "tests/gate/variants.h"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <thread>

namespace {

const volatile int kAny = 0;

// `Make` returns an object from new; `Use` is one operation on it.
template <auto Make, auto Use>
struct Lifetime {
  static void after_free() {
    auto* const object = Make();
    gridlock::Turns turns;
    gridlock::Thread user{"user", [&] {
                            turns.wait_for(1);
                            Use(*object);
                          }};
    gridlock::Thread owner{"owner", [&] {
                             delete object;
                             turns.done();
                           }};
  }
  // ThreadSanitizer keeps four accesses to eight bytes. A fifth one, here the first that the destructor makes, takes the place of
  // one of them, and of which depends on how many accesses its thread has made before.
  static void with_destructor() {
    for (int before = 0; before < 4; ++before) with_destructor_after(before);
  }
  static void read(const volatile int* any) { (void)*any; }
  static void with_destructor_after(int accesses) {
    auto* const object = Make();
    gridlock::Turns turns;
    gridlock::Thread user{"user", [&] {
                            Use(*object);
                            turns.done();
                          }};
    gridlock::Thread owner{"owner", [&, accesses] {
                             for (int left = accesses; left > 0; --left) read(&kAny);
                             turns.wait_for(1);
                             std::destroy_at(object);
                           }};
    user.join();
    owner.join();
    ::operator delete(object);
  }
  static void twice() {
    auto* const object = Make();
    gridlock::Turns turns;
    gridlock::Thread first{"first", [&] {
                             std::destroy_at(object);
                             turns.done();
                           }};
    gridlock::Thread second{"second", [&] {
                              turns.wait_for(1);
                              std::destroy_at(object);
                            }};
    first.join();
    second.join();
    ::operator delete(object);
  }
  // Two users at once, and a third in the thread that destroys it.
  static void twin() {
    auto* const object = Make();
    gridlock::Rendezvous start{2};
    const auto body = [&] {
      start.meet();
      Use(*object);
    };
    gridlock::Thread one{"one", body};
    gridlock::Thread two{"two", body};
    one.join();
    two.join();
    Use(*object);
    delete object;
  }
};

// An object that was in use.
template <typename T, typename Use>
T* used(T* object, Use use) {
  use(*object);
  return object;
}
constexpr auto kLockIt = [](auto& lock) { const std::lock_guard hold{lock}; };
constexpr auto kTryIt = [](auto& lock) {
  if (lock.try_lock()) lock.unlock();
};
constexpr auto kReadIt = [](auto& lock) { const std::shared_lock hold{lock}; };
constexpr auto kHoldIt = [](auto& baton) { const gridlock::Baton::Hold hold{baton}; };

using Pair = std::pair<gridlock::Promise<int>, gridlock::Future<int>>;

using OfLock = Lifetime<[] { return used(new gridlock::Lock("lock"), kLockIt); }, kLockIt>;
using OfRLock = Lifetime<[] { return used(new gridlock::RLock("lock"), kLockIt); }, kLockIt>;
using OfTry = Lifetime<[] { return used(new gridlock::Lock, kTryIt); }, kTryIt>;
using OfSharedLock =
    Lifetime<[] { return used(new gridlock::SharedLock("lock"), kReadIt); }, kReadIt>;
using OfSemaphore = Lifetime<[] { return new gridlock::Semaphore(0, "semaphore"); },
                             [](auto& semaphore) { semaphore.release(); }>;
using OfAcquire = Lifetime<[] { return new gridlock::Semaphore(5); },
                           [](auto& semaphore) { semaphore.acquire(); }>;
using OfBounded = Lifetime<[] { return new gridlock::BoundedSemaphore(1, "bounded"); },
                           [](auto& semaphore) { (void)semaphore.try_acquire(); }>;
using OfCondition = Lifetime<[] { return new gridlock::Condition("condition"); },
                             [](auto& condition) { condition.notify_all(); }>;
using OfNotifyOne = Lifetime<[] { return new gridlock::Condition; },
                             [](auto& condition) { condition.notify_one(); }>;
using OfConditionWait = Lifetime<[] { return new gridlock::Condition; },
                                 [](auto& condition) {
                                   gridlock::Lock lock;
                                   std::unique_lock hold{lock};
                                   (void)condition.wait_for(hold, 1ms);
                                 }>;
using OfEvent =
    Lifetime<[] { return new gridlock::Event("event"); }, [](auto& event) { event.set(); }>;
using OfIsSet =
    Lifetime<[] { return new gridlock::Event; }, [](auto& event) { (void)event.is_set(); }>;
using OfClear = Lifetime<[] { return new gridlock::Event; }, [](auto& event) { event.clear(); }>;
using OfCountDown =
    Lifetime<[] { return new gridlock::Latch(1000); }, [](auto& latch) { latch.count_down(); }>;
using OfLatchWait =
    Lifetime<[] { return new gridlock::Latch(1); }, [](auto& latch) { (void)latch.wait_for(1ms); }>;
using OfEventWait =
    Lifetime<[] { return new gridlock::Event; }, [](auto& event) { (void)event.wait_for(1ms); }>;
using OfBarrier = Lifetime<[] { return new gridlock::Barrier(2, "barrier"); },
                           [](auto& barrier) { barrier.abort(); }>;
using OfArrival = Lifetime<[] { return new gridlock::Barrier(1); },
                           [](auto& barrier) { barrier.arrive_and_wait(); }>;
using OfBarrierLook = Lifetime<[] { return new gridlock::Barrier(1); },
                               [](auto& barrier) { (void)barrier.broken(); }>;
using OfOnce = Lifetime<[] { return new gridlock::OnceFlag("flag"); },
                        [](auto& flag) { gridlock::call_once(flag, [] {}); }>;
using OfFuture = Lifetime<[] { return new Pair(gridlock::make_future<int>("future")); },
                          [](auto& pair) { (void)pair.second.wait_for(0ms); }>;
using OfQueue =
    Lifetime<[] { return new gridlock::Queue<int>("queue"); }, [](auto& queue) { queue.put(1); }>;
using OfQueueSize =
    Lifetime<[] { return new gridlock::Queue<int>; }, [](auto& queue) { (void)queue.size(); }>;
using OfJoinableQueue = Lifetime<[] { return new gridlock::JoinableQueue<int>(8, "joinable"); },
                                 [](auto& queue) { (void)queue.try_put(1); }>;
using OfIpcLock = Lifetime<[] { return new gridlock::IpcLock("lock"); }, kLockIt>;
using OfIpcSemaphore = Lifetime<[] { return new gridlock::IpcSemaphore(0, "semaphore"); },
                                [](auto& semaphore) { semaphore.release(); }>;
using OfExecutor =
    Lifetime<[] { return new gridlock::Executor(1); }, [](auto& pool) { (void)pool.pending(); }>;
using OfTimer = Lifetime<[] { return new gridlock::Timer(1h, [] {}); },
                         [](auto& timer) { (void)timer.cancel(); }>;
using OfThread = Lifetime<[] { return new gridlock::Thread([] {}); },
                          [](auto& thread) { (void)thread.is_alive(); }>;
using OfBaton = Lifetime<[] { return used(new gridlock::Baton("baton"), kHoldIt); }, kHoldIt>;

// std's nearest. The destructors of std::mutex and std::shared_mutex are empty.
using OfStdMutex = Lifetime<[] { return new std::mutex; }, kLockIt>;
using OfStdShared = Lifetime<[] { return new std::shared_mutex; }, kReadIt>;
using OfStdCondition = Lifetime<[] { return new std::condition_variable; },
                                [](auto& condition) { condition.notify_all(); }>;

constexpr int kRounds = 300;

// In each round two threads share an object, and `second` destroys it when it has seen what `first`
// did.
template <typename Make, typename First, typename Second>
void rounds(Make make, First first, Second second) {
  for (int i = 0; i < kRounds; ++i) {
    auto* const object = make();
    gridlock::Rendezvous start{2};
    gridlock::Thread one{"one", [&] {
                           start.meet();
                           first(*object);
                         }};
    gridlock::Thread two{"two", [&] {
                           start.meet();
                           second(*object);
                           delete object;
                         }};
  }
}

void silent_event_goes() {
  rounds([] { return new gridlock::Event("event"); }, [](auto& event) { event.set(); },
         [](auto& event) { event.wait(); });
}

void silent_semaphore_goes() {
  rounds([] { return new gridlock::Semaphore(0, "semaphore"); },
         [](auto& semaphore) { semaphore.release(); },
         [](auto& semaphore) { semaphore.acquire(); });
}

struct Shared {
  gridlock::Lock lock{"lock"};
  gridlock::Condition changed{"changed"};
  bool ready = false;
};

// The waiter has the lock when it goes on, so the notification is over.
void silent_condition_goes() {
  rounds([] { return new Shared; },
         [](Shared& shared) {
           const std::lock_guard hold{shared.lock};
           shared.ready = true;
           shared.changed.notify_all();
         },
         [](Shared& shared) {
           std::unique_lock hold{shared.lock};
           shared.changed.wait(hold, [&] { return shared.ready; });
         });
}

void silent_lock_goes() {
  rounds([] { return new Shared; },
         [](Shared& shared) {
           const std::lock_guard hold{shared.lock};
           shared.ready = true;
         },
         [](Shared& shared) {
           for (bool ready = false; !ready;) {
             const std::lock_guard hold{shared.lock};
             ready = shared.ready;
           }
         });
}

void silent_queue_goes() {
  rounds([] { return new gridlock::Queue<int>("queue"); }, [](auto& queue) { queue.put(1); },
         [](auto& queue) { (void)queue.get(); });
}

void silent_future_goes() {
  for (int i = 0; i < kRounds; ++i) {
    auto [promise, future] = gridlock::make_future<int>("future");
    gridlock::Thread one{"one", [to = std::move(promise)]() mutable { to.set_value(1); }};
    gridlock::Thread two{"two", [from = std::move(future)]() mutable { (void)from.get(); }};
  }
}

// Both are through a meeting point that orders nothing.
void silent_rendezvous_goes() {
  auto* const meeting = new gridlock::Rendezvous{2};
  auto* const turns = new gridlock::Turns;
  gridlock::Turns through;
  gridlock::Thread one{"one", [&] {
                         meeting->meet();
                         turns->done();
                         through.done();
                       }};
  gridlock::Thread two{"two", [&] {
                         meeting->meet();
                         turns->wait_for(1);
                         through.wait_for(1);
                         delete meeting;
                         delete turns;
                       }};
}

// A barrier may go when all are through.
void silent_barrier_goes() {
  for (int i = 0; i < kRounds; ++i) {
    auto barrier = std::make_unique<gridlock::Barrier>(3);
    const auto body = [&] { barrier->arrive_and_wait(); };
    gridlock::Thread one{"one", body};
    gridlock::Thread two{"two", body};
    barrier->arrive_and_wait();
    one.join();
    two.join();
    barrier.reset();
  }
}

#define GRIDLOCK_TEST_LIFETIME(name, shape)                    \
  {name "_after_free", true, shape::after_free},               \
      {name "_with_destructor", true, shape::with_destructor}, \
      {name "_twice", true, shape::twice}, {                   \
    name "_in_order", false, shape::twin                       \
  }

constexpr Variant kVariants[] = {
    GRIDLOCK_TEST_LIFETIME("lock", OfLock),
    GRIDLOCK_TEST_LIFETIME("rlock", OfRLock),
    GRIDLOCK_TEST_LIFETIME("try_lock", OfTry),
    GRIDLOCK_TEST_LIFETIME("shared_lock", OfSharedLock),
    GRIDLOCK_TEST_LIFETIME("semaphore", OfSemaphore),
    GRIDLOCK_TEST_LIFETIME("acquire", OfAcquire),
    GRIDLOCK_TEST_LIFETIME("bounded", OfBounded),
    GRIDLOCK_TEST_LIFETIME("condition", OfCondition),
    GRIDLOCK_TEST_LIFETIME("notify_one", OfNotifyOne),
    GRIDLOCK_TEST_LIFETIME("condition_wait", OfConditionWait),
    GRIDLOCK_TEST_LIFETIME("event", OfEvent),
    GRIDLOCK_TEST_LIFETIME("is_set", OfIsSet),
    GRIDLOCK_TEST_LIFETIME("clear", OfClear),
    GRIDLOCK_TEST_LIFETIME("event_wait", OfEventWait),
    GRIDLOCK_TEST_LIFETIME("count_down", OfCountDown),
    GRIDLOCK_TEST_LIFETIME("latch_wait", OfLatchWait),
    GRIDLOCK_TEST_LIFETIME("barrier", OfBarrier),
    GRIDLOCK_TEST_LIFETIME("arrival", OfArrival),
    GRIDLOCK_TEST_LIFETIME("barrier_look", OfBarrierLook),
    GRIDLOCK_TEST_LIFETIME("once", OfOnce),
    GRIDLOCK_TEST_LIFETIME("future", OfFuture),
    GRIDLOCK_TEST_LIFETIME("queue", OfQueue),
    GRIDLOCK_TEST_LIFETIME("queue_size", OfQueueSize),
    GRIDLOCK_TEST_LIFETIME("joinable_queue", OfJoinableQueue),
    GRIDLOCK_TEST_LIFETIME("ipc_lock", OfIpcLock),
    GRIDLOCK_TEST_LIFETIME("ipc_semaphore", OfIpcSemaphore),
    GRIDLOCK_TEST_LIFETIME("thread", OfThread),
    GRIDLOCK_TEST_LIFETIME("baton", OfBaton),
    GRIDLOCK_TEST_LIFETIME("std_condition", OfStdCondition),
    {"executor_after_free", true, OfExecutor::after_free},
    {"executor_with_destructor", true, OfExecutor::with_destructor},
    {"executor_in_order", false, OfExecutor::twin},
    {"timer_after_free", true, OfTimer::after_free},
    {"timer_with_destructor", true, OfTimer::with_destructor},
    {"timer_in_order", false, OfTimer::twin},
    {"std_mutex_after_free", true, OfStdMutex::after_free},
    {"std_mutex_in_order", false, OfStdMutex::twin},
    {"std_shared_after_free", true, OfStdShared::after_free},
    {"std_shared_in_order", false, OfStdShared::twin},
    {"event_goes", false, silent_event_goes},
    {"semaphore_goes", false, silent_semaphore_goes},
    {"condition_goes", false, silent_condition_goes},
    {"lock_goes", false, silent_lock_goes},
    {"queue_goes", false, silent_queue_goes},
    {"future_goes", false, silent_future_goes},
    {"barrier_goes", false, silent_barrier_goes},
    {"rendezvous_goes", false, silent_rendezvous_goes},
};

}  // namespace

int main(int argc, char** argv) { return run_variant(kVariants, argc, argv); }
