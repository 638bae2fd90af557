// SPDX-License-Identifier: Apache-2.0
//
// What the observer knows of the threads, as strings and vectors. Compiled like user code, because
// it allocates.
#include <gridlock/thread.h>

#include "harness/platform/tsan.h"
#include "harness/runtime/findings/thread_facts.h"
#include "harness/runtime/thread_life.h"

namespace gridlock {
namespace {

bool snapshot(std::uint32_t id, ThreadSnapshot* out) {
  internal::ThreadFacts facts;
  if (!internal::thread_facts(id, &facts)) return false;
  *out = {id, facts.name, facts.os_id, facts.daemon, facts.is_main, facts.is_alive};
  return true;
}

}  // namespace

std::string ThreadSnapshot::label() const {
  const std::string number = "T" + std::to_string(id);
  return name.empty() ? number : name + " (" + number + ")";
}

ThreadSnapshot current_thread() {
  ThreadSnapshot self;
  snapshot(this_thread_id(), &self);
  return self;
}

std::vector<ThreadSnapshot> enumerate_threads() {
  std::vector<ThreadSnapshot> all;
  (void)this_thread_id();  // the calling thread is known from now on
  ThreadSnapshot each;
  for (std::uint32_t id = 1; id <= internal::newest_thread(); ++id) {
    if (snapshot(id, &each) && each.is_alive) all.push_back(each);
  }
  return all;
}

std::string this_thread_name() { return current_thread().name; }

std::string Thread::name() const {
  internal::tsan_touched_by_user(this);
  ThreadSnapshot self;
  snapshot(id(), &self);
  return self.name;
}

bool Thread::is_alive() const noexcept {
  internal::tsan_touched_by_user(this);
  internal::ThreadFacts facts;
  return internal::thread_facts(id(), &facts) && facts.is_alive;
}

void Thread::set_name(std::string_view name) noexcept {
  internal::tsan_touched_by_user(this);
  if (joinable()) internal::name_thread(id(), name);
}

}  // namespace gridlock
