// SPDX-License-Identifier: Apache-2.0
//
// Another program instead of another thread: what it wrote, how it ended, and what to do when it
// does not.
#include <gridlock/gridlock.h>
#include <gridlock/scenario.h>

#include <chrono>
#include <cstdio>
#include <system_error>

GRIDLOCK_SCENARIO(
    subprocess_capture,
    {.name = "subprocess/capture",
     .summary = "Runs a program, gives it its input, and takes what it writes",
     .story =
         "Not all that runs side by side has to be a thread. A program of its own shares nothing "
         "with yours: no variable can be raced for, and when it crashes you are still there. What "
         "you exchange is text, through pipes.\n\n"
         "run() starts the program, writes the input, reads output and errors, waits for the end "
         "and gives you all of it with the exit code. A program that does not exist is an "
         "exception with its name in it.",
     .expect = gridlock::clean()}) {
  const gridlock::Completed sorted =
      gridlock::Subprocess::run({"sort"}, {.input = "pear\napple\nfig\n"});
  std::printf("sort ended with %d and wrote:\n%s", sorted.exit_code, sorted.out.c_str());

  const gridlock::Completed failed =
      gridlock::Subprocess::run({"sh", "-c", "echo no fruit >&2; exit 3"});
  std::printf("sh ended with %d, and its errors are: %s", failed.exit_code, failed.err.c_str());

  try {
    gridlock::Subprocess::run({"no-such-program"});
  } catch (const std::system_error& error) {
    std::printf("%s\n", error.what());
  }
}

GRIDLOCK_SCENARIO(
    subprocess_time_out,
    {.name = "subprocess/time-out",
     .summary = "A program that does not end is ended, with all that it has started",
     .story =
         "This shell starts a helper in the background and then both sleep for ten minutes. A "
         "time limit ends the wait. But to kill the shell alone would leave its helper behind, and "
         "nobody would know it any more.\n\n"
         "That is why each program is started in a process group of its own. When the time is over "
         "the whole group is killed, and so it is when the object goes, and when your process "
         "dies in whatever way. What the program has written until then you still get.",
     .expect = gridlock::clean()}) {
  using namespace std::chrono_literals;
  const gridlock::Completed slow = gridlock::Subprocess::run(
      {"sh", "-c", "echo begun; sleep 600 & sleep 600"}, {.timeout = 200ms});
  std::printf("timed out: %s, ended by signal %d, wrote: %s", slow.timed_out ? "yes" : "no",
              slow.signal, slow.out.c_str());

  gridlock::Subprocess sleeper{{"sleep", "600"}};
  if (!sleeper.wait_for(1ms)) sleeper.terminate();
  std::printf("sleep: %d\n", sleeper.wait());
}
