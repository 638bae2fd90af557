// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/process_tree/tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstring>
#include <set>
#include <thread>
#include <vector>

#include "harness/platform/futex.h"
#include "harness/platform/processes.h"

namespace gridlock::internal {
namespace {

// A word in memory that parent and child share, for the tests' own steps.
std::atomic<u32>& shared_word() {
  return *static_cast<std::atomic<u32>*>(tree_allocate(sizeof(std::atomic<u32>)));
}

void await(std::atomic<u32>& word, u32 value) {
  for (u32 seen = word.load(); seen != value; seen = word.load())
    futex_wait_shared(&word, seen, kNoTimeout);
}

void say(std::atomic<u32>& word, u32 value) {
  word.store(value);
  futex_wake_shared(&word, kAll);
}

template <typename Body>
u32 start_child(Body body, std::string_view name = "child") {
  const u32 number = tree_prepare(name, false, CallSite::current());
  EXPECT_NE(number, 0u);
  if (tree_fork(number) == 0) {
    body();
    ::_exit(0);
  }
  return number;
}

int reap(u32 number) {
  const Reaped reaped = reap_child(tree_process(number).pid.load(), kNoTimeout);
  tree_ended(number, reaped.status);
  return reaped.status;
}

TEST(ProcessTree, IsMadeByItsFirstProcessWhichIsP1) {
  EXPECT_EQ(this_process(), 0u);
  ASSERT_TRUE(process_tree_ready());
  EXPECT_EQ(this_process(), 1u);
  EXPECT_EQ(process_count(), 1u);
  EXPECT_EQ(tree_process(1).pid.load(), ::getpid());
  EXPECT_STREQ(&tree_process(1).name[0], "main");
  EXPECT_TRUE(alive(tree_process(1)));
}

TEST(ProcessTree, AProcessKnowsItselfAndTheParentKnowsIt) {
  ASSERT_TRUE(process_tree_ready());
  std::atomic<u32>& seen = shared_word();
  const u32 number = start_child([&] { seen.store(this_process()); }, "payer");
  EXPECT_EQ(number, 2u);
  EXPECT_EQ(reap(number), 0);
  EXPECT_EQ(seen.load(), 2u);
  const TreeProcess& child = tree_process(number);
  EXPECT_EQ(child.parent, 1u);
  EXPECT_EQ(child.parent_pid, ::getpid());
  EXPECT_STREQ(&child.name[0], "payer");
  EXPECT_FALSE(alive(child));
}

TEST(ProcessTree, AForkThatNobodyAnnouncedIsOutside) {
  ASSERT_TRUE(process_tree_ready());
  std::atomic<u32>& seen = shared_word();
  seen.store(99);
  const pid_t pid = ::fork();
  if (pid == 0) {
    seen.store(this_process());
    ::_exit(0);
  }
  ::waitpid(pid, nullptr, 0);
  EXPECT_EQ(seen.load(), 0u);
  EXPECT_EQ(process_count(), 1u);
}

TEST(ProcessTree, AProcessIsAliveUntilItEndsAlsoAsAZombie) {
  ASSERT_TRUE(process_tree_ready());
  std::atomic<u32>& step = shared_word();
  const u32 number = start_child([&] {
    say(step, 1);
    await(step, 2);
  });
  await(step, 1);
  EXPECT_TRUE(alive(tree_process(number)));
  say(step, 2);
  siginfo_t info{};
  ::waitid(P_PID, static_cast<id_t>(tree_process(number).pid.load()), &info, WEXITED | WNOWAIT);
  EXPECT_FALSE(alive(tree_process(number))) << "a zombie";
  reap(number);
  EXPECT_FALSE(alive(tree_process(number)));
}

TEST(ProcessTree, AProcessWithTheSameNumberThatBeganAtAnotherTimeIsAnother) {
  ASSERT_TRUE(process_tree_ready());
  const u64 began = process_start_time(::getpid());
  EXPECT_NE(began, 0u);
  EXPECT_TRUE(process_runs(::getpid(), began));
  EXPECT_FALSE(process_runs(::getpid(), began + 1));
}

TEST(ProcessTree, AProcessDiesWithItsParent) {
  ASSERT_TRUE(process_tree_ready());
  std::atomic<u32>& step = shared_word();
  std::atomic<u32>& grandchild = shared_word();
  const u32 number = start_child([&] {
    grandchild.store(start_child([&] {
      say(step, 1);
      for (;;) ::pause();
    }));
    for (;;) ::pause();
  });
  await(step, 1);
  const TreeProcess& below = tree_process(number + 1);
  EXPECT_TRUE(alive(below));
  ::kill(tree_process(number).pid.load(), SIGKILL);
  reap(number);
  while (alive(below))
    ::sched_yield();  // a member that outlived it would be found by the time limit
}

TEST(ProcessTree, AProcessOutlivesTheThreadThatStartedIt) {
  ASSERT_TRUE(process_tree_ready());
  std::atomic<u32>& step = shared_word();
  u32 number = 0;
  std::thread([&] {
    number = start_child([&] {
      await(step, 1);
      say(step, 2);
    });
  }).join();
  say(step, 1);
  EXPECT_EQ(reap(number), 0);
  EXPECT_EQ(step.load(), 2u);
}

TEST(TreeMemory, BlocksAreAlignedZeroedAndApart) {
  ASSERT_TRUE(process_tree_ready());
  std::set<char*> starts;
  for (const u64 size : {1u, 64u, 65u, 4096u, 4097u, 100'000u}) {
    auto* const block = static_cast<char*>(tree_allocate(size));
    ASSERT_NE(block, nullptr);
    EXPECT_EQ(reinterpret_cast<uptr>(block) % 64, 0u);
    for (u64 i = 0; i < size; ++i) ASSERT_EQ(block[i], 0);
    std::memset(block, 0xee, size);
    starts.insert(block);
  }
  EXPECT_EQ(starts.size(), 6u);
}

TEST(TreeMemory, AFreedBlockIsUsedAgainAndZeroed) {
  ASSERT_TRUE(process_tree_ready());
  for (const u64 size : {40u, 3000u, 9000u}) {
    void* const first = tree_allocate(size);
    std::memset(first, 0xee, size);
    tree_free(first, size);
    auto* const again = static_cast<char*>(tree_allocate(size));
    EXPECT_EQ(again, first);
    for (u64 i = 0; i < size; ++i) ASSERT_EQ(again[i], 0);
  }
}

TEST(TreeMemory, IsFullAtItsSizeAndGoesOnAfterAFree) {
  ASSERT_TRUE(process_tree_ready());
  EXPECT_EQ(tree_allocate(u64{1} << 40), nullptr);
  std::vector<void*> blocks;
  constexpr u64 kMebibyte = 1 << 20;
  while (void* const block = tree_allocate(kMebibyte)) blocks.push_back(block);
  EXPECT_GE(blocks.size(), 63u);
  EXPECT_LE(blocks.size(), 64u);
  tree_free(blocks.back(), kMebibyte);
  EXPECT_EQ(tree_allocate(kMebibyte), blocks.back());
}

TEST(TreeMemory, ProcessesDoNotGetTheSameBlock) {
  ASSERT_TRUE(process_tree_ready());
  constexpr u32 kEach = 500;
  auto* const got = static_cast<void**>(tree_allocate(4 * kEach * sizeof(void*)));
  std::vector<u32> numbers;
  for (u32 child = 0; child < 4; ++child) {
    numbers.push_back(start_child([=] {
      for (u32 i = 0; i < kEach; ++i) {
        tree_free(tree_allocate(64), 64);
        got[child * kEach + i] = tree_allocate(64);
      }
    }));
  }
  for (const u32 number : numbers) EXPECT_EQ(reap(number), 0);
  EXPECT_EQ(std::set<void*>(got, got + u64{4} * kEach).size(), 4 * kEach);
}

TEST(TreeGuard, KeepsProcessesApart) {
  ASSERT_TRUE(process_tree_ready());
  auto* const counter = static_cast<volatile u32*>(tree_allocate(sizeof(u32)));
  std::vector<u32> numbers;
  for (u32 child = 0; child < 3; ++child) {
    numbers.push_back(start_child([=] {
      for (u32 i = 0; i < 2000; ++i) {
        const TreeGuard guard;
        const u32 before = *counter;
        if (i % 64 == 0) ::sched_yield();
        *counter = before + 1;
      }
    }));
  }
  for (const u32 number : numbers) EXPECT_EQ(reap(number), 0);
  EXPECT_EQ(*counter, 6000u);
}

TEST(TreeGuard, WhoseOwnerWasKilledGoesToTheNextWhoIsTold) {
  ASSERT_TRUE(process_tree_ready());
  std::atomic<u32>& step = shared_word();
  const u32 number = start_child([&] {
    const TreeGuard guard;
    say(step, 1);
    for (;;) ::pause();
  });
  await(step, 1);
  ::kill(tree_process(number).pid.load(), SIGKILL);
  {
    const TreeGuard guard;  // not reaped yet: a zombie owns it
    EXPECT_TRUE(guard.inherited());
  }
  {
    const TreeGuard guard;
    EXPECT_FALSE(guard.inherited());
  }
  reap(number);  // takes the guard itself
}

TEST(TreeGuard, WhoseOwnerOnlyTakesLongIsWaitedFor) {
  ASSERT_TRUE(process_tree_ready());
  std::atomic<u32>& step = shared_word();
  const u32 number = start_child([&] {
    const TreeGuard guard;
    say(step, 1);
    futex_wait_shared(&step, 1, now_ns() + 3 * kLifeSliceNs);  // longer than the slices of a waiter
    step.store(2);
  });
  await(step, 1);
  {
    const TreeGuard guard;
    EXPECT_FALSE(guard.inherited());
    EXPECT_EQ(step.load(), 2u);
  }
  reap(number);
}

TEST(TreeGuard, OfAForkOutsideTheTreeIsTakenOverToo) {
  ASSERT_TRUE(process_tree_ready());
  std::atomic<u32>& step = shared_word();
  const pid_t pid = ::fork();
  if (pid == 0) {
    const TreeGuard guard;
    say(step, 1);
    for (;;) ::pause();
  }
  await(step, 1);
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
  const TreeGuard guard;
  EXPECT_TRUE(guard.inherited());
}

}  // namespace
}  // namespace gridlock::internal
