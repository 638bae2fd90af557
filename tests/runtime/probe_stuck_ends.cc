// SPDX-License-Identifier: Apache-2.0
//
// Gridlock ends a process that cannot go on. It kills other processes on the way, and some thread
// waits for one of those: it must not go on, to say what it thinks of that. Each prints where it does.
#include <gridlock/gridlock.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>
#include <thread>

#include "tests/runtime/probe.h"

namespace gridlock::probe {
namespace {

using namespace std::chrono_literals;

void say(std::string_view text) {
  if (::write(STDOUT_FILENO, text.data(), text.size()) < 0) return;
}

std::atomic<bool> g_went_on{false};

void goes_on() {
  say("went on\n");
  g_went_on.store(true);
}

// With on_deadlock=abort, programs are killed before this is called, and the process ends behind it: a
// thread that goes on has all this time for it.
void give_them_time(int) {
  for (int i = 0; i < 300 && !g_went_on.load(); ++i) std::this_thread::sleep_for(1ms);
  say("handler\n");
}

// Two threads hold each other; this one waits for a program, which is killed. 0: writes to it, 1: reads
// from it, 2: waits for its end, 3: with a time limit, 4: does it all at once.
void with_a_program(int number) {
  std::signal(SIGABRT, &give_them_time);
  Turns turns;
  const Thread user{"user", [&] {
                      Subprocess program{{"sleep", "600"}, SubprocessOptions::piped("program")};
                      turns.done();
                      try {
                        if (number == 0) program.write(std::string(1 << 20, 'x'));
                        if (number == 1) (void)program.read();
                        if (number == 2) program.wait();
                        if (number == 3) program.wait_for(600s);
                        if (number == 4) program.communicate();
                      } catch (const std::exception&) {
                        say("a pipe that nobody reads: ");
                      }
                      goes_on();
                    }};
  turns.wait_for(1);
  cross_two_locks();
}

// Two children hold each other, and P1 waits for the one that is killed. 0: joins it, 1: with a time
// limit, 2: waits for a lock that it holds.
void with_a_child(int number) {
  IpcLock stock{"stock"};
  IpcLock till{"till"};
  IpcLock shelf{"shelf"};
  IpcSemaphore first_has{0, "first has"};
  IpcSemaphore second_has{0, "second has"};
  Process first{"first", [&] {
                  shelf.lock();
                  stock.lock();
                  first_has.release();
                  second_has.acquire();
                  till.lock();
                }};
  first_has.acquire();
  Process second{"second", [&] {
                   till.lock();
                   second_has.release();
                   stock.lock();
                 }};
  if (number == 0) first.join();
  if (number == 1) first.join_for(600s);
  if (number == 2) shelf.lock();
  goes_on();
  ::_exit(7);
}

constexpr std::array kSituations = {
    Situation{"stuck-with-a-program", &with_a_program},
    Situation{"stuck-with-a-child", &with_a_child},
};

}  // namespace

std::span<const Situation> stuck_ends() { return kSituations; }

}  // namespace gridlock::probe
