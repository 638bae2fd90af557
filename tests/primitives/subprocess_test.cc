// SPDX-License-Identifier: Apache-2.0
//
// Runs with on_deadlock=throw. What a program leaves behind when this process dies is tested in
// tests/runtime/programs_test.cc.
#include <dirent.h>
#include <gmock/gmock.h>
#include <gridlock/gridlock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <string>
#include <system_error>
#include <vector>

namespace gridlock {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

int open_descriptors() {
  int count = 0;
  DIR* const folder = opendir("/proc/self/fd");
  while (readdir(folder) != nullptr) ++count;
  closedir(folder);
  return count;
}

bool has_children() { return waitpid(-1, nullptr, WNOHANG) >= 0 || errno != ECHILD; }

template <typename Call>
std::error_code error_of(const Call& call) {
  try {
    call();
  } catch (const std::system_error& error) {
    return error.code();
  }
  return {};
}

TEST(Run, GivesTheOutputTheErrorsAndTheExitCode) {
  const Completed done = Subprocess::run({"sh", "-c", "echo out; echo err >&2; exit 7"});
  EXPECT_EQ(done.out, "out\n");
  EXPECT_EQ(done.err, "err\n");
  EXPECT_EQ(done.exit_code, 7);
  EXPECT_EQ(done.signal, 0);
  EXPECT_FALSE(done.succeeded());
}

TEST(Run, MergesErrorsInOrder) {
  const Completed done =
      Subprocess::run({"sh", "-c", "echo 1; echo 2 >&2; echo 3"}, {.merge_errors = true});
  EXPECT_EQ(done.out, "1\n2\n3\n");
  EXPECT_THAT(done.err, IsEmpty());
}

TEST(Run, SaysWhichSignalEndedIt) {
  const Completed done = Subprocess::run({"sh", "-c", "kill -TERM $$"});
  EXPECT_EQ(done.exit_code, -1);
  EXPECT_EQ(done.signal, SIGTERM);
}

TEST(Run, PassesMoreThanBothPipesHold) {
  const std::string large(1 << 20, 'x');
  const Completed done = Subprocess::run({"cat"}, {.input = large});
  EXPECT_TRUE(done.succeeded());
  EXPECT_EQ(done.out.size(), large.size());
  EXPECT_EQ(done.out, large);
}

TEST(Run, WithoutInputReadsAnEmptyOne) { EXPECT_THAT(Subprocess::run({"cat"}).out, IsEmpty()); }

TEST(Run, DoesNotMindAProgramThatReadsNothing) {
  const std::string large(1 << 20, 'x');
  const Completed done = Subprocess::run({"true"}, {.input = large});
  EXPECT_TRUE(done.succeeded());
}

TEST(Run, UsesTheDirectoryAndTheEnvironment) {
  EXPECT_EQ(Subprocess::run({"pwd"}, {.directory = "/"}).out, "/\n");
  const std::vector<std::string> script{"/bin/sh", "-c", "echo $COLOUR $HOME"};
  setenv("COLOUR", "blue", 1);
  setenv("HOME", "/nowhere", 1);
  EXPECT_EQ(Subprocess::run(script, {.environment = {"COLOUR=red"}}).out, "red /nowhere\n");
  EXPECT_EQ(Subprocess::run(script, {.environment = {"COLOUR=red"}, .clear_environment = true}).out,
            "red\n");
}

TEST(Run, KillsTheWholeGroupWhenTheTimeIsOver) {
  const auto start = std::chrono::steady_clock::now();
  const Completed done =
      Subprocess::run({"sh", "-c", "echo begun; sleep 600 & sleep 600"}, {.timeout = 200ms});
  EXPECT_LT(std::chrono::steady_clock::now() - start, 60s);
  EXPECT_TRUE(done.timed_out);
  EXPECT_EQ(done.signal, SIGKILL);
  EXPECT_EQ(done.out, "begun\n");
}

TEST(Run, LooksAtTheClockWhileOutputKeepsComing) {
  const Completed done = Subprocess::run({"yes"}, {.timeout = 20ms});
  EXPECT_TRUE(done.timed_out);
  EXPECT_EQ(done.signal, SIGKILL);
  EXPECT_THAT(done.out, StartsWith("y\ny\n"));
}

TEST(Run, InTimeHasNotTimedOut) {
  const Completed done = Subprocess::run({"echo", "soon"}, {.timeout = 60s});
  EXPECT_FALSE(done.timed_out);
  EXPECT_EQ(done.out, "soon\n");
}

TEST(Start, OfWhatDoesNotExistNamesItAndLeavesNothing) {
  Subprocess::run({"true"});  // the reaper is there
  const int before = open_descriptors();
  try {
    const Subprocess child{{"no-such-program"}, SubprocessOptions::piped()};
    ADD_FAILURE() << "started";
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code(), std::errc::no_such_file_or_directory);
    EXPECT_THAT(error.what(), HasSubstr("no-such-program"));
  }
  EXPECT_EQ(error_of([] { Subprocess::run({"/etc/passwd"}); }), std::errc::permission_denied);
  EXPECT_EQ(error_of([] { Subprocess::run({}); }), std::errc::invalid_argument);
  EXPECT_EQ(open_descriptors(), before);
  EXPECT_FALSE(has_children());
}

