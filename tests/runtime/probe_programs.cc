// SPDX-License-Identifier: Apache-2.0
//
// Waits for other programs, each beside its nearest harmless twin. `number` 0 is the one that hangs.
#include <gridlock/gridlock.h>
#include <signal.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <thread>

#include "tests/runtime/probe.h"

namespace gridlock::probe {
namespace {

using namespace std::chrono_literals;

const std::string& large() {
  static const std::string text(1 << 20, 'x');
  return text;
}

void read_all(Subprocess& program) {
  std::size_t received = 0;
  for (std::string part; !(part = program.read()).empty();) received += part.size();
  std::printf("received %zu\n", received);
}

// What nobody reads while it is written. 1: another thread reads. 2: one that Gridlock never met
// does. 3: the input fits.
void both_pipes_full(int form) {
  Subprocess filter{{"cat"}, SubprocessOptions::piped("filter")};
  const auto feed = [&] {
    filter.write(form == 3 ? std::string_view(large()).substr(0, 1000) : large());
    filter.close_input();
  };
  if (form == 1) {
    const Thread reader{"reader", [&] { read_all(filter); }};
    feed();
  } else if (form == 2) {
    std::thread reader{[&] {
      std::this_thread::sleep_for(200ms);  // not steering: main probably waits by then
      read_all(filter);
    }};
    feed();
    reader.join();
  } else {
    feed();
    read_all(filter);
  }
  filter.wait();
}

// The programs in between wait for each other, and the shell for both. 1: the last one reads.
void pipeline_full(int form) {
  Subprocess line{{"sh", "-c", form == 0 ? "cat | cat" : "cat | cat >/dev/null"},
                  SubprocessOptions::piped("pipeline")};
  line.write(large());
  line.close_input();
  read_all(line);
  line.wait();
}

// 1: what it writes fits into the pipe.
void wait_for_a_writer(int form) {
  Subprocess writer{{"head", "-c", form == 0 ? "200000" : "1000", "/dev/zero"},
                    SubprocessOptions::piped("writer")};
  writer.close_input();
  std::printf("exit code %d\n", writer.wait());
}

void wait_for_a_reader(int form) {
  Subprocess reader{{"cat"}, SubprocessOptions::piped("reader")};
  if (form != 0) reader.close_input();
  std::printf("exit code %d\n", reader.wait());
}

void read_from_a_reader(int form) {
  Subprocess reader{{"sort"}, SubprocessOptions::piped("sorter")};
  reader.write("b\na\n");
  if (form != 0) reader.close_input();
  std::printf("%s", reader.read().c_str());
  reader.close_input();
  reader.wait();
}

// The thread that would read needs what the writing one holds. 1: it does not.
void writes_holding(int form) {
  Lock lock{"journal"};
  Subprocess filter{{"cat"}, SubprocessOptions::piped("filter")};
  Turns turns;
  const Thread writer{"writer", [&] {
                        const std::lock_guard hold{lock};
                        turns.done();
                        filter.write(large());
                        filter.close_input();
                      }};
  turns.wait_for(1);
  std::unique_lock<Lock> hold;
  if (form == 0) hold = std::unique_lock{lock};
  read_all(filter);
}

// Everybody sleeps on a pipe, but for one child of the program: it wakes up after a while and reads.
// 1: it sends the program a signal that this handles.
void goes_on_by_itself(int form) {
  const char* const script =
      form == 0 ? "exec 3<&0; (sleep 0.5; cat <&3 >/dev/null) & cat"
                : "trap 'exit 3' ALRM; (sleep 0.5; kill -ALRM $$) <&- >&- 2>&- & read x";
  Subprocess program{{"sh", "-c", script}, SubprocessOptions::piped("sleeper")};
  if (form == 0) program.write(large());
  std::printf("exit code %d\n", form == 0 ? 0 : program.wait());
}

// A time limit ends the wait.
void waits_with_a_limit(int) {
  Subprocess reader{{"cat"}, SubprocessOptions::piped("reader")};
  std::printf("ended %d\n", reader.wait_for(300ms).has_value());
}

// 0: killed, 1: stuck, 2: ends by exit with the program in a static object. Prints what it leaves.
void leaves_programs(int form) {
  // Stuck are two that have the write end of what they read open themselves: when this process ends,
  // they do not see it.
  const char* const script = form == 1 ? "exec 3<>/proc/self/fd/0; cat <&3 & echo $!; cat <&3"
                                       : "sleep 600 & echo $!; cat";
  static Subprocess program{{"sh", "-c", script}, SubprocessOptions::piped()};
  std::printf("%d %s", program.pid(), program.read().c_str());
  std::fflush(stdout);
  if (form == 0) raise(SIGKILL);
  if (form == 1) program.wait();
  std::exit(0);
}

constexpr std::array kSituations = {
    Situation{"both-pipes-full", both_pipes_full},
    Situation{"pipeline-full", pipeline_full},
    Situation{"wait-for-a-writer", wait_for_a_writer},
    Situation{"wait-for-a-reader", wait_for_a_reader},
    Situation{"read-from-a-reader", read_from_a_reader},
    Situation{"writes-holding", writes_holding},
    Situation{"goes-on-by-itself", goes_on_by_itself},
    Situation{"waits-with-a-limit", waits_with_a_limit},
    Situation{"leaves-programs", leaves_programs},
};

}  // namespace

std::span<const Situation> programs() { return kSituations; }

}  // namespace gridlock::probe
