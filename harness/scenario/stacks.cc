// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/stacks.h"

#include "harness/scenario/modules.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace gridlock::internal {
namespace {

void visit_objects(std::vector<Object>& objects, const std::function<void(Stack&)>& visit) {
  for (Object& object : objects) visit(object.created);
}

void visit_threads(std::vector<ThreadInfo>& threads, const std::function<void(Stack&)>& visit) {
  for (ThreadInfo& thread : threads) {
    for (HeldObject& held : thread.held) visit(held.stack);
    if (thread.wants) visit(thread.wants->stack);
    visit(thread.stack);
    visit(thread.created);
    for (RecentRecord& record : thread.recent) visit(record.stack);
  }
}

constexpr std::string_view kAnonymous = "(anonymous namespace)";

bool starts_with_any(std::string_view text, std::span<const std::string_view> prefixes) {
  return std::ranges::any_of(prefixes,
                             [&](std::string_view prefix) { return text.starts_with(prefix); });
}

bool contains_any(std::string_view text, std::span<const std::string_view> parts) {
  return std::ranges::any_of(
      parts, [&](std::string_view part) { return text.find(part) != std::string_view::npos; });
}

// "void std::f<int>(int)" -> "std::f<int>(int)": demanglers print the return type of templates. It
// ends at the last space outside brackets before the parameters.
std::string_view without_return_type(std::string_view function) {
  std::size_t start = 0;
  int depth = 0;
  for (std::size_t i = 0; i < function.size(); ++i) {
    const std::string_view before = function.substr(start, i - start);
    const std::string_view rest = function.substr(i);
    if (depth == 0 && rest.starts_with(kAnonymous)) {
      i += kAnonymous.size() - 1;
    } else if (depth == 0 && rest.starts_with('(') && !before.ends_with("operator") &&
               !before.ends_with("decltype")) {
      break;
    } else if (rest.starts_with('(') || rest.starts_with('<')) {
      ++depth;
    } else if (rest.starts_with(')') || rest.starts_with('>')) {
      depth = std::max(0, depth - 1);
    } else if (depth == 0 && rest.starts_with(' ')) {
      start = i + 1;
    }
  }
  return function.substr(start);
}

// What a program is linked with, known by name: there may be no file, or one of a tree far away.
bool is_library_function(std::string_view function) {
  constexpr std::array<std::string_view, 14> kPrefixes = {
      "std::",         "__gnu_cxx::",    "__cxxabiv1::",     "__gthread", "__libc_",
      "__tsan",        "__asan",         "__ubsan",          "__lsan",    "__sanitizer",
      "__interceptor", "___interceptor", "__interception::", "pthread_"};
  return function == "_start" || function == "execute_native_thread_routine" ||
         starts_with_any(without_return_type(function), kPrefixes);
}

// A function of namespace gridlock is ours, but scenarios and tests may stand in an unnamed
// namespace of it.
bool is_our_function(std::string_view function, bool has_file) {
  const std::string_view name = without_return_type(function);
  if (!name.starts_with("gridlock::")) return false;
  return !has_file || !name.substr(sizeof("gridlock::") - 1).starts_with(kAnonymous);
}

// ".../harness/" of the tree this file was compiled in: what is in there is ours.
std::string_view harness_folder() {
  static constexpr std::string_view kThisFile = __FILE__;
  static constexpr std::string_view kTail = "scenario/stacks.cc";
  return kThisFile.ends_with(kTail) ? kThisFile.substr(0, kThisFile.size() - kTail.size())
                                    : std::string_view{};
}

// ".../gridlock-1.2/harness/runtime/": of a tree that stood elsewhere when it was compiled.
bool is_in_another_harness(std::string_view file, std::string_view function) {
  constexpr std::array<std::string_view, 5> kFolders = {"/harness/platform/", "/harness/trace/",
                                                        "/harness/analysis/", "/harness/runtime/",
                                                        "/harness/primitives/"};
  for (const std::string_view folder : kFolders) {
    const std::size_t at = file.rfind(folder);
    if (at == std::string_view::npos) continue;
    const std::string_view parent = file.substr(file.substr(0, at).rfind('/') + 1);
    if (parent.starts_with("gridlock")) return true;
    if (without_return_type(function).starts_with("gridlock::")) return true;
  }
  return false;
}

bool is_our_file(std::string_view file, std::string_view function) {
  if (file.starts_with("include/gridlock/")) return true;
  if (file.find("/include/gridlock/") != std::string_view::npos) return true;
  const std::string_view own = harness_folder();
  return (!own.empty() && file.starts_with(own)) || is_in_another_harness(file, function);
}

// Headers of the system and of the compiler, wherever that is installed, and the sources of what
// comes with it. People do keep programs of their own in /usr/src.
bool is_system_file(std::string_view file) {
  constexpr std::array<std::string_view, 2> kSources = {"/usr/src/", "/usr/local/src/"};
  constexpr std::array<std::string_view, 6> kToolchain = {"include/c++/",   "/lib/gcc/",
                                                          "/lib/clang/",    "/compiler-rt/lib/",
                                                          "/libsanitizer/", "/src/googletest/"};
  if (file.starts_with("/usr/") && !starts_with_any(file, kSources)) return true;
  return contains_any(file, kToolchain);
}

bool is_system_module(std::string_view module) {
  constexpr std::array<std::string_view, 3> kFolders = {"/usr/lib", "/lib/", "/lib64/"};
  return starts_with_any(module, kFolders);
}

}  // namespace

