// SPDX-License-Identifier: Apache-2.0
//
// Every way in which an execution fails, and what programs may do without failing.
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cassert>
#include <cerrno>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>

#include "tests/explore/expect.h"

#undef NDEBUG
#include <cassert>

namespace gridlock {
namespace {

TEST(Failure, OfAnAssertionSaysWhichOne) {
  const ExploreResult found =
      expect_found("assertion", [] { std::thread([] { assert(1 + 1 == 3); }).join(); });
  EXPECT_TRUE(says(found, "T2: the assertion '1 + 1 == 3' does not hold"));
}

TEST(Failure, ByAbortByExitAndByALeftThreadAreTold) {
  expect_found("abort", [] { std::thread([] { std::abort(); }).join(); });
  expect_found("exit", [] { std::exit(0); });  // NOLINT(concurrency-mt-unsafe)
  expect_found("exit", [] { _exit(3); });
  const ExploreResult found =
      expect_found("leaked-thread", [] { static_cast<void>(new std::thread([] {})); });
  EXPECT_TRUE(says(found, "T2 has ended and was neither joined nor detached"));
  ExploreOptions lenient = quietly(3);
  lenient.leaked_threads = false;
  EXPECT_FALSE(explore(lenient, [] { static_cast<void>(new std::thread([] {})); }));
}

TEST(Failure, ByAnExceptionSaysWhatItSays) {
  for (const bool in_body : {false, true}) {
    const ExploreResult found = expect_found("exception", [in_body] {
      const auto fail = [] { throw std::runtime_error("out of apples"); };
      if (in_body) fail();
      std::thread(fail).join();
    });
    EXPECT_TRUE(says(found, "std::runtime_error: out of apples"));
  }
}

TEST(Failure, ByASignalSaysWhere) {
  const ExploreResult found = expect_found(
      "crash", [] { std::thread([] { *reinterpret_cast<volatile int*>(8) = 1; }).join(); });
  EXPECT_TRUE(says(found, "T2 gets SIGSEGV, memory 0x8"));
  EXPECT_TRUE(says(found, "failures_test.cc"));
  expect_found("crash", [] { raise(SIGKILL); });
}

TEST(Failure, ByUseOfFreedMemoryIsARaceWithTheFree) {
  const ExploreResult found = expect_found("data-race", [] {
    auto owned = std::make_unique<int>(1);
    std::thread reader([&, raw = owned.get()] { require(*raw == 1, "the value"); });
    owned.reset();
    reader.join();
  });
  EXPECT_TRUE(says(found, "frees"));
}

TEST(Failure, InACallThatIsNotControlledIsNamed) {
  const int file = memfd_create("locked", MFD_CLOEXEC);
  const int again = open(("/proc/self/fd/" + std::to_string(file)).c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_EQ(flock(file, LOCK_EX), 0);
  ExploreOptions options = quietly(1);
  options.stuck_after = 2;
  const ExploreResult found =
      explore(options, [&] { require(flock(again, LOCK_EX) == 0, "locked"); });
  EXPECT_EQ(found.kind, "not-controlled");
  EXPECT_TRUE(says(found, "made no step for 2 s"));
  close(again);
  close(file);
}

TEST(Failure, InProcessEndsTheSearchAndTheNextOneWorks) {
  ExploreOptions options = quietly(100);
  options.repeat = ExploreRepeat::kInProcess;
  for (int i = 0; i < 2; ++i) {
    const ExploreResult found = explore(options, [] {
      std::mutex mutex;
      std::thread other([&] { mutex.lock(); });
      other.join();
      mutex.lock();
    });
    EXPECT_EQ(found.kind, "deadlock");
    EXPECT_EQ(explore(options, [] { throw 1; }).kind, "exception");
    EXPECT_EQ(explore(options, [] { std::abort(); }).kind, "abort");
    EXPECT_FALSE(explore(options, [] { std::thread([] {}).join(); }));
  }
}

TEST(Replay, OfALineThatIsNoneIsAnErrorOfUse) {
  ExploreOptions options = quietly(1);
  options.replay = "gl1:r:0123";
  const ExploreResult result = explore(options, [] {});
  EXPECT_EQ(result.kind, "usage");
  EXPECT_TRUE(says(result, "is no replay line: its checksum is wrong"));
}

TEST(Replay, OfAnotherProgramIsToldApart) {
  const auto lose = [](int looks) {
    return [looks] {
      std::atomic<int> total = 0;
      std::thread other([&] { total = total + 1; });
      for (int i = 0; i < looks; ++i) static_cast<void>(total.load());
      total = total + 1;
      other.join();
      require(total == 2, "two increments");
    };
  };
  ExploreOptions options = quietly(1000);
  const ExploreResult found = explore(options, lose(1));
  ASSERT_TRUE(found);
  options.replay = found.replay;
  EXPECT_FALSE(explore(options, lose(1)).diverged);
  const ExploreResult other = explore(options, lose(3));
  EXPECT_TRUE(other.diverged);
  EXPECT_TRUE(says(other, "the program is the same: the line is of another test"));
  EXPECT_TRUE(says(other, "they differ first "));
}

struct Noisy {
  explicit Noisy(std::atomic<int>& ended) : ended_(ended) {}
  ~Noisy() { ++ended_; }
  Noisy(const Noisy&) = delete;
  Noisy& operator=(const Noisy&) = delete;

 private:
  std::atomic<int>& ended_;
};

thread_local int own_number = 5;
thread_local std::string own_text = "begin";

TEST(Programs, MayUseExceptionsStorageOfThreadsStreamsAndMemory) {
  expect_clean(
      [] {
        std::atomic<int> ended = 0;
        std::mutex mutex;
        std::map<int, std::string> shared;
        const auto work = [&](int id) {
          require(own_number == 5 && own_text == "begin", "as in a new thread");
          own_number = id;
          own_text += std::to_string(id);
          thread_local Noisy noisy(ended);
          static_cast<void>(&noisy);
          errno = id;
          try {
            const Noisy unwound(ended);
            const std::scoped_lock lock(mutex);
            throw std::runtime_error(std::to_string(id));
          } catch (const std::exception& error) {
            try {
              throw;
            } catch (const std::runtime_error& again) {
              const std::scoped_lock lock(mutex);
              std::ostringstream out;
              out << error.what() << ' ' << again.what() << ' ' << 1.5;
              shared[id] = out.str();
            }
          }
          require(errno == id && own_number == id, "the thread's own");
          require(std::uncaught_exceptions() == 0, "all are caught");
        };
        {
          std::jthread first([&] { work(1); });
          std::jthread second([&] { work(2); });
        }
        require(shared.size() == 2 && shared[2] == "2 2 1.5", "both have written");
        require(ended == 4, "all are destroyed");
      },
      1000, 20);
}

void* leaves(void* argument) {
  const auto* const ended = static_cast<std::shared_ptr<int>*>(argument);
  const std::shared_ptr<int> held = *ended;
  pthread_exit(const_cast<int*>(held.get()));
}

TEST(Programs, MayEndThreadsByPthreadExitAndUseKeys) {
  expect_clean(
      [] {
        auto counted = std::make_shared<int>(0);
        pthread_t thread{};
        require(pthread_create(&thread, nullptr, leaves, &counted) == 0, "a thread");
        void* result = nullptr;
        require(pthread_join(thread, &result) == 0, "it ends");
        require(result == counted.get() && counted.use_count() == 1, "its frames were left");
        require(pthread_join(thread, nullptr) != 0, "only once");
        static pthread_key_t key;
        pthread_key_create(&key, [](void* value) { ++*static_cast<int*>(value); });
        std::thread([&] { pthread_setspecific(key, counted.get()); }).join();
        require(*counted == 1, "the destructor of the key ran");
        pthread_key_delete(key);
      },
      500, 20);
}

struct Made {
  Made() { ++times; }
  int value = 1;
  static inline std::atomic<int> times = 0;
};

TEST(Programs, MakeStaticObjectsOnceInEachProcess) {
  const auto body = [] {
    const auto use = [] {
      static const Made made;
      return made.value;
    };
    std::thread other([&] { require(use() == 1, "made"); });
    require(use() == 1, "made");
    other.join();
    require(Made::times == 1, "once");
  };
  EXPECT_FALSE(explore(quietly(100), body));
}

}  // namespace
}  // namespace gridlock
