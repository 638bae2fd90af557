// SPDX-License-Identifier: Apache-2.0
//
// A class that is a thread, and the order in which C++ takes it apart.
#include <gridlock/gridlock.h>
#include <gridlock/scenario.h>

#include <chrono>
#include <cstdio>
#include <thread>

namespace {

// The long way home stands for work that goes on when the object is destroyed.
void work_on() { std::this_thread::sleep_for(std::chrono::milliseconds(100)); }

class HastyClerk final : public gridlock::ThreadObject {
 public:
  explicit HastyClerk(gridlock::Rendezvous& at_work) : ThreadObject("clerk"), at_work_(&at_work) {}

 private:
  void run() override {
    at_work_->meet();
    work_on();
  }
  gridlock::Rendezvous* at_work_;
};

class CarefulClerk final : public gridlock::ThreadObject {
 public:
  explicit CarefulClerk(gridlock::Rendezvous& at_work)
      : ThreadObject("clerk"), at_work_(&at_work) {}
  ~CarefulClerk() override { join(); }
  CarefulClerk(const CarefulClerk&) = delete;
  CarefulClerk& operator=(const CarefulClerk&) = delete;

 private:
  void run() override {
    at_work_->meet();
    work_on();
  }
  gridlock::Rendezvous* at_work_;
};

}  // namespace

GRIDLOCK_SCENARIO(
    thread_object_destroyed,
    {.name = "thread-object/destroyed",
     .summary = "An object is destroyed while its own run() is at work",
     .story =
         "A clerk is a class with a member function run(), derived from gridlock::ThreadObject, "
         "as one derives from Thread in Java or Python. start() makes a thread that calls "
         "run().\n\n"
         "The object goes out of scope while run() is at work. C++ destroys the derived part "
         "first: the members of the clerk are gone, and run(), which belongs to it, goes on with "
         "them. Only then is it the turn of the base class. It joins, but too late. In Java and "
         "Python this cannot happen, since a thread keeps its object alive.\n\n"
         "In the report, the first thread is the one that destroys; look at the scope that ends "
         "there. The second one is in the middle of run().",
     .case_number = 7,
     .expect = gridlock::finds(gridlock::FindingKind::kMisuseDestroyRunning),
     .twin = "thread-object/joined"}) {
  gridlock::Rendezvous at_work{2};
  HastyClerk clerk{at_work};
  clerk.start();
  at_work.meet();  // wrong: the clerk goes now, and nobody has waited for run()
}

GRIDLOCK_SCENARIO(
    thread_object_joined,
    {.name = "thread-object/joined",
     .summary = "The destructor of the derived class waits for run()",
     .story = "The same clerk with a destructor that joins. The body of a destructor runs before "
              "any member is destroyed, so run() finds everything in place until it returns.\n\n"
              "The rule: the class that has run() has the join, in its own destructor. The base "
              "class cannot do it for you.",
     .case_number = 7,
     .expect = gridlock::clean(),
     .twin = "thread-object/destroyed"}) {
  gridlock::Rendezvous at_work{2};
  CarefulClerk clerk{at_work};
  clerk.start();
  at_work.meet();
}
