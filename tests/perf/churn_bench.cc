// SPDX-License-Identifier: Apache-2.0
//
// Objects and threads that come and go, by the million, and what stays of them.
//
//   gridlock_churn_bench --locks=100000000 --threads=10000000 --rows=20
//
// Prints the resident size while locks are made, nested in each other and in locks that stay, and destroyed; the same
// for threads, each of which nests two locks that stay; then two locks are crossed, which has to be predicted still.
// ERROR and exit code 1 when it is not, or when the second half of the run added more than --slack KiB.
#include <gridlock/gridlock.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace {

using gridlock::Lock;

struct Settings {
  std::uint64_t locks = 3'000'000;
  std::uint64_t threads = 100'000;
  std::uint64_t rows = 10;
  std::uint64_t slack = 4096;
};

std::optional<std::uint64_t> value_of(std::string_view argument, std::string_view name) {
  if (!argument.starts_with(name)) return std::nullopt;
  return std::strtoull(argument.data() + name.size(), nullptr, 10);
}

Settings read(int count, char** arguments) {
  Settings settings;
  for (int i = 1; i < count; ++i) {
    const std::string_view argument = arguments[i];
    if (const auto value = value_of(argument, "--locks=")) settings.locks = *value;
    if (const auto value = value_of(argument, "--threads=")) settings.threads = *value;
    if (const auto value = value_of(argument, "--rows=")) settings.rows = *value;
    if (const auto value = value_of(argument, "--slack=")) settings.slack = *value;
  }
  return settings;
}

// KiB of /proc/self/status.
std::uint64_t status(std::string_view field) {
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(field)) return std::strtoull(line.c_str() + field.size() + 1, nullptr, 10);
  }
  return 0;
}

double seconds() {
  using std::chrono::steady_clock;
  return std::chrono::duration<double>(steady_clock::now().time_since_epoch()).count();
}

class Stays {
 public:
  std::array<Lock, 8> locks;
};

// A request as a server has it: a lock of its own around a lock of the server, and one more under that.
void one_request(Stays& stays, std::uint64_t number) {
  Lock session;
  Lock job;
  const std::lock_guard outer{session};
  const std::lock_guard shared{stays.locks[number % 4]};
  const std::lock_guard inner{job};
}

// What is dead is forgotten when there are some 16,000 of it. Until then size grows, and says nothing.
constexpr std::uint64_t kWarmUp = 20'000;

// Calls `once` with 0, 1, ... and prints a row each `total / rows`, after a warm-up. False: it grew too much.
template <typename Once>
bool curve(const char* what, std::uint64_t total, std::uint64_t step, const Settings& settings,
           Once once) {
  if (total == 0) return true;
  const std::uint64_t row = total / settings.rows == 0 ? 1 : total / settings.rows;
  std::uint64_t next = row;
  std::uint64_t half_way = 0;
  for (std::uint64_t done = 0; done < kWarmUp; done += step) once(done);
  const double begin = seconds();
  for (std::uint64_t done = 0; done < total;) {
    once(done);
    done += step;
    if (half_way == 0 && done >= total / 2) half_way = status("VmRSS:");
    if (done < next) continue;
    std::printf("%-8s %12llu  %8llu KiB resident  %8llu KiB mapped  %7.0f ns each\n", what,
                static_cast<unsigned long long>(done),
                static_cast<unsigned long long>(status("VmRSS:")),
                static_cast<unsigned long long>(status("VmSize:")),
                (seconds() - begin) * 1e9 / static_cast<double>(done));
    std::fflush(stdout);
    next += row;
  }
  const std::uint64_t end = status("VmRSS:");
  if (end <= half_way + settings.slack) return true;
  std::printf("ERROR: %s: %llu KiB more in the second half\n", what,
              static_cast<unsigned long long>(end - half_way));
  return false;
}

// Both orders, one after the other: no hang, but a cycle.
void cross_two_locks() {
  Lock first{"first"};
  Lock second{"second"};
  gridlock::Thread other{"other", [&] {
                           const std::lock_guard outer{first};
                           const std::lock_guard inner{second};
                         }};
  {
    const std::lock_guard outer{second};
    const std::lock_guard inner{first};
  }
  other.join();
}

bool is_predicted(const std::string& log) {
  std::ifstream file(log);
  for (std::string line; std::getline(file, line);) {
    if (line.find("\"lock-order-cycle\"") != std::string::npos &&
        line.find("\"first\"") != std::string::npos)
      return true;
  }
  return false;
}

}  // namespace

int main(int count, char** arguments) {
  const Settings settings = read(count, arguments);
  const std::string log = "churn_bench." + std::to_string(getpid()) + ".jsonl";
  if (std::getenv("GRIDLOCK_OPTIONS") == nullptr) {
    const std::string options = "exit_code=0:quiet=1:log_path=" + log;
    setenv("GRIDLOCK_OPTIONS", options.c_str(), 1);
    execv("/proc/self/exe", arguments);
    return 2;
  }
  static Stays stays;
  bool good =
      curve("locks", settings.locks, 2, settings, [](std::uint64_t n) { one_request(stays, n); });
  good = curve("threads", settings.threads, 1, settings,
               [](std::uint64_t n) {
                 gridlock::Thread worker{"worker", [n] {
                                           const std::lock_guard outer{stays.locks[4 + n % 2]};
                                           const std::lock_guard inner{stays.locks[6 + n % 2]};
                                         }};
                 worker.join();
               }) &&
         good;
  cross_two_locks();
  if (!is_predicted(log)) {
    std::puts("ERROR: the cycle was not predicted");
    good = false;
  }
  if (good) std::remove(log.c_str());
  return good ? 0 : 1;
}
