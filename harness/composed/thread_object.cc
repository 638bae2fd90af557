// SPDX-License-Identifier: Apache-2.0
//
// Compiled like user code, because it calls the user's.
#include <gridlock/thread_object.h>

#include <cerrno>

#include "harness/primitives/throw.h"
#include "harness/runtime/findings/thread_facts.h"
#include "harness/runtime/thread_life.h"

namespace gridlock {

struct ThreadObject::Body {
  // The look into the table of virtual functions is not instrumented: where the derived part is
  // destroyed meanwhile it is a race, but the same defect as misuse-destroy-running, and one defect
  // must not have two names.
  __attribute__((noinline, no_sanitize("thread"))) static void run(ThreadObject* self) {
    self->run();
    self->returned_.store(true, std::memory_order_relaxed);
  }
};

ThreadObject::~ThreadObject() {
  if (!thread_.joinable()) return;
  if (!returned_.load(std::memory_order_relaxed)) internal::report_destroyed_running(thread_.id());
  thread_ = Thread{};  // joins, and by the thread itself is a finding: a destructor cannot throw
}

void ThreadObject::start(CallSite where) {
  if (started_) internal::throw_error(EINVAL, "gridlock::ThreadObject::start");
  thread_ = Thread{ThreadOptions{.name = name_}, [this] { Body::run(this); }, where};
  started_ = true;
}

void ThreadObject::join() {
  if (thread_.joinable()) thread_.join();
}

}  // namespace gridlock
