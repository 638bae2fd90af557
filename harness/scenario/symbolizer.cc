// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/symbolizer.h"

#include "harness/scenario/modules.h"
#include "harness/scenario/own_environment.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <set>
#include <string_view>
#include <utility>

namespace gridlock::internal {
namespace {

bool executable(const std::string& path) { return access(path.c_str(), X_OK) == 0; }

bool needs_symbols(const Frame& frame) {
  return frame.function.empty() && !frame.module.empty() && !frame.module.ends_with(kOtherBuild);
}

// Takes the time that it lives from what is left.
class Spending {
 public:
  explicit Spending(std::chrono::milliseconds& left) : left_(left) {}
  ~Spending() {
    const auto spent = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin_);
    left_ = std::max(left_ - spent, std::chrono::milliseconds(0));
  }
  Spending(const Spending&) = delete;
  Spending& operator=(const Spending&) = delete;

 private:
  using Clock = std::chrono::steady_clock;
  std::chrono::milliseconds& left_;
  Clock::time_point begin_ = Clock::now();
};

Stack expand(const Frame& frame, const Stack& symbols) {
  Stack expanded = symbols;
  for (Frame& one : expanded) {
    one.module = frame.module;
    one.offset = frame.offset;
    one.inlined = &one != &expanded.back();
  }
  return expanded;
}

}  // namespace

std::string find_llvm_symbolizer(std::vector<std::string>& notes) {
  if (const char* const chosen = std::getenv("GRIDLOCK_SYMBOLIZER"); chosen != nullptr) {
    std::string path = chosen;
    if (path == "none") return {};
    if (path == kLibdw && has_libdw()) return path;
    if (executable(path)) return path;
    notes.push_back("GRIDLOCK_SYMBOLIZER: '" + path + "' cannot be executed; looking for another");
  }
  const std::vector<std::string> path = program_folders();
  for (int version = 19; version >= 14; --version) {
    const std::string suffix = std::to_string(version);
    for (const std::string& folder : path) {
      std::string candidate = folder + "/llvm-symbolizer-" + suffix;
      if (executable(candidate)) return candidate;
    }
    std::string candidate = "/usr/lib/llvm-" + suffix + "/bin/llvm-symbolizer";
    if (executable(candidate)) return candidate;
  }
  for (const std::string& folder : path) {
    std::string candidate = folder + "/llvm-symbolizer";
    if (executable(candidate)) return candidate;
  }
  return has_libdw() ? std::string(kLibdw) : std::string();
}

void symbolize(std::span<Stack* const> stacks, const SymbolizeOptions& options,
               std::vector<std::string>& notes) {
  std::set<CodeAddress> wanted;
  for (const Stack* stack : stacks) {
    for (const Frame& frame : *stack) {
      if (needs_symbols(frame)) wanted.insert({frame.module, frame.offset});
    }
  }
  if (wanted.empty()) return;

  std::vector<CodeAddress> addresses(wanted.begin(), wanted.end());
  SymbolTable symbols;
  if (!options.symbolizer.empty()) {
    symbols = options.symbolizer == kLibdw
                  ? resolve_with_libdw(addresses, options.at_most, notes)
                  : resolve_with_llvm(options.symbolizer, addresses, options.at_most, notes);
    std::erase_if(addresses, [&](const CodeAddress& one) { return symbols.contains(one); });
  }
  if (!addresses.empty()) symbols.merge(resolve_in_process(addresses));

  for (Stack* const stack : stacks) {
    Stack resolved;
    for (Frame& frame : *stack) {
      const auto found =
          needs_symbols(frame) ? symbols.find({frame.module, frame.offset}) : symbols.end();
      if (found == symbols.end()) {
        resolved.push_back(std::move(frame));
        continue;
      }
      for (Frame& one : expand(frame, found->second)) resolved.push_back(std::move(one));
    }
    *stack = std::move(resolved);
  }
}

void Symbolizer::symbolize(std::span<Stack* const> stacks, std::vector<std::string>& notes) const {
  const Spending spending(left_);
  internal::symbolize(stacks, {path_, left_}, notes);
}

std::map<CodeAddress, Variable> Symbolizer::variables(std::span<const CodeAddress> addresses,
                                                      std::vector<std::string>& notes) const {
  const Spending spending(left_);
  if (path_ == kLibdw) {
    std::vector<CodeAddress> sorted(addresses.begin(), addresses.end());
    std::ranges::sort(sorted);
    return variables_with_libdw(sorted, left_, notes);
  }
  return variables_with_llvm(path_, addresses, left_, notes);
}

}  // namespace gridlock::internal
