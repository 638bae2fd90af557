// SPDX-License-Identifier: Apache-2.0
//
// Three permits: shared properly, lost, and given back too often.
#include <gridlock/gridlock.h>
#include <gridlock/scenario.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace {

constexpr int kPermits = 3;

// Holds one permit of a semaphore from construction to the end of the scope.
class [[nodiscard]] Permit {
 public:
  explicit Permit(gridlock::Semaphore& semaphore) : semaphore_(semaphore) { semaphore_.acquire(); }
  ~Permit() { semaphore_.release(); }
  Permit(const Permit&) = delete;
  Permit& operator=(const Permit&) = delete;

 private:
  gridlock::Semaphore& semaphore_;
};

// A request that the server refuses.
bool request_succeeds() { return false; }

}  // namespace

GRIDLOCK_SCENARIO(
    semaphore_bound,
    {.name = "semaphore/bound",
     .summary = "Eight threads share three permits: never more than three are inside",
     .story =
         "A semaphore is a bowl of permits. Whoever wants to go in takes one, and waits if the "
         "bowl "
         "is empty; whoever comes out puts it back. Here the bowl has 3 permits and 8 threads go "
         "in and out a thousand times each. A counter says how many are inside at any moment: it "
         "never goes above 3.\n\n"
         "This is how one limits the number of open connections or of running jobs. A Lock is the "
         "same thing with one permit, with one difference: a lock belongs to the thread that took "
         "it, a permit belongs to nobody.",
     .case_number = 14,
     .expect = gridlock::clean()}) {
  gridlock::Semaphore slots{kPermits, "slots"};
  gridlock::Rendezvous start{8};
  std::atomic<int> inside = 0;
  std::atomic<int> most = 0;
  const auto visit = [&] {
    start.meet();
    for (int i = 0; i < 1000; ++i) {
      const Permit permit{slots};
      const int now = ++inside;
      for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);) {
      }
      --inside;
    }
  };
  {
    std::vector<gridlock::Thread> visitors;
    for (int i = 0; i < 8; ++i) visitors.emplace_back("visitor", visit);
  }
  std::printf("at most %d were inside\n", most.load());
  if (most > kPermits) std::abort();  // becomes the verdict "crashed"
}

GRIDLOCK_SCENARIO(
    semaphore_leaked,
    {.name = "semaphore/leaked",
     .summary = "A thread forgets to give its permits back; the next one waits forever",
     .story =
         "The forgetful thread takes a permit for each request. The request fails, and the "
         "function "
         "returns early, past the line that would have given the permit back. After three failed "
         "requests all three permits are gone, and so is the thread that had them. The next one "
         "to ask waits forever.\n\n"
         "There is no circle: nobody waits for the waiting thread, except the main thread, which "
         "wants to join it. What it waits for was simply lost. Gridlock reports it once every "
         "thread that could still release a permit is blocked itself or has ended.\n\n"
         "In the report, look for the thread that has ended with permits: that is where they "
         "went.",
     .case_number = 14,
     .expect = gridlock::finds(gridlock::FindingKind::kStarvation),
     .twin = "semaphore/returned"}) {
  gridlock::Semaphore slots{kPermits, "slots"};
  const auto send = [&] {
    slots.acquire();
    if (!request_succeeds()) return;  // wrong: the permit is not given back
    slots.release();
  };
  gridlock::Thread forgetful{"forgetful", [&] {
                               for (int i = 0; i < kPermits; ++i) send();
                             }};
  forgetful.join();
  gridlock::Thread next{"next", send};
  next.join();
}

GRIDLOCK_SCENARIO(
    semaphore_returned,
    {.name = "semaphore/returned",
     .summary = "The permits come back by themselves, on every way out",
     .story =
         "The same failing requests, but the permit is held by a small object that gives it back "
         "when the scope ends: at the early return, at the closing brace, and when an exception "
         "flies past. The next thread finds all three permits in the bowl.\n\n"
         "What is released by hand is forgotten sooner or later on one of the ways out; what a "
         "destructor releases is not.",
     .case_number = 14,
     .expect = gridlock::clean(),
     .twin = "semaphore/leaked"}) {
  gridlock::Semaphore slots{kPermits, "slots"};
  const auto send = [&] {
    const Permit permit{slots};
    if (!request_succeeds()) return;
    std::puts("sent");
  };
  gridlock::Thread careful{"careful", [&] {
                             for (int i = 0; i < kPermits; ++i) send();
                           }};
  careful.join();
  gridlock::Thread next{"next", send};
  next.join();
}

GRIDLOCK_SCENARIO(
    semaphore_over_release,
    {.name = "semaphore/over-release",
     .summary = "A permit is given back twice",
     .story =
         "When the request fails, the thread gives its permit back in the branch that handles the "
         "error, and then once more in the line that cleans up in any case. Now there would be 4 "
         "permits in a bowl for 3, and one thread too many could go in.\n\n"
         "A plain Semaphore cannot know that this is wrong: adding permits is allowed. A "
         "BoundedSemaphore remembers how many there were at first. It drops the permit too many, "
         "and Gridlock reports the line.",
     .case_number = 14,
     .expect = gridlock::finds(gridlock::FindingKind::kMisuseReleaseOverBound),
     .twin = "semaphore/balanced"}) {
  gridlock::BoundedSemaphore slots{kPermits, "slots"};
  gridlock::Thread sender{"sender", [&] {
                            slots.acquire();
                            if (!request_succeeds()) slots.release();
                            slots.release();  // wrong: the second time
                          }};
}

GRIDLOCK_SCENARIO(
    semaphore_balanced,
    {.name = "semaphore/balanced",
     .summary = "Each permit is given back exactly once",
     .story =
         "The same failing request with the same bounded semaphore. The permit is given back in "
         "one "
         "place only, by the destructor of the object that took it. One acquire, one release: the "
         "bowl has three permits before and after.",
     .case_number = 14,
     .expect = gridlock::clean(),
     .twin = "semaphore/over-release"}) {
  gridlock::BoundedSemaphore slots{kPermits, "slots"};
  gridlock::Thread sender{"sender", [&] {
                            const Permit permit{slots};
                            if (!request_succeeds()) return;
                            std::puts("sent");
                          }};
}