void for_each_stack(Finding& finding, const std::function<void(Stack&)>& visit) {
  visit_threads(finding.threads, visit);
  visit_objects(finding.objects, visit);
  for (LockOrderEdge& edge : finding.edges) {
    visit(edge.held_stack);
    visit(edge.wanted_stack);
  }
  for (MemoryAccess& access : finding.accesses) visit(access.stack);
  for (MemoryLocation& location : finding.locations) visit(location.allocated);
  for (Act& act : finding.acts) visit(act.stack);
  if (finding.execution) {
    for (Act& act : finding.execution->path) visit(act.stack);
    for (ChosenStep& step : finding.execution->way) visit(step.stack);
  }
  if (!finding.confirmation) return;
  visit_threads(finding.confirmation->threads, visit);
  visit_objects(finding.confirmation->objects, visit);
}

void for_each_stack(ProcessDump& dump, const std::function<void(Stack&)>& visit) {
  visit_threads(dump.threads, visit);
  visit_objects(dump.objects, visit);
}

void for_each_stack(Contention& contention, const std::function<void(Stack&)>& visit) {
  visit(contention.longest_wait);
  visit(contention.longest_hold);
  visit(contention.overtaken_at);
  visit_threads(contention.threads, visit);
  visit_objects(contention.objects, visit);
}

void for_each_stack(LearnedOrder& order, const std::function<void(Stack&)>& visit) {
  visit(order.held_stack);
  visit(order.wanted_stack);
  visit_threads(order.threads, visit);
  visit_objects(order.objects, visit);
}

bool is_own_code(const Frame& frame) {
  const bool has_file = !frame.file.empty();
  // What stands in front of a program (`gridlock exec`, `gridlock explore`), also without debug information.
  if (frame.module.substr(frame.module.rfind('/') + 1).starts_with("libgridlock_")) return true;
  return is_our_function(frame.function, has_file) ||
         (has_file && is_our_file(frame.file, frame.function));
}

bool may_hide_user_code(const Frame& frame) {
  return frame.file.empty() && !frame.module.empty() && !is_system_module(frame.module) &&
         is_our_function(frame.function, false);
}

void drop_repeated_call_site(Stack& stack) {
  if (stack.empty() || !stack.front().module.empty()) return;
  const Frame& given = stack.front();
  const bool repeated = std::any_of(stack.begin() + 1, stack.end(), [&](const Frame& frame) {
    return !frame.module.empty() && frame.file == given.file && frame.line == given.line;
  });
  if (repeated) stack.erase(stack.begin());
}

}  // namespace gridlock::internal

namespace gridlock {

bool is_user_frame(const Frame& frame) {
  using namespace internal;  // NOLINT(google-build-using-namespace): its other half
  if (frame.module.ends_with(kOtherBuild)) return false;
  if (is_system_module(frame.module) || is_library_function(frame.function)) return false;
  if (is_our_function(frame.function, !frame.file.empty())) return false;
  // A sanitizer has these in the program itself, without lines.
  const bool allocates =
      frame.function.starts_with("operator new") || frame.function.starts_with("operator delete");
  // So has GoogleTest, as distributions build it.
  const bool is_of_tests = frame.function.starts_with("testing::");
  if (frame.file.empty())
    return !allocates && !is_of_tests && (!frame.module.empty() || !frame.function.empty());
  return !is_our_file(frame.file, frame.function) && !is_system_file(frame.file);
}

const Frame* user_site(const Stack& stack) {
  const auto user = std::ranges::find_if(stack, is_user_frame);
  return user == stack.end() ? nullptr : &*user;
}

}  // namespace gridlock