TEST(Start, InADirectoryThatDoesNotExistNamesThat) {
  try {
    Subprocess::run({"true"}, {.directory = "/no/such/folder"});
    ADD_FAILURE() << "started";
  } catch (const std::system_error& error) {
    EXPECT_THAT(error.what(), HasSubstr("/no/such/folder"));
  }
}

TEST(Dialogue, ReadsAnswersAsTheyCome) {
  Subprocess cat{{"cat"}, SubprocessOptions::piped("echo")};
  EXPECT_EQ(cat.name(), "echo");
  for (const char* line : {"one\n", "two\n"}) {
    cat.write(line);
    EXPECT_EQ(cat.read(), line);
  }
  EXPECT_EQ(cat.poll(), std::nullopt);
  cat.close_input();
  EXPECT_EQ(cat.read(), "");
  EXPECT_EQ(cat.wait(), 0);
  EXPECT_EQ(cat.wait(), 0);
  EXPECT_EQ(cat.poll(), 0);
}

TEST(Dialogue, ReadsErrorsApart) {
  SubprocessOptions options = SubprocessOptions::piped();
  options.errors = Stream::kPipe;
  Subprocess child{{"sh", "-c", "read x; echo $x >&2"}, options};
  child.write("word\n");
  EXPECT_EQ(child.read_errors(), "word\n");
  EXPECT_EQ(child.read_errors(), "");
  EXPECT_EQ(child.read(), "");
}

TEST(Write, ToAProgramThatReadsNoMoreIsAnErrorAndNoSignal) {
  Subprocess child{{"true"}, SubprocessOptions::piped()};
  child.wait();
  EXPECT_EQ(error_of([&] { child.write("x"); }), std::errc::broken_pipe);
  child.close_input();
  EXPECT_EQ(error_of([&] { child.write("x"); }), std::errc::bad_file_descriptor);
}

TEST(Communicate, DoesNotDropAnInputForWhichThereIsNoPipe) {
  SubprocessOptions options;
  options.input = Stream::kNull;
  Subprocess program({"cat"}, options);
  EXPECT_EQ(error_of([&] { program.communicate("lost"); }), std::errc::bad_file_descriptor);
  EXPECT_EQ(program.communicate().exit_code, 0);
}

TEST(Signals, GoToTheGroupAndAreTheResult) {
  Subprocess child{{"sleep", "600"}};
  EXPECT_EQ(child.wait_for(1ms), std::nullopt);
  child.terminate();
  EXPECT_EQ(child.wait(), -SIGTERM);
  child.kill();  // nobody: its number may be another's by now
}

TEST(Destructor, KillsAndReapsAndClosesEverything) {
  Subprocess::run({"true"});  // the reaper is there
  const int before = open_descriptors();
  {
    const Subprocess one{{"sleep", "600"}, SubprocessOptions::piped()};
    Subprocess two{{"cat"}, SubprocessOptions::piped()};
    Subprocess three = std::move(two);
    two = Subprocess{{"sleep", "600"}};
    EXPECT_GT(open_descriptors(), before);
  }
  EXPECT_EQ(open_descriptors(), before);
  EXPECT_FALSE(has_children());
}

TEST(Destructor, OfTheCopyInAForkLeavesTheProgramAlone) {
  Subprocess cat({"cat"}, SubprocessOptions::piped("cat"));
  Process child{"child", [&] { const Subprocess copy(std::move(cat)); }};
  child.join();
  EXPECT_EQ(child.exit_code(), 0);
  EXPECT_EQ(cat.communicate("still there").out, "still there");
  EXPECT_FALSE(has_children());
}

// A program that inherited the write end of another one's input would keep it from its end.
TEST(Descriptors, OfOneProgramAreNotInheritedByThoseThatOtherThreadsStart) {
  const std::vector<std::string> count{"sh", "-c", "cat; ls /proc/self/fd | wc -l"};
  const std::string alone = Subprocess::run(count).out;
  std::atomic<int> inherited{0};
  {
    std::vector<Thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 25; ++i) {
          Subprocess child{count, SubprocessOptions::piped()};
          if (child.communicate().out != alone) ++inherited;
        }
      });
    }
  }
  EXPECT_EQ(inherited, 0);
}

TEST(Streams, OfOneProgramAreWrittenAndReadByTwoThreads) {
  Subprocess cat{{"cat"}, SubprocessOptions::piped()};
  const std::string large(1 << 20, 'x');
  std::size_t received = 0;
  Thread reader{"reader", [&] {
                  for (std::string part; !(part = cat.read()).empty();) received += part.size();
                }};
  cat.write(large);
  cat.close_input();
  reader.join();
  EXPECT_EQ(received, large.size());
  EXPECT_EQ(cat.wait(), 0);
}

TEST(Deadlock, OfBothPipesFullThrowsAndTheProgramIsStillThere) {
  Subprocess cat{{"cat"}, SubprocessOptions::piped()};
  const std::string large(1 << 20, 'x');
  EXPECT_EQ(error_of([&] { cat.write(large); }), std::errc::resource_deadlock_would_occur);
  EXPECT_THAT(cat.read(1), "x");
}

TEST(Deadlock, OfAWaitForAProgramThatWaitsForTheEndOfItsInputThrows) {
  Subprocess cat{{"cat"}, SubprocessOptions::piped()};
  EXPECT_EQ(error_of([&] { cat.wait(); }), std::errc::resource_deadlock_would_occur);
  cat.close_input();
  EXPECT_EQ(cat.wait(), 0);
}

}  // namespace
}  // namespace gridlock
