// SPDX-License-Identifier: Apache-2.0
//
// Bodies that do something for the first time in a process: first_times_program NAME MODE TIMES [LINE], for first_times_test.py. So many
// executions of one schedule in one process, in MODE (fork, in-process), the last of which fails: steps and hash of each, and the line
// of the failure. With LINE its schedule is that of the line, and "diverged" is said if it took another way.
#include <gridlock/explore.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <future>
#include <iomanip>
#include <iostream>
#include <locale>
#include <memory>
#include <mutex>
#include <random>
#include <regex>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>

namespace {

// Something that each execution has after it: threads that meet.
void meet() {
  std::atomic<int> total = 0;
  const auto add = [&] { total = total + 1; };
  std::thread first(add);
  std::thread second(add);
  first.join();
  second.join();
}

void nothing() { meet(); }

void prints() {
  std::ostringstream text;
  text << 1 << ' ' << 2.5 << ' ' << std::hex << 255 << std::setprecision(3) << 1e10;
  std::cerr << std::flush;
  meet();
}

void reads_numbers() {
  std::istringstream text("12 3.5");
  int whole = 0;
  double real = 0;
  text >> whole >> real;
  meet();
}

void uses_locales() {
  const std::locale classic = std::locale::classic();
  const std::locale named("C");
  const bool digit = std::isdigit('1', named) &&
                     std::use_facet<std::ctype<char>>(classic).is(std::ctype_base::digit, '1');
  static_cast<void>(digit);
  meet();
}

void uses_a_regex() {
  static_cast<void>(std::regex_match("2024-01-02", std::regex("[0-9-]+")));
  meet();
}

void puts_times() {
  std::ostringstream text;
  const std::time_t at = 0;
  std::tm parts{};
  gmtime_r(&at, &parts);
  text << std::put_time(&parts, "%Y-%m-%d");
  meet();
}

void throws() {
  try {
    throw std::runtime_error("out of paper");
  } catch (const std::exception&) {
    meet();
  }
}

void throws_in_a_thread() {
  std::exception_ptr caught;
  std::thread other([&] {
    try {
      throw std::runtime_error("out of paper");
    } catch (...) {
      caught = std::current_exception();
    }
  });
  other.join();
  meet();
}

void runs_a_task() {
  std::future<int> task = std::async(std::launch::async, [] { return 7; });
  static_cast<void>(task.get());
  meet();
}

void keeps_a_promise() {
  std::promise<int> promise;
  std::future<int> future = promise.get_future();
  std::thread other([&] { promise.set_value(7); });
  static_cast<void>(future.get());
  other.join();
}

struct Counted {
  Counted() { ++count; }
  ~Counted() { --count; }
  int count = 0;
};
thread_local Counted t_counted;

void has_locals_of_threads() {
  const auto touch = [] { ++t_counted.count; };
  std::thread first(touch);
  std::thread second(touch);
  first.join();
  second.join();
  meet();
}

void draws_numbers() {
  std::mt19937 engine(7);
  static_cast<void>(std::uniform_int_distribution<int>(1, 6)(engine));
  meet();
}

void shares() {
  auto shared = std::make_shared<std::string>("a text that is too long for its own buffer");
  std::weak_ptr<std::string> weak = shared;
  std::thread other([shared] { static_cast<void>(shared->size()); });
  static_cast<void>(weak.lock());
  other.join();
}

void throws_a_bad_future() {
  try {
    std::future<int>().get();
  } catch (const std::future_error& error) {
    static_cast<void>(std::strlen(error.what()));
  }
  meet();
}

void writes_to_stdio() {
  std::printf("%s", "");
  std::fflush(stdout);
  meet();
}

void asks_the_time() {
  static_cast<void>(std::time(nullptr));
  std::tm parts{};
  const std::time_t at = 0;
  localtime_r(&at, &parts);
  meet();
}

struct Kind {
  const char* name;
  void (*body)();
};
constexpr Kind kKinds[] = {{"nothing", nothing},
                           {"prints", prints},
                           {"reads-numbers", reads_numbers},
                           {"locales", uses_locales},
                           {"regex", uses_a_regex},
                           {"times", puts_times},
                           {"throws", throws},
                           {"throws-in-a-thread", throws_in_a_thread},
                           {"async", runs_a_task},
                           {"promise", keeps_a_promise},
                           {"thread-local", has_locals_of_threads},
                           {"random", draws_numbers},
                           {"shares", shares},
                           {"future-error", throws_a_bad_future},
                           {"stdio", writes_to_stdio},
                           {"clock", asks_the_time}};

void run(const Kind& kind, gridlock::ExploreRepeat repeat, bool fails, const char* line) {
  gridlock::ExploreOptions options{.executions = 1,
                                   .seed = 3,
                                   .strategy = gridlock::ExploreStrategy::kRandomWalk,
                                   .points = gridlock::ExplorePoints::kAll,
                                   .repeat = repeat,
                                   .data_races = false,
                                   .shrink = false,
                                   .quiet = true};
  options.replay = line;
  const auto result = gridlock::explore(options, [&] {
    kind.body();
    gridlock::require(!fails, "the last one");
  });
  std::printf("%llu %016llx%s%s %s\n", static_cast<unsigned long long>(result.steps),
              static_cast<unsigned long long>(result.trace_hash), result.kind.c_str(),
              result.diverged ? " diverged" : "", result.replay.c_str());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::strcmp(argv[1], "--list") == 0) {
    for (const Kind& kind : kKinds) std::printf("%s\n", kind.name);
    return 0;
  }
  for (const Kind& kind : kKinds) {
    if (argc < 4 || std::strcmp(argv[1], kind.name) != 0) continue;
    const auto repeat = std::strcmp(argv[2], "fork") == 0 ? gridlock::ExploreRepeat::kFork
                                                          : gridlock::ExploreRepeat::kInProcess;
    const int times = static_cast<int>(std::strtol(argv[3], nullptr, 10));
    for (int i = 1; i <= times; ++i) run(kind, repeat, i == times, argc > 4 ? argv[4] : "");
    return 0;
  }
  std::fprintf(stderr, "no such kind\n");
  return 2;
}
