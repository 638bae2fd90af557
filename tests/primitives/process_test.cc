// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gridlock/gridlock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

namespace gridlock {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;
using testing::SizeIs;

std::errc error_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const std::system_error& error) {
    return static_cast<std::errc>(error.code().value());
  }
  return {};
}

void sleep_for_ever() {
  for (;;) ::pause();
}

TEST(Process, RunsItsFunctionInAnotherProcess) {
  Shared<int> pid{0};
  Process child{"child", [&] { *pid = ::getpid(); }};
  const int expected = child.pid();
  EXPECT_NE(expected, ::getpid());
  child.join();
  EXPECT_EQ(*pid, expected);
  EXPECT_EQ(child.exit_code(), 0);
}

TEST(Process, HandsItsArgumentsOver) {
  Shared<int> sum{0};
  Process child{ProcessOptions{},
                CallSite::current(),
                [](Shared<int>& into, int a, const std::string& text) {
                  *into = a + static_cast<int>(text.size());
                },
                sum,
                40,
                std::string("ab")};
  child.join();
  EXPECT_EQ(*sum, 42);
}

TEST(Process, ChangesItsOwnCopyOfWhatIsNotShared) {
  int plain = 1;
  Shared<int> shared{1};
  Process child{[&] {
    plain = 2;
    *shared = 2;
  }};
  child.join();
  EXPECT_EQ(plain, 1);
  EXPECT_EQ(*shared, 2);
}

TEST(Process, ThatReturnsAnIntHasItAsItsExitCode) {
  Process child{[] { return 7; }};
  EXPECT_EQ(child.exit_code(), std::nullopt) << "not joined yet";
  child.join();
  EXPECT_EQ(child.exit_code(), 7);
}

TEST(Process, ThatAnExceptionLeavesEndsWithOne) {
  Process child{[] { throw std::runtime_error("out of order"); }};
  child.join();
  EXPECT_EQ(child.exit_code(), 1);
}

TEST(Process, IsAliveUntilItHasEnded) {
  Shared<std::atomic<bool>> go{false};
  Process child{[&] {
    while (!go->load()) std::this_thread::yield();
  }};
  EXPECT_TRUE(child.is_alive());
  go->store(true);
  child.join();
  EXPECT_FALSE(child.is_alive());
}

TEST(Process, JoinForWaitsNoLongerAndReapsWhatHasEnded) {
  Process child{&sleep_for_ever};
  EXPECT_FALSE(child.join_for(1ms));
  EXPECT_TRUE(child.joinable());
  child.kill();
  EXPECT_TRUE(child.join_for(1min));
  EXPECT_FALSE(child.joinable());
  EXPECT_EQ(child.exit_code(), -SIGKILL);
}

TEST(Process, JoinForWaitsItsTimeAlsoWhereNoDescriptorIsLeft) {
  Process child{&sleep_for_ever};
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  const rlimit none{.rlim_cur = 0, .rlim_max = before.rlim_max};
  setrlimit(RLIMIT_NOFILE, &none);
  const auto start = std::chrono::steady_clock::now();
  const bool in_time = child.join_for(50ms);
  const auto waited = std::chrono::steady_clock::now() - start;
  setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_FALSE(in_time);
  EXPECT_GE(waited, 50ms);
  child.kill();
  child.join();
}

TEST(Process, CanBeTerminatedAndTellsTheSignal) {
  Process child{&sleep_for_ever};
  child.terminate();
  child.join();
  EXPECT_EQ(child.exit_code(), -SIGTERM);
  child.terminate();  // nothing
  child.kill();
}

TEST(Process, CannotBeJoinedTwiceOrWithoutOne) {
  Process child{[] {}};
  child.join();
  EXPECT_EQ(error_of([&] { child.join(); }), std::errc::invalid_argument);
  EXPECT_EQ(error_of([] { Process().join(); }), std::errc::invalid_argument);
  EXPECT_EQ(error_of([] { Process().join_for(1ms); }), std::errc::invalid_argument);
}

