// SPDX-License-Identifier: Apache-2.0
//
// Tests of plain std code, as a user has them: some are broken on purpose (gtest_test.py says which).
#include <gridlock/gtest.h>
#include <unistd.h>

#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace {

// Two threads, the second after the first in a way that nobody sees: they do not hang.
void lock_both(std::mutex& a, std::mutex& b, std::mutex& c, std::mutex& d) {
  int ends[2];
  if (pipe(ends) != 0) std::abort();
  std::thread first([&] {
    const std::lock_guard hold_a(a);
    const std::lock_guard hold_b(b);
    if (write(ends[1], "x", 1) != 1) std::abort();
  });
  std::thread second([&] {
    char done = 0;
    if (read(ends[0], &done, 1) != 1) std::abort();
    const std::lock_guard hold_c(c);
    const std::lock_guard hold_d(d);
  });
  first.join();
  second.join();
  close(ends[0]);
  close(ends[1]);
}

void opposite_orders() {
  std::mutex a;
  std::mutex b;
  lock_both(a, b, b, a);
}

void same_order() {
  std::mutex a;
  std::mutex b;
  lock_both(a, b, a, b);
}

void hang() {
  std::mutex mutex;
  mutex.lock();
  mutex.lock();
}

TEST(Bank, PaysInOppositeOrders) { opposite_orders(); }
TEST(Bank, PaysInTheSameOrder) { same_order(); }
TEST(Bank, NeverComesBack) { hang(); }
TEST(Bank, IsWrong) { EXPECT_EQ(1, 2) << "as a test says it"; }
TEST(Bank, IsBeyondHelp) {
  RecordProperty("currency", "groats");
  FAIL() << "at once";
}
TEST(Bank, IsClosed) { GTEST_SKIP() << "on Sundays"; }
TEST(Bank, Crashes) { std::raise(SIGSEGV); }
TEST(Bank, Exits) { std::exit(3); }
TEST(Bank, Throws) { throw std::runtime_error("no money"); }

TEST(Expected, OrdersAreFound) { EXPECT_LOCK_ORDER_CYCLE(opposite_orders()); }
TEST(Expected, OrdersAreNotThere) { EXPECT_LOCK_ORDER_CYCLE(same_order()) << "as declared"; }
TEST(Expected, AHangIsFound) { EXPECT_DEADLOCK(hang()); }
TEST(Expected, AHangIsNotThere) { EXPECT_DEADLOCK(same_order()); }
TEST(Expected, AHangIsAnotherThing) { EXPECT_DEADLOCK(opposite_orders()); }
TEST(Expected, NothingIsFound) { EXPECT_NO_FINDINGS(same_order()); }
TEST(Expected, SomethingIsFound) {
  EXPECT_NO_FINDINGS(opposite_orders());
  std::printf("went on\n");
}
TEST(Expected, FailuresInAStatementAreSeen) { EXPECT_DEADLOCK(ADD_FAILURE() << "inside"; hang()); }
TEST(Expected, ARaceIsFound) {
  EXPECT_DATA_RACE(int shared = 0; std::thread other([&] { ++shared; }); ++shared; other.join());
}

TEST(Races, FailTheTest) {
  int shared = 0;
  std::thread other([&] { ++shared; });
  ++shared;
  other.join();
}
TEST(Races, AreNotThere) {
  int shared = 0;
  std::thread other([&] { ++shared; });
  other.join();
  ++shared;
}

TEST(Death, IsADeath) { EXPECT_DEATH(std::abort(), ""); }
TEST(Death, IsNone) { EXPECT_DEATH(static_cast<void>(0), ""); }
TEST(Death, OfAThreadsafeKind) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(std::exit(3), ::testing::ExitedWithCode(3), "");
}

class Suite : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { opposite_orders(); }
};
TEST_F(Suite, IsBrokenItself) {}

class Fixture : public ::testing::TestWithParam<int> {
 public:
  Fixture() { ++made; }
  ~Fixture() override { std::printf("made %d\n", made); }
  static int made;
};
int Fixture::made = 0;
TEST_P(Fixture, IsMadeOnce) { EXPECT_GT(GetParam(), 1); }
INSTANTIATE_TEST_SUITE_P(All, Fixture, ::testing::Values(1, 2));

class Server : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    thread = std::thread([] {
      std::unique_lock lock(mutex);
      changed.wait(lock, [] { return asked; });
      asked = false;
      changed.notify_all();
    });
  }
  static void TearDownTestSuite() { thread.join(); }
  static inline std::thread thread;
  static inline std::mutex mutex;
  static inline std::condition_variable changed;
  static inline bool asked = false;
};
TEST_F(Server, AnswersATest) {
  std::unique_lock lock(mutex);
  asked = true;
  changed.notify_all();
  changed.wait(lock, [] { return !asked; });
}
TEST_F(Server, IsInTheSameProcess) { opposite_orders(); }

TEST(Endless, Sleeps) {
  for (;;) pause();  // not as a last call, which would be a jump
}

}  // namespace
