// SPDX-License-Identifier: Apache-2.0
//
// Objects that are used after they were destroyed, or destroyed while others are on their way out.
#include <gridlock/gridlock.h>

#include <sys/mman.h>

#include <array>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <new>
#include <shared_mutex>
#include <type_traits>

#include "tests/runtime/probe.h"

namespace gridlock::probe {
namespace {

using namespace std::chrono_literals;

enum class End { kDestroyed, kFreed, kTwice };

// An object called "gone" is made, used, destroyed, and used once more. `use` gets a pointer.
template <typename T, typename Make, typename Use>
void use_after(End end, Make make, Use use) {
  void* const memory = ::operator new(sizeof(T));
  T* const object = make(memory);
  std::destroy_at(object);
  if (end == End::kFreed) ::operator delete(memory);
  if (end == End::kTwice) {
    std::destroy_at(object);
  } else {
    use(*object);
  }
  if (end != End::kFreed) ::operator delete(memory);
}

template <typename T, typename Use>
void use_named_after(End end, Use use) {
  use_after<T>(end, [](void* memory) { return new (memory) T("gone"); }, use);
}
template <typename T, typename Use>
void use_counted_after(End end, std::uint32_t count, Use use) {
  use_after<T>(end, [&](void* memory) { return new (memory) T(count, "gone"); }, use);
}

struct Operation {
  const char* type;
  void (*run)(End end);
};

constexpr std::array kOperations = {
    Operation{"Event", [](End end) { use_named_after<Event>(end, [](Event& e) { e.set(); }); }},
    Operation{"Event", [](End end) { use_named_after<Event>(end, [](Event& e) { e.clear(); }); }},
    Operation{"Event",
              [](End end) { use_named_after<Event>(end, [](Event& e) { (void)e.is_set(); }); }},
    Operation{
        "Event",
        [](End end) { use_named_after<Event>(end, [](Event& e) { (void)e.wait_for(1ms); }); }},
    Operation{
        "Condition",
        [](End end) { use_named_after<Condition>(end, [](Condition& c) { c.notify_one(); }); }},
    Operation{
        "Condition",
        [](End end) { use_named_after<Condition>(end, [](Condition& c) { c.notify_all(); }); }},
    Operation{"Condition",
              [](End end) {
                use_named_after<Condition>(end, [](Condition& c) {
                  Lock lock;
                  std::unique_lock hold{lock};
                  (void)c.wait_for(hold, 1ms);
                });
              }},
    Operation{
        "Semaphore",
        [](End end) { use_counted_after<Semaphore>(end, 0, [](Semaphore& s) { s.release(); }); }},
    Operation{
        "Semaphore",
        [](End end) { use_counted_after<Semaphore>(end, 1, [](Semaphore& s) { s.acquire(); }); }},
    Operation{"Semaphore",
              [](End end) {
                use_counted_after<Semaphore>(end, 0,
                                             [](Semaphore& s) { (void)s.try_acquire_for(1ms); });
              }},
    Operation{"BoundedSemaphore",
              [](End end) {
                use_counted_after<BoundedSemaphore>(
                    end, 1, [](BoundedSemaphore& s) { (void)s.try_acquire(); });
              }},
    Operation{"Latch",
              [](End end) { use_counted_after<Latch>(end, 1, [](Latch& l) { l.count_down(); }); }},
    Operation{
        "Latch",
        [](End end) { use_counted_after<Latch>(end, 1, [](Latch& l) { (void)l.try_wait(); }); }},
    Operation{
        "Latch",
        [](End end) { use_counted_after<Latch>(end, 1, [](Latch& l) { (void)l.wait_for(1ms); }); }},
    Operation{
        "Atomic",
        [](End end) { use_named_after<AtomicFlag>(end, [](AtomicFlag& f) { f.notify_all(); }); }},
    Operation{"SharedLock",
              [](End end) {
                use_named_after<SharedLock>(end, [](SharedLock& l) {
                  if (l.try_lock_upgradeable()) l.unlock_upgradeable();
                });
              }},
    Operation{
        "Barrier",
        [](End end) { use_counted_after<Barrier>(end, 2, [](Barrier& b) { (void)b.arrive(2); }); }},
    Operation{"Barrier",
              [](End end) {
                use_counted_after<Barrier>(end, 1, [](Barrier& b) { b.arrive_and_wait(); });
              }},
    Operation{"Barrier",
              [](End end) { use_counted_after<Barrier>(end, 2, [](Barrier& b) { b.abort(); }); }},
    Operation{"Barrier",
              [](End end) { use_counted_after<Barrier>(end, 2, [](Barrier& b) { b.reset(); }); }},
    Operation{
        "Barrier",
        [](End end) { use_counted_after<Barrier>(end, 2, [](Barrier& b) { (void)b.waiting(); }); }},
    Operation{"SharedLock",
              [](End end) {
                use_named_after<SharedLock>(end, [](SharedLock& l) {
                  if (l.try_lock()) l.unlock();
                });
              }},
    Operation{"SharedLock",
              [](End end) {
                use_named_after<SharedLock>(end, [](SharedLock& l) {
                  if (l.try_lock_shared()) l.unlock_shared();
                });
              }},
};

// What has nothing behind its first 16 bytes, or owns memory: where only the memory as the destructor
// left it can tell.
constexpr std::array kInPlace = {
    Operation{
        "OnceFlag",
        [](End end) { use_named_after<OnceFlag>(end, [](OnceFlag& f) { call_once(f, [] {}); }); }},
    Operation{"Rendezvous",
              [](End end) {
                use_after<Rendezvous>(
                    end,
                    [](void* memory) {
                      auto* const meeting = new (memory) Rendezvous(1);
                      meeting->meet();
                      return meeting;
                    },
                    [](Rendezvous& r) { r.meet(); });
              }},
    Operation{"Rendezvous",
              [](End end) {
                use_after<Turns>(
                    end, [](void* memory) { return new (memory) Turns; },
                    [](Turns& t) { t.done(); });
              }},
};

// What cannot be destroyed twice without a second free() of its items.
constexpr std::array kOnce = {
    Operation{"Queue",
              [](End end) { use_named_after<Queue<int>>(end, [](auto& q) { q.put(1); }); }},
    Operation{
        "Queue",
        [](End end) { use_named_after<Queue<int>>(end, [](auto& q) { (void)q.try_get(); }); }},
    Operation{"Queue",
              [](End end) { use_named_after<Queue<int>>(end, [](auto& q) { (void)q.size(); }); }},
    Operation{"Queue",
              [](End end) { use_named_after<Queue<int>>(end, [](auto& q) { q.close(); }); }},
    Operation{"Queue",
              [](End end) { use_named_after<Queue<int>>(end, [](auto& q) { q.task_done(); }); }},
    Operation{"Queue",
              [](End end) { use_named_after<Queue<int>>(end, [](auto& q) { q.join(); }); }},
};

template <std::size_t Size>
bool run_one(const std::array<Operation, Size>& operations, int number, End end) {
  if (number >= static_cast<int>(Size)) return false;
  std::printf("%s\n", operations.at(static_cast<std::size_t>(number)).type);
  std::fflush(stdout);
  operations.at(static_cast<std::size_t>(number)).run(end);
  return true;
}

void end_of_table(bool found) {
  if (!found) std::puts("no more");
}

// A new object in the memory of one that is gone is another one.
void new_in_old_memory(int) {
  alignas(std::max_align_t) std::array<std::byte, 256> memory{};
  for (int i = 0; i < 3; ++i) {
    auto* const event = new (memory.data()) Event("again");
    event->set();
    event->wait();
    std::destroy_at(event);
    auto* const semaphore = new (memory.data()) Semaphore(1, "again");
    semaphore->acquire();
    semaphore->release();
    std::destroy_at(semaphore);
    auto* const condition = new (memory.data()) Condition("again");
    condition->notify_all();
    std::destroy_at(condition);
    auto* const barrier = new (memory.data()) Barrier(1, "again");
    barrier->arrive_and_wait();
    std::destroy_at(barrier);
    auto* const flag = new (memory.data()) OnceFlag("again");
    call_once(*flag, [] {});
    std::destroy_at(flag);
    auto* const turns = new (memory.data()) Turns;
    turns->done();
    std::destroy_at(turns);
  }
  std::puts("done");
}

// In each round `give` and `take` meet at an object that has a page to itself; `take` destroys it and
// unmaps the page as soon as it has got what it waited for, while `give` is on its way out.
template <typename T, typename Make, typename Give, typename Take>
void unmap_when_woken(Make make, Give give, Take take) {
  constexpr std::size_t kPage = 4096;
  static_assert(sizeof(T) <= kPage);
  for (int i = 0; i < 1000; ++i) {
    void* const page =
        mmap(nullptr, kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    T* const object = make(page);
    Thread giver{"giver", [&] { give(*object); }};
    take(*object);
    std::destroy_at(object);
    munmap(page, kPage);
  }
  std::puts("done");
}

struct Guarded {
  Lock lock;
  Condition changed;
  bool ready = false;
};

void destroyed_by_the_woken(int number) {
  if (number == 0) {
    unmap_when_woken<Event>([](void* page) { return new (page) Event("event"); },
                            [](Event& e) { e.set(); }, [](Event& e) { e.wait(); });
  }
  if (number == 1) {
    unmap_when_woken<Semaphore>([](void* page) { return new (page) Semaphore(0, "semaphore"); },
                                [](Semaphore& s) { s.release(); },
                                [](Semaphore& s) { s.acquire(); });
  }
  if (number == 2) {
    unmap_when_woken<Guarded>([](void* page) { return new (page) Guarded; },
                              [](Guarded& g) {
                                const std::lock_guard hold{g.lock};
                                g.ready = true;
                                g.changed.notify_all();
                              },
                              [](Guarded& g) {
                                std::unique_lock hold{g.lock};
                                g.changed.wait(hold, [&] { return g.ready; });
                              });
  }
  if (number == 3) {
    unmap_when_woken<Queue<int>>([](void* page) { return new (page) Queue<int>("queue"); },
                                 [](auto& q) { q.put(1); }, [](auto& q) { (void)q.get(); });
  }
}

// Static objects are destroyed when the process ends, the last one first: this one uses those that were
// made after it.
struct UsesLater {
  Event* event = nullptr;
  Semaphore* semaphore = nullptr;
  Condition* condition = nullptr;
  UsesLater() = default;
  UsesLater(const UsesLater&) = delete;
  UsesLater& operator=(const UsesLater&) = delete;
  ~UsesLater() {
    event->set();
    semaphore->release();
    condition->notify_all();
    std::puts("done");
    std::fflush(stdout);
  }
};

void static_after_end(int) {
  static UsesLater user;
  static Event event{"static"};
  static Semaphore semaphore{1, "static"};
  static Condition condition{"static"};
  user.event = &event;
  user.semaphore = &semaphore;
  user.condition = &condition;
}

constexpr std::array kSituations = {
    Situation{"after-destroy",
              [](int n) { end_of_table(run_one(kOperations, n, End::kDestroyed)); }},
    Situation{"after-free", [](int n) { end_of_table(run_one(kOperations, n, End::kFreed)); }},
    Situation{"destroyed-twice", [](int n) { end_of_table(run_one(kOperations, n, End::kTwice)); }},
    Situation{"in-place-after-destroy",
              [](int n) { end_of_table(run_one(kInPlace, n, End::kDestroyed)); }},
    Situation{"in-place-destroyed-twice",
              [](int n) { end_of_table(run_one(kInPlace, n, End::kTwice)); }},
    Situation{"queue-after-destroy",
              [](int n) { end_of_table(run_one(kOnce, n, End::kDestroyed)); }},
    Situation{"queue-after-free", [](int n) { end_of_table(run_one(kOnce, n, End::kFreed)); }},
    Situation{"destroyed-by-the-woken", destroyed_by_the_woken},
    Situation{"new-in-old-memory", new_in_old_memory},
    Situation{"static-after-end", static_after_end},
};

}  // namespace

std::span<const Situation> lifetimes() { return kSituations; }

}  // namespace gridlock::probe
