// SPDX-License-Identifier: Apache-2.0
#include "harness/platform/thread_count.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <latch>
#include <thread>
#include <vector>

#include "harness/platform/tsan.h"

namespace gridlock::internal {
namespace {

// Three more threads than there were, until it is destroyed.
class ThreeThreads {
 public:
  ThreeThreads() {
    for (std::thread& each : threads_) {
      each = std::thread([this] {
        there_.arrive_and_wait();
        end_.wait();
      });
    }
    there_.arrive_and_wait();
  }
  ~ThreeThreads() {
    end_.count_down();
    for (std::thread& each : threads_) each.join();
  }
  ThreeThreads(const ThreeThreads&) = delete;
  ThreeThreads& operator=(const ThreeThreads&) = delete;

 private:
  std::latch there_{4};
  std::latch end_{1};
  std::thread threads_[3];
};

// A thread that was joined is counted until the kernel has taken it off its list.
bool comes_to(u32 count) {
  for (int i = 0; i < 100'000; ++i) {
    if (os_thread_count() == count) return true;
    std::this_thread::yield();
  }
  return false;
}

// The only descriptor of ours that leads to a folder.
int descriptor_of_folder() {
  for (int fd = 900; fd < 1000; ++fd) {
    struct stat status{};
    if (fstat(fd, &status) == 0 && S_ISDIR(status.st_mode)) return fd;
  }
  return -1;
}

TEST(ThreadCount, CountsThoseThatComeAndNotThoseThatHaveGone) {
  // ThreadSanitizer starts one of its own beside the first one of the program.
  std::thread([] {}).join();
  const u32 before = tsan_present() ? 2 : 1;
  ASSERT_TRUE(comes_to(before));
  {
    const ThreeThreads more;
    EXPECT_EQ(os_thread_count(), before + 3);
  }
  EXPECT_TRUE(comes_to(before));
}

TEST(ThreadCount, CountsOnWhenTheProgramHasClosedTheFolder) {
  const u32 before = os_thread_count();
  const int folder = descriptor_of_folder();
  ASSERT_GE(folder, 0);
  close(folder);
  EXPECT_EQ(os_thread_count(), before);
}

TEST(ThreadCount, LeavesAFileOfTheProgramAloneThatHasTheFoldersNumber) {
  const u32 before = os_thread_count();
  const int folder = descriptor_of_folder();
  ASSERT_GE(folder, 0);
  const int other = open("/", O_RDONLY | O_DIRECTORY);
  dup2(other, folder);
  close(other);
  EXPECT_EQ(os_thread_count(), before);
  forget_thread_folder();
  struct stat here{};
  struct stat root{};
  EXPECT_EQ(fstat(folder, &here), 0);
  EXPECT_EQ(stat("/", &root), 0);
  EXPECT_EQ(here.st_ino, root.st_ino);
  close(folder);
}

TEST(ThreadCount, CountsInTheChildOfAForkThoseOfTheChild) {
  if (tsan_present()) GTEST_SKIP() << "ThreadSanitizer starts a thread of its own in the child";
  const ThreeThreads more;
  EXPECT_GE(os_thread_count(), 4u);
  const pid_t child = fork();
  if (child == 0) {
    forget_thread_folder();
    _exit(os_thread_count() == 1 ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace gridlock::internal
