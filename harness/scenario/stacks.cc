// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/stacks.h"

#include <algorithm>
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

// ".../harness/" of the tree this file was compiled in: frames in there are the harness's own.
std::string_view harness_folder() {
  static constexpr std::string_view kThisFile = __FILE__;
  static constexpr std::string_view kTail = "scenario/stacks.cc";
  return kThisFile.ends_with(kTail) ? kThisFile.substr(0, kThisFile.size() - kTail.size())
                                    : std::string_view{};
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

bool is_user_frame(const Frame& frame) {
  const std::string_view file = frame.file;
  if (file.empty() || file.starts_with("/usr/")) return false;
  const std::string_view module = frame.module;
  if (module.starts_with("/usr/lib") || module.starts_with("/lib")) return false;
  if (file.find("/include/gridlock/") != std::string_view::npos) return false;
  if (file.find("/compiler-rt/lib/") != std::string_view::npos) return false;
  const std::string_view own = harness_folder();
  return own.empty() || !file.starts_with(own);
}

const Frame* site(const Stack& stack) {
  if (stack.empty()) return nullptr;
  const auto user = std::find_if(stack.begin(), stack.end(), [](const Frame& frame) {
    return is_user_frame(frame) && !frame.function.empty();
  });
  if (user != stack.end()) return &*user;
  const auto named = std::find_if(stack.begin(), stack.end(),
                                  [](const Frame& frame) { return !frame.function.empty(); });
  return named != stack.end() ? &*named : &stack.front();
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
