// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/explored_process.h"

#include "harness/cli/actions.h"
#include "harness/cli/watchable.h"
#include "harness/cli/words.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>
#include <string_view>
#include <system_error>

extern char** environ;  // NOLINT(readability-redundant-declaration): POSIX leaves it to the program

namespace gridlock::internal {
namespace {

constexpr std::size_t kMostOutput = std::size_t{64} << 10U;

// These are about schedules, and the command says what is to be done about them. What GoogleTest shares among shards are tests, and
// each shard has to run all of them.
constexpr std::array<std::string_view, 4> kOurs = {controlled::kSessionVariable, "GRIDLOCK_REPLAY",
                                                   "GTEST_TOTAL_SHARDS", "GTEST_SHARD_INDEX"};

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

/// The first of these texts that the file has.
std::optional<std::string_view> first_in(std::ifstream& file,
                                         const std::vector<std::string_view>& wanted) {
  constexpr std::size_t kOverlap = 128;  // none of them is longer
  std::string window;
  std::array<char, 65536> block{};
  std::size_t best = wanted.size();
  while (file.read(block.data(), block.size()) || file.gcount() > 0) {
    window.append(block.data(), static_cast<std::size_t>(file.gcount()));
    for (std::size_t i = 0; i < best; ++i) {
      if (window.find(wanted[i]) != std::string::npos) best = i;
    }
    window.erase(0, window.size() - std::min(window.size(), kOverlap));
  }
  if (best == wanted.size()) return std::nullopt;
  return wanted[best];
}

using namespace std::string_view_literals;

// The note that an observer leaves in its program (runtime/start.cc).
constexpr std::string_view kObserver = "\x09\0\0\0\x04\0\0\0\x01\0\0\0Gridlock\0"sv;

[[noreturn]] void refuse(const std::string& word, const std::string& why) {
  throw UsageError("cannot explore " + shown(word) + ": " + why);
}

}  // namespace

Explorable find_explorable(const std::string& word) {
  Explorable found{.file = find_program(word), .library = {}};
  std::ifstream file(found.file, std::ios::binary);
  if (!file) refuse(word, "it cannot be read, so nobody knows how it was built");
  std::array<char, 4> magic{};
  file.read(magic.data(), magic.size());
  // What is no program itself (a script) may start one that was built for it.
  if (!file || std::string_view(magic.data(), magic.size()) !=
                   "\x7f"
                   "ELF"sv)
    return found;
  file.seekg(0);
  const std::optional<std::string_view> first = first_in(
      file,
      {controlled::kSessionMark, kObserver, "__tsan_init"sv, "__asan_init"sv, "__msan_init"sv});
  if (first == std::string_view(controlled::kSessionMark)) return found;
  if (first == kObserver)
    refuse(word,
           "it uses Gridlock's own primitives, so it has to be built with gridlock::controlled and "
           "gridlock_explore()");
  if (first)
    refuse(word,
           "it was built with a sanitizer, whose runtime knows nothing of threads that others "
           "choose; build it without, or with gridlock_explore()");
  require_watchable(found.file, false);
  found.library = find_explore_library();
  return found;
}

std::string why_not(const controlled::SessionPage& page) {
  const std::string words(&page.why_not[0], strnlen(&page.why_not[0], sizeof page.why_not));
  return words.empty() ? "it was not built with gridlock_explore(), and starts no program that was"
                       : words;
}

ExploredProcess::ExploredProcess(const std::string& folder, int number,
                                 std::vector<std::string> wishes,
                                 std::vector<std::pair<std::string, std::string>> variables)
    : variables_(std::move(variables)) {
  const std::string base = folder + "/" + std::to_string(number);
  log_ = base + ".jsonl";
  output_ = base + ".out";
  const std::string page = base + ".page";
  const Fd file(open(page.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!file.valid() || ftruncate(file.get(), sizeof(controlled::SessionPage)) != 0) fail(page);
  void* const memory = mmap(nullptr, sizeof(controlled::SessionPage), PROT_READ | PROT_WRITE,
                            MAP_SHARED, file.get(), 0);
  if (memory == MAP_FAILED) fail(page);
  page_ = static_cast<controlled::SessionPage*>(memory);
  page_->magic = controlled::SessionPage::kMagic;
  wishes.push_back("log=" + log_);
  wishes.push_back("page=" + page);
  for (const std::string& wish : wishes) session_ += (session_.empty() ? "" : "\n") + wish;
}

ExploredProcess::~ExploredProcess() {
  if (process_.pidfd.valid() && !has_ended_) finish();
  munmap(page_, sizeof(controlled::SessionPage));
}

std::vector<std::string> ExploredProcess::environment() const {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::string_view name = text.substr(0, text.find('='));
    const bool is_ours =
        std::ranges::find(kOurs, name) != kOurs.end() ||
        std::ranges::any_of(variables_, [&](const auto& one) { return one.first == name; });
    if (!is_ours) all.emplace_back(text);
  }
  for (const auto& [name, value] : variables_) all.push_back(name + "=" + value);
  all.push_back(std::string(controlled::kSessionVariable) + "=" + session_);
  return all;
}

void ExploredProcess::start(const Explorable& program, const std::vector<std::string>& words) {
  if (program.is_whole()) variables_.emplace_back("LD_PRELOAD", preloaded(program.library));
  // Each process reads a file from its beginning; what can be read once is nobody's.
  struct stat input{};
  const bool has_input =
      program.is_whole() && fstat(STDIN_FILENO, &input) == 0 && S_ISREG(input.st_mode);
  const Fd stdin_file(has_input ? open("/proc/self/fd/0", O_RDONLY | O_CLOEXEC) : -1);
  const Fd output(open(output_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!output.valid()) fail(output_);
  SpawnSpec spec;
  spec.argv = words;
  spec.program = program.file;
  spec.environment = environment();
  spec.output_fd = output.get();
  spec.stdin_fd = stdin_file.get();
  process_ = spawn(spec);
}

void ExploredProcess::finish() {
  end_ = internal::finish(process_);
  has_ended_ = true;
}

std::string ExploredProcess::output() const {
  std::ifstream file(output_, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (text.size() > kMostOutput) text.erase(0, text.size() - kMostOutput);
  return text;
}

}  // namespace gridlock::internal
