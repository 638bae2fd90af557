// SPDX-License-Identifier: Apache-2.0
//
// A class that is a process, and where its result has to be.
#include <gridlock/gridlock.h>
#include <gridlock/scenario.h>
#include <gridlock/shared.h>

#include <cstdio>

namespace {

constexpr int kEntries = 100;  // 1 + 2 + ... + 100
constexpr int kSum = 5050;

int add_up() {
  int sum = 0;
  for (int i = 1; i <= kEntries; ++i) sum += i;
  return sum;
}

class ForgetfulClerk final : public gridlock::ProcessObject {
 public:
  ForgetfulClerk() : ProcessObject("clerk") {}
  [[nodiscard]] int sum() const { return sum_; }

 private:
  int run() override {
    sum_ = add_up();  // of the child's own clerk
    return 0;
  }
  int sum_ = 0;
};

class Clerk final : public gridlock::ProcessObject {
 public:
  Clerk() : ProcessObject("clerk") {}
  [[nodiscard]] int sum() const { return *sum_; }

 private:
  int run() override {
    *sum_ = add_up();
    return 0;
  }
  gridlock::Shared<int> sum_{0};
};

}  // namespace

GRIDLOCK_SCENARIO(
    process_object_member,
    {.name = "process-object/member",
     .summary = "run() leaves its result in a member, and the parent reads its own",
     .story =
         "A clerk is a class with a member function run(), derived from gridlock::ProcessObject. "
         "start() makes a process that calls run(). He adds up a column of figures and keeps the "
         "sum in a member, as the clerk of thread-object does.\n\n"
         "But there are two clerks now. The child got a copy of the object together with all other "
         "memory; its run() fills the sum of that copy, and the copy ends with the child. The one "
         "that the parent asks has never done any work: its sum is 0.\n\n"
         "Python's multiprocessing has the same trap, and there too nothing complains: "
         "self.result is simply not set.",
     .case_number = 18,
     .expect = gridlock::finds(gridlock::FindingKind::kAssertionFailed),
     .twin = "process-object/shared"}) {
  ForgetfulClerk clerk;
  clerk.start();
  clerk.join();
  std::printf("sum: %d\n", clerk.sum());
  gridlock::assert_that(clerk.sum() == kSum, "the clerk's sum is that of the column");
}

GRIDLOCK_SCENARIO(
    process_object_shared,
    {.name = "process-object/shared",
     .summary = "The member that takes the result is Shared",
     .story = "The member is a gridlock::Shared<int>. The clerk is still copied, but both copies "
              "lead to "
              "one and the same number, because that lies in memory which fork leaves alone.",
     .case_number = 18,
     .expect = gridlock::clean(),
     .twin = "process-object/member"}) {
  Clerk clerk;
  clerk.start();
  clerk.join();
  std::printf("sum: %d\n", clerk.sum());
  gridlock::assert_that(clerk.sum() == kSum, "the clerk's sum is that of the column");
}