TEST(Process, OfTheParentCannotBeJoinedByASibling) {
  Process first{&sleep_for_ever};
  Process second{[&] {
    first.kill();  // not this one's child: nothing
    return error_of([&] { first.join(); }) == std::errc::no_child_process ? 0 : 1;
  }};
  second.join();
  EXPECT_EQ(second.exit_code(), 0);
  EXPECT_TRUE(first.is_alive());
  first.kill();
}

TEST(Process, IsJoinedByItsDestructor) {
  Shared<int> done{0};
  int pid = 0;
  {
    const Process child{[&] { *done = 1; }};
    pid = child.pid();
  }
  EXPECT_EQ(*done, 1);
  EXPECT_EQ(::kill(pid, 0), -1) << "a zombie would still have the number";
}

TEST(Process, ThatIsADaemonIsEndedByItsDestructorEvenIfItRefuses) {
  Shared<std::atomic<bool>> refuses{false};
  int pid = 0;
  {
    const Process child{ProcessOptions{.name = "daemon", .daemon = true}, [&] {
                          std::signal(SIGTERM, SIG_IGN);
                          refuses->store(true);
                          sleep_for_ever();
                        }};
    pid = child.pid();
    while (!refuses->load()) std::this_thread::yield();
  }
  EXPECT_EQ(::kill(pid, 0), -1);
}

TEST(Process, MovesLikeAThread) {
  Process child{[] { return 3; }};
  Process other{std::move(child)};
  EXPECT_FALSE(child.joinable());  // NOLINT(bugprone-use-after-move): that is the question
  child = std::move(other);
  child.join();
  EXPECT_EQ(child.exit_code(), 3);
}

TEST(Process, SurvivesTheThreadThatStartedIt) {
  Shared<std::atomic<bool>> go{false};
  Process child;
  std::thread([&] {
    child = Process{[&] {
      while (!go->load()) std::this_thread::yield();
      return 5;
    }};
  }).join();
  go->store(true);
  child.join();
  EXPECT_EQ(child.exit_code(), 5);
}

TEST(Process, IsStartedByManyThreadsAtOnceAndReapedByEach) {
  Shared<std::atomic<int>> ran{0};
  std::atomic<int> right{0};
  {
    std::vector<Thread> starters;
    for (int starter = 0; starter < 4; ++starter) {
      starters.emplace_back([&ran, &right, starter] {
        for (int i = 0; i < 8; ++i) {
          Process child{[&ran, starter] {
            ran->fetch_add(1);
            return starter;
          }};
          child.join();
          if (child.exit_code() == starter) right.fetch_add(1);
        }
      });
    }
  }
  EXPECT_EQ(ran->load(), 32);
  EXPECT_EQ(right.load(), 32);
  EXPECT_THAT(child_processes(), IsEmpty());
}

TEST(Process, RunsNoHandlerOfItsParentsExit) {
  static Shared<int> calls{0};
  std::atexit([] { ++*calls; });
  Process child{[] {}};
  child.join();
  EXPECT_EQ(*calls, 0);
}

TEST(Process, WhoseFunctionIsTooLongForOneNameKeepsItsBeginning) {
  const Process child{ProcessOptions{.name = std::string(200, 'x')}, [] {}};
  EXPECT_EQ(child.name(), std::string(78, 'x'));
}

TEST(CurrentProcess, IsP1WithTheKernelsNumbers) {
  const ProcessSnapshot self = current_process();
  EXPECT_EQ(self.id, 1u);
  EXPECT_EQ(self.label(), "main (P1)");
  EXPECT_EQ(self.pid, ::getpid());
  EXPECT_EQ(self.parent_pid, ::getppid());
  EXPECT_EQ(self.parent, 0u);
  EXPECT_TRUE(self.is_alive);
  EXPECT_THAT(child_processes(), IsEmpty());
}

