// SPDX-License-Identifier: Apache-2.0
//
// main() of a program that knows nothing of this library is the body of a search. libc is given another main(), which is here:
// the process stays as it stood before the program's, and each execution is a copy of it (fork) that goes on from there.
//
// The main thread is the process's own in each of them, on its own stack and with its own thread-local storage: what static
// objects left there, and whoever asks where the stack is, finds it as ever.
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "harness/tsan_abi/asked.h"
#include "harness/tsan_abi/executions.h"
#include "harness/tsan_abi/fibers.h"
#include "harness/tsan_abi/front.h"
#include "harness/whole_program/exits.h"
#include "harness/whole_program/spinning.h"

extern char** environ;  // NOLINT(readability-redundant-declaration): POSIX leaves it to the program

namespace gridlock::internal::controlled {

// Of a library nothing is left out.
const void* const* front_of_libc() noexcept { return nullptr; }

namespace {

using Main = int (*)(int, char**, char**);

constexpr u64 kLeftToTheSearch = 1 << 20;  // of the stack, above main's frames
constexpr u64 kMostShown = 64 << 10;       // of what an execution printed

struct Program {
  Main main;
  int count;
  char** words;
};
Program g_program{};

void run_main(void* /*unused*/) {
  program_begins();
  watch_for_spinning();
  exit(g_program.main(g_program.count, g_program.words, environ));
}

void adopt_main_thread() noexcept {
  const auto here = reinterpret_cast<uptr>(__builtin_frame_address(0));
  rlimit limit{};
  constexpr u64 kUsual = u64{8} << 20;
  const bool known = getrlimit(RLIMIT_STACK, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
  const u64 size = known ? limit.rlim_cur : kUsual;
  adopt_this_thread(here - std::min(kLeftToTheSearch, size / 4), here - std::min<u64>(here, size));
}

// What the program starts in its turn is left alone.
void hide_from_children() {
  const char* const all = getenv("LD_PRELOAD");
  const std::string before = all != nullptr ? all : "";
  std::string left;
  for (std::size_t from = 0; from < before.size();) {
    const std::size_t end = std::min(before.find_first_of(" :", from), before.size());
    const std::string one = before.substr(from, end - from);
    if (!one.empty() && one.find("libgridlock_whole_program") == std::string::npos)
      left += (left.empty() ? "" : ":") + one;
    from = end + 1;
  }
  if (left.empty()) {
    unsetenv("LD_PRELOAD");
  } else {
    setenv("LD_PRELOAD", left.c_str(), 1);
  }
  unsetenv(kSessionVariable);
  unsetenv("GRIDLOCK_REPLAY");
}

// The process is left without whatever the program registered to be done at its end: it has not run.
[[noreturn]] void leave(int code) {
  fflush(nullptr);
  _exit(code);
}

[[noreturn]] void refuse(const std::string& why) {
  if (SessionPage* const page = asked().page) {
    page->why_not[why.copy(page->why_not, sizeof page->why_not - 1)] = 0;
  } else {
    fprintf(stderr, "gridlock: this program cannot be explored: %s\n", why.c_str());
  }
  leave(2);
}

void show(int output) {
  const off_t size = lseek(output, 0, SEEK_END);
  lseek(output, size > static_cast<off_t>(kMostShown) ? size - static_cast<off_t>(kMostShown) : 0,
        SEEK_SET);
  char block[4096];
  for (ssize_t count = 0; (count = read(output, block, sizeof block)) > 0;)
    fwrite(block, 1, static_cast<std::size_t>(count), stdout);
}

int explore_program(int count, char** words, char** /*environment*/) {
  g_program.count = count;
  g_program.words = words;
  ExploreOptions options;
  options.points = ExplorePoints::kSynchronization;
  options.max_steps = 5'000'000;  // of a whole program: that of node.js makes half a million
  options.data_races = options.leaked_threads = false;
  const char* const line = getenv("GRIDLOCK_REPLAY");
  if (line != nullptr) options.replay = line;
  static_cast<void>(asked());
  hide_from_children();
  if (const u32 all = count_tasks(); all > 1) {
    const u32 others = all - 1;
    refuse(
        "it has " + std::to_string(others) + " thread" + (others == 1 ? "" : "s") +
        " before main() begins, of static objects or of a library, which cannot be under control");
  }
  adopt_main_thread();
  const bool is_replay = !options.replay.empty();
  const int output = is_replay ? -1 : memfd_create("output", MFD_CLOEXEC);
  const ExploreResult result = explore_body(
      options, {.function = run_main, .argument = nullptr, .is_program = true, .output = output});
  if (result.failed && output >= 0) show(output);
  leave(result.failed ? 1 : 0);
}

}  // namespace
}  // namespace gridlock::internal::controlled

// NOLINTNEXTLINE(google-build-using-namespace): libc's name follows
using namespace gridlock::internal::controlled;

// NOLINTBEGIN(readability-identifier-naming,bugprone-reserved-identifier,cert-dcl37-c): libc's name
extern "C" int __libc_start_main(Main main, int count, char** words, void (*init)(),
                                 void (*finish)(), void (*finish_linker)(), void* stack_end);
extern "C" int __libc_start_main(Main main, int count, char** words, void (*init)(),
                                 void (*finish)(), void (*finish_linker)(), void* stack_end) {
  using Start = decltype(&__libc_start_main);
  const auto real = reinterpret_cast<Start>(dlsym(RTLD_NEXT, "__libc_start_main"));
  g_program.main = main;
  watch_exits();
  return real(explore_program, count, words, init, finish, finish_linker, stack_end);
}
// NOLINTEND(readability-identifier-naming,bugprone-reserved-identifier,cert-dcl37-c)
