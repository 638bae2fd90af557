// SPDX-License-Identifier: Apache-2.0
//
// One thread runs at any time, and only that one touches the state; it hands over with the other's
// semaphore, which orders what both do.
#include "tests/schedule/scheduler.h"

#include <gridlock/thread.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "harness/runtime/registry/threads.h"
#include "harness/runtime/waits/other_processes.h"
#include "harness/runtime/waits/wait.h"

namespace gridlock::schedule {
namespace {

using internal::Choice;
using internal::Control;
using internal::kFreeControl;
using internal::kNoTimeout;
using internal::ThreadEvent;
using internal::ThreadState;
using internal::Wake;

constexpr u64 kYieldNs = 1'000'000;  // time passes while all that is left yields

struct State {
  Script script;
  std::vector<std::unique_ptr<Controlled>> threads;
  std::binary_semaphore born{0};
  u64 now = 1'000'000'000;
};
State* g_state = nullptr;
thread_local Controlled* tls_self = nullptr;

[[noreturn]] void fail(const std::string& why) {
  if (g_state->script.fail) g_state->script.fail(why);
  std::fprintf(stderr, "schedule: %s\n", why.c_str());
  ::_exit(70);
}

Controlled* thread_of(u32 number) {
  for (const std::unique_ptr<Controlled>& each : g_state->threads) {
    if (each->number == number) return each.get();
  }
  return nullptr;
}

bool has_ended(u32 number) {
  const Controlled* const thread = thread_of(number);
  return thread == nullptr || thread->where == Where::kEnded;
}

Controlled* first_that_can(const Controlled& stopped) {
  Controlled* found = nullptr;
  Controlled* yielding = nullptr;
  for (const std::unique_ptr<Controlled>& each : g_state->threads) {
    if (!Scheduler::can_go_on(*each)) continue;
    Controlled*& which = each->where == Where::kYielding ? yielding : found;
    if (which == nullptr || each.get() == &stopped) which = each.get();
  }
  if (found == nullptr && yielding != nullptr) g_state->now += kYieldNs;
  return found != nullptr ? found : yielding;
}

// Only those are left that wait for a time.
Controlled* first_in_time() {
  Controlled* first = nullptr;
  for (const std::unique_ptr<Controlled>& each : g_state->threads) {
    if (!Scheduler::waits_for_time(*each)) continue;
    if (first == nullptr || each->deadline < first->deadline) first = each.get();
  }
  return first;
}

// Nobody can go on: the one that has looked at the process tree least often since somebody could. They look again and
// again, as under the control of a process tree, because the kernel lists an ended thread or process for a moment
// longer, which might be one that could do something.
Controlled* first_to_look() {
  constexpr u32 kMaxLooks = 100;
  constexpr useconds_t kBetweenLooks = 10'000;  // microseconds
  if (!internal::in_process_tree()) return nullptr;
  Controlled* first = nullptr;
  for (const std::unique_ptr<Controlled>& each : g_state->threads) {
    if (each->where != Where::kAsleep) continue;
    if (first == nullptr || each->looks < first->looks) first = each.get();
  }
  if (first == nullptr || first->looks == kMaxLooks) return nullptr;
  if (first->looks++ != 0) usleep(kBetweenLooks);
  first->is_to_look = true;
  return first;
}

Controlled& choose_next(const Controlled& stopped) {
  const u32 number = g_state->script.next(stopped, g_state->threads);
  Controlled* next = number != 0 ? thread_of(number) : first_that_can(stopped);
  if (number == 0 && next == nullptr) next = first_in_time();
  if (number == 0 && next == nullptr) {
    if (Controlled* const looks = first_to_look()) return *looks;
    fail("nobody can go on");
  }
  for (const std::unique_ptr<Controlled>& each : g_state->threads) each->looks = 0;
  if (next == nullptr) fail("there is no T" + std::to_string(number));
  if (!Scheduler::can_go_on(*next) && !Scheduler::waits_for_time(*next))
    fail("T" + std::to_string(number) + " cannot go on");
  // Also if its word has changed: it may have changed for another.
  const bool timed = next->where == Where::kAsleep && next->deadline != kNoTimeout;
  if (timed && (number != 0 || !Scheduler::can_go_on(*next)) && next->deadline > g_state->now)
    g_state->now = next->deadline;
  return *next;
}

// `self` has said where it stands.
void stop(Controlled& self) {
  Controlled& next = choose_next(self);
  if (&next != &self) {
    next.turn.release();
    self.turn.acquire();
  }
  self.where = Where::kRunning;
}

void point(ThreadState* /*state*/, const internal::Operation& operation) noexcept {
  if (tls_self == nullptr || !g_state->script.at_points) return;
  tls_self->where = Where::kAtPoint;
  tls_self->operation = operation;
  stop(*tls_self);
}

Wake block(ThreadState* state, const internal::WaitFor& what, u32 expected, u64 deadline) noexcept {
  if (tls_self == nullptr) return kFreeControl.block(state, what, expected, deadline);
  Controlled& self = *tls_self;
  self.where = Where::kAsleep;
  self.operation = {what.type, what.op, what.object, what.word, 0};
  self.word = what.word;
  self.expected = expected;
  self.deadline = deadline;
  ++self.sleeps;
  stop(self);
  while (std::exchange(self.is_to_look, false)) {
    if (internal::look_at_tree(state, what.guard) == Wake::kDeadlock) return Wake::kDeadlock;
    self.where = Where::kAsleep;
    stop(self);
  }
  return deadline <= g_state->now ? Wake::kTimedOut : Wake::kLookAgain;
}

u64 now() noexcept { return tls_self == nullptr ? internal::now_ns() : g_state->now; }

void yield() noexcept {
  if (tls_self == nullptr) return internal::yield_to_kernel();
  tls_self->where = Where::kYielding;
  stop(*tls_self);
}

u32 choose_for(Choice choice, u32 bound) noexcept {
  return tls_self == nullptr ? 0 : g_state->script.choose(choice, bound);
}

void begin(u32 number) {
  g_state->threads.push_back(std::make_unique<Controlled>());
  tls_self = g_state->threads.back().get();
  tls_self->number = number;
}

void thread(ThreadEvent event, u32 self, u32 other) noexcept {
  switch (event) {
    case ThreadEvent::kCreated:  // whoever runs waits, so that nobody is half there
      if (tls_self != nullptr) g_state->born.acquire();
      return;
    case ThreadEvent::kBegun: {
      begin(self);
      Controlled& me = *tls_self;
      me.where = Where::kAtPoint;
      g_state->born.release();
      me.turn.acquire();
      me.where = Where::kRunning;
      return;
    }
    case ThreadEvent::kJoining:
      if (tls_self == nullptr || has_ended(other)) return;
      tls_self->where = Where::kInJoin;
      tls_self->joins = other;
      return stop(*tls_self);
    case ThreadEvent::kEnding:
      if (tls_self == nullptr) return;
      tls_self->where = Where::kEnded;
      choose_next(*std::exchange(tls_self, nullptr)).turn.release();
      return;
    case ThreadEvent::kAdopted:
    case ThreadEvent::kJoined:
      return;
  }
}

// Wakes in the kernel, too: a thread that is not controlled may sleep there.
constexpr Control kScripted = {&point,      &block, &internal::wake_by_kernel, &now, &yield, 0,
                               &choose_for, &thread};

}  // namespace

Scheduler::Scheduler(Script script) {
  g_state = new State{.script = std::move(script), .threads = {}};
  begin(this_thread_id());
  before_ = internal::g_control.exchange(&kScripted);
  internal::set_fast_limit(internal::this_thread());
}

Scheduler::~Scheduler() {
  internal::g_control.store(before_);
  internal::set_fast_limit(internal::this_thread());
  tls_self = nullptr;
  delete std::exchange(g_state, nullptr);
}

void Scheduler::step() {
  if (tls_self == nullptr) return;
  tls_self->where = Where::kAtPoint;
  tls_self->operation = {};
  stop(*tls_self);
}

void Scheduler::yield() { schedule::yield(); }

u32 Scheduler::sleeps_of(u32 number) {
  const Controlled* const thread = thread_of(number);
  return thread != nullptr ? thread->sleeps : 0;
}

std::vector<u32> Scheduler::numbers() {
  std::vector<u32> numbers;
  for (const std::unique_ptr<Controlled>& each : g_state->threads) numbers.push_back(each->number);
  return numbers;
}

bool Scheduler::can_go_on(const Controlled& thread) {
  switch (thread.where) {
    case Where::kAsleep:
      return thread.word->load() != thread.expected || thread.deadline <= g_state->now;
    case Where::kInJoin:
      return has_ended(thread.joins);
    case Where::kEnded:
      return false;
    case Where::kRunning:
    case Where::kAtPoint:
    case Where::kYielding:
      return true;
  }
  return false;
}

bool Scheduler::waits_for_time(const Controlled& thread) {
  return thread.where == Where::kAsleep && thread.deadline != kNoTimeout && !can_go_on(thread);
}

}  // namespace gridlock::schedule