TEST(CurrentProcess, OfAChildNamesItsParent) {
  const int parent = ::getpid();
  Process child{"reader", [&] {
                  const ProcessSnapshot self = current_process();
                  return self.label() == "reader (P2)" && self.parent == 1 &&
                                 self.parent_pid == parent && self.pid == ::getpid()
                             ? 0
                             : 1;
                }};
  child.join();
  EXPECT_EQ(child.exit_code(), 0);
}

TEST(CurrentProcess, OfAForkThatIsNoProcessHasNoNumber) {
  (void)current_process();
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(current_process().id == 0 ? 0 : 1);
  int status = 0;
  ::waitpid(pid, &status, 0);
  EXPECT_EQ(status, 0);
}

TEST(ChildProcesses, AreThoseThatThisOneStartedAndThatLive) {
  Process first{"first", &sleep_for_ever};
  Process second{"second", [] {
                   Process below{"below", &sleep_for_ever};
                   const bool right = child_processes().size() == 1 &&
                                      child_processes()[0].name == "below" &&
                                      enumerate_processes().size() == 4;
                   below.kill();
                   below.join();
                   return right ? 0 : 1;
                 }};
  second.join();
  EXPECT_EQ(second.exit_code(), 0);
  ASSERT_THAT(child_processes(), SizeIs(1));
  EXPECT_EQ(child_processes()[0].name, "first");
  first.kill();
  first.join();
  EXPECT_THAT(child_processes(), IsEmpty());
}

TEST(ThreadsOfAProcess, BeginWithT1WhoeverStartedIt) {
  Shared<int> main_is{0};
  Shared<int> next_is{0};
  Thread{"starter",
         [&] {
           Process{"child",
                   [&] {
                     *main_is = static_cast<int>(this_thread_id());
                     EXPECT_EQ(current_thread().label(), "main (T1)");
                     Thread worker{"worker",
                                   [&] { *next_is = static_cast<int>(this_thread_id()); }};
                     worker.join();
                   }}
               .join();
         }}
      .join();
  EXPECT_EQ(*main_is, 1);
  EXPECT_GT(*next_is, 1);
}

TEST(Shared, IsConstructedFromItsArgumentsAndSeenByAllProcesses) {
  struct Pair {
    int first;
    long second;
  };
  Shared<Pair> pair{Pair{1, 2}};
  Process{[&] { pair->second += pair->first; }}.join();
  EXPECT_EQ(pair.get().second, 3);
}

TEST(Shared, ThatIsLargerThanAllMemoryThrows) {
  struct Huge {
    std::array<char, (std::size_t{1} << 46)> bytes;
  };
  EXPECT_THROW(Shared<Huge>{}, std::system_error);
}

class Clerk final : public ProcessObject {
 public:
  explicit Clerk(Shared<int>& sum) : ProcessObject("clerk"), sum_(sum) {}
  int seen = 0;

 private:
  int run() override {
    seen = 1;
    *sum_ = 42;
    return 6;
  }
  Shared<int>& sum_;
};

TEST(ProcessObject, RunsItsMemberFunctionOnACopyOfItself) {
  Shared<int> sum{0};
  Clerk clerk{sum};
  clerk.join();  // not started: nothing
  clerk.start();
  EXPECT_NE(clerk.pid(), 0);
  clerk.join();
  EXPECT_EQ(*sum, 42);
  EXPECT_EQ(clerk.seen, 0);
  EXPECT_EQ(clerk.exit_code(), 6);
}

TEST(ProcessObject, CannotBeStartedTwice) {
  Shared<int> sum{0};
  Clerk clerk{sum};
  clerk.start();
  EXPECT_EQ(error_of([&] { clerk.start(); }), std::errc::invalid_argument);
  clerk.join();
  EXPECT_EQ(error_of([&] { clerk.start(); }), std::errc::invalid_argument);
}

}  // namespace
}  // namespace gridlock
