// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/explored_process.h"

#include "harness/cli/actions.h"
#include "harness/cli/watchable.h"
#include "harness/cli/words.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
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

bool contains(std::ifstream& file, std::string_view wanted) {
  std::string window;
  std::array<char, 65536> block{};
  while (file.read(block.data(), block.size()) || file.gcount() > 0) {
    window.append(block.data(), static_cast<std::size_t>(file.gcount()));
    if (window.find(wanted) != std::string::npos) return true;
    window.erase(0, window.size() - std::min(window.size(), wanted.size()));
  }
  return false;
}

}  // namespace

std::string find_explorable(const std::string& word) {
  std::string program = find_program(word);
  std::ifstream file(program, std::ios::binary);
  std::array<char, 4> magic{};
  file.read(magic.data(), magic.size());
  const bool is_elf = file && std::string_view(magic.data(), magic.size()) ==
                                  "\x7f"
                                  "ELF";
  file.clear();
  file.seekg(0);
  // What is no program itself (a script) may start one that can be explored.
  if (is_elf && !contains(file, controlled::kSessionMark)) {
    throw UsageError("cannot explore " + shown(word) +
                     ": it was not built with gridlock_explore(), or calls no gridlock::explore()");
  }
  return program;
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

void ExploredProcess::start(const std::string& file, const std::vector<std::string>& words) {
  const Fd output(open(output_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!output.valid()) fail(output_);
  SpawnSpec spec;
  spec.argv = words;
  spec.program = file;
  spec.environment = environment();
  spec.output_fd = output.get();
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
