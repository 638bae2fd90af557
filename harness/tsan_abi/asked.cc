// SPDX-License-Identifier: Apache-2.0
#include "harness/tsan_abi/asked.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <new>

namespace gridlock::internal::controlled {
namespace {

constexpr ExploreStrategy kStrategies[] = {
    ExploreStrategy::kMix,       ExploreStrategy::kRandomWalk, ExploreStrategy::kPct,
    ExploreStrategy::kPos,       ExploreStrategy::kSurw,       ExploreStrategy::kPostpone,
    ExploreStrategy::kExhaustive};

// `gridlock explore` looks for it in the file.
__attribute__((used)) const char* volatile g_mark = kSessionMark;

SessionPage* map_page(const std::string& file) {
  const int fd = open(file.c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0) return nullptr;
  void* const memory =
      mmap(nullptr, sizeof(SessionPage), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (memory == MAP_FAILED) return nullptr;
  auto* const page = static_cast<SessionPage*>(memory);
  if (page->magic == SessionPage::kMagic) return page;
  munmap(memory, sizeof(SessionPage));
  return nullptr;
}

void take(Asked& asked, const std::string& name, const std::string& value) {
  if (name == "strategy") asked.strategy = value;
  if (name == "executions") asked.executions = strtoull(value.c_str(), nullptr, 10);
  if (name == "seconds") asked.seconds = strtod(value.c_str(), nullptr);
  if (name == "seed") asked.seed = value;
  if (name == "preemptions") asked.preemption_bound = value;
  if (name == "delays") asked.delay_bound = value;
  if (name == "memory") asked.memory = value;
  if (name == "steps") asked.max_steps = strtoull(value.c_str(), nullptr, 10);
  if (name == "log") asked.log = value;
  if (name == "stop") asked.stop_at = strtoull(value.c_str(), nullptr, 10);
  if (name == "page") asked.page = map_page(value);
  if (name == "share") {
    char* end = nullptr;
    const u64 index = strtoull(value.c_str(), &end, 10);
    const u64 of = *end == '/' ? strtoull(end + 1, nullptr, 10) : 0;
    if (index < of) asked.share = {index, of};
  }
}

Asked read_environment() {
  Asked asked;
  const char* const given = getenv(kSessionVariable);
  const std::string all = given != nullptr ? given : "";
  for (std::size_t from = 0; from < all.size();) {
    const std::size_t end = std::min(all.find('\n', from), all.size());
    const std::string word = all.substr(from, end - from);
    const std::size_t equals = word.find('=');
    if (equals != std::string::npos) take(asked, word.substr(0, equals), word.substr(equals + 1));
    from = end + 1;
  }
  if (asked.page != nullptr) asked.page->answered = 1;
  return asked;
}

// A program that calls explore() for no test has answered all the same.
__attribute__((constructor)) void answer() { static_cast<void>(asked()); }

// Addresses that differ from run to run reach decisions of the program itself: libstdc++ chooses by address
// where std::atomic::wait sleeps, and containers order pointers. So the program begins once more without
// address space layout randomisation, as it does under ThreadSanitizer. Where the system does not allow it, it
// goes on as it is.
__attribute__((constructor)) void fix_addresses(int /*count*/, char** arguments,
                                                char** environment) {
  constexpr unsigned long kAsk = 0xffffffff;
  const int now = personality(kAsk);
  if (now < 0 || (now & ADDR_NO_RANDOMIZE) != 0) return;
  if (personality(static_cast<unsigned long>(now) | ADDR_NO_RANDOMIZE) < 0) return;
  if ((personality(kAsk) & ADDR_NO_RANDOMIZE) == 0) return;
  execve("/proc/self/exe", arguments, environment);
}

}  // namespace

const Asked& asked() {
  alignas(Asked) static char memory[sizeof(Asked)];
  static const Asked* known = nullptr;  // never destroyed: explore() may be called at exit
  if (known == nullptr) known = new (memory) Asked(read_environment());
  return *known;
}

const char* name_of(ExploreStrategy strategy) {
  constexpr const char* kNames[] = {"mix",  "random",   "pct",       "pos",
                                    "surw", "postpone", "exhaustive"};
  for (std::size_t i = 0; i < std::size(kStrategies); ++i) {
    if (kStrategies[i] == strategy) return kNames[i];
  }
  return "?";
}

std::string search_of(const ExploreOptions& options) {
  return std::string(name_of(options.strategy)) +
         (options.memory == ExploreMemory::kWeak ? "+weak" : "");
}

ExploreOptions as_asked(ExploreOptions options) {
  const Asked& wishes = asked();
  for (const ExploreStrategy strategy : kStrategies) {
    if (wishes.strategy == name_of(strategy)) options.strategy = strategy;
  }
  if (wishes.memory == "weak") options.memory = ExploreMemory::kWeak;
  if (wishes.memory == "sequential") options.memory = ExploreMemory::kSequential;
  if (!wishes.seed.empty()) options.seed = strtoull(wishes.seed.c_str(), nullptr, 10);
  if (wishes.seconds > 0) {
    options.seconds = wishes.seconds;
    options.executions = std::numeric_limits<std::uint64_t>::max() / 4;
  }
  // All schedules end by themselves.
  const bool asks_for_all = wishes.strategy == name_of(ExploreStrategy::kExhaustive);
  if (asks_for_all) options.executions = std::numeric_limits<std::uint64_t>::max() / 4;
  const auto bound = [](const std::string& word) {
    return static_cast<std::int32_t>(strtol(word.c_str(), nullptr, 10));
  };
  if (!wishes.preemption_bound.empty() || !wishes.delay_bound.empty())
    options.preemption_bound = options.delay_bound = -1;
  if (!wishes.preemption_bound.empty()) options.preemption_bound = bound(wishes.preemption_bound);
  if (!wishes.delay_bound.empty()) options.delay_bound = bound(wishes.delay_bound);
  if (wishes.max_steps != 0) options.max_steps = wishes.max_steps;
  if (wishes.executions != 0) options.executions = wishes.executions;
  if (!wishes.log.empty()) options.quiet = true;  // the command tells of it
  return options;
}

}  // namespace gridlock::internal::controlled
