// SPDX-License-Identifier: Apache-2.0
//
// The thread that gets the signal first asks every other thread of the process, by the same signal,
// for its stack; each handler stores its own and says that it is done. Threads that do not answer
// within the time limit (they block signals, or sit in the kernel) are written without a stack. A
// thread blocked in one of our own waits has stored its stack before it went to sleep, so the dump
// is complete where it matters most. Where the others sleep the kernel is asked before the signal wakes
// them.
#include "harness/runtime/findings/dump.h"

#include <atomic>

#include "harness/platform/futex.h"
#include "harness/platform/mutex_ranks.h"
#include "harness/platform/pages.h"
#include "harness/platform/raw_io.h"
#include "harness/platform/signals.h"
#include "harness/runtime/core/notices.h"
#include "harness/runtime/core/options.h"
#include "harness/runtime/core/run_id.h"
#include "harness/runtime/findings/describe.h"
#include "harness/runtime/findings/end_records.h"
#include "harness/runtime/findings/finding_line.h"
#include "harness/runtime/findings/log.h"
#include "harness/runtime/orders/classes.h"
#include "harness/runtime/registry/call_sites.h"
#include "harness/runtime/registry/contention.h"
#include "harness/runtime/registry/stack_depot.h"
#include "harness/runtime/waits/releasers.h"

namespace gridlock::internal {
namespace {

// The thread holds something that writing to the log takes, so that nothing can be written any more.
bool crashed_while_writing() noexcept {
  for (u32 rank = 0; rank < kMutexRanks; ++rank) {
    if (kMutexFacts[rank].to_write && mutex_of(static_cast<MutexRank>(rank)).is_mine()) return true;
  }
  return false;
}

constexpr u32 kMaxThreads = 512;
constexpr u64 kBufferSize = 8u << 20;
constexpr u64 kAnswerTimeNs = 1'000'000'000;
constexpr int kLastSignal = 64;

constexpr int kCrashSignals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP};
struct sigaction g_before[65];

struct Answer {
  std::atomic<int> tid;
  std::atomic<u32> size;  // of the stack, + 1: the answer is there
  const ThreadState* state;
  ThreadSleep sleep;
  uptr stack[kStackLimit];
};

Answer* g_answers = nullptr;
char* g_buffer = nullptr;
std::atomic<u32> g_dumping{0};  // 0, or the tid of the thread that writes the dump
std::atomic<u32> g_asked{0};
std::atomic<u32> g_answered{0};

void capture(Answer& answer, const Interrupted& at, uptr top) noexcept {
  // The unwinder knows how to step out of a handler; it starts with the handler's own frames, which
  // are skipped up to the interrupted function.
  uptr frames[kStackLimit];
  const u32 size = unwind_stack(&frames[0], kStackLimit, 0);
  u32 first = 0;
  while (first < size && frames[first] != at.pc) ++first;
  u32 n = 0;
  for (u32 i = first; i < size; ++i) answer.stack[n++] = frames[i];
  if (n == 0) {  // not found: follow frame pointers instead
    answer.stack[n++] = at.pc;
    for (uptr frame = at.frame; n < kStackLimit;) {
      const auto low = reinterpret_cast<uptr>(&frames[0]);
      if (frame <= low || frame + 16 > top || (frame & 7) != 0) break;
      const auto* words = reinterpret_cast<const uptr*>(frame);
      answer.stack[n++] = words[1];
      if (words[0] <= frame) break;
      frame = words[0];
    }
  }
  answer.state = tls_thread;
  answer.size.store(n + 1, std::memory_order_release);
}

void answer_request(const void* context) noexcept {
  const int tid = thread_os_id();
  for (u32 i = 0; i < g_asked.load(std::memory_order_acquire); ++i) {
    if (g_answers[i].tid.load() != tid || g_answers[i].size.load() != 0) continue;
    capture(g_answers[i], interrupted_at(context),
            tls_thread != nullptr ? tls_thread->stack_top : 0);
    g_answered.fetch_add(1);
    futex_wake(&g_answered, kAll);
    return;
  }
}

bool ask(int tid, void*) noexcept {
  const u32 i = g_asked.load();
  if (i == kMaxThreads) return false;
  g_answers[i].tid.store(tid);
  g_answers[i].size.store(0);
  g_answers[i].state = nullptr;
  g_answers[i].sleep = tid == thread_os_id() ? ThreadSleep{} : thread_sleep(tid);
  g_asked.store(i + 1, std::memory_order_release);
  return true;
}

// Where the kernel does not list the threads, or not all of them.
void ask_those_known() noexcept {
  for (u32 slot = 0; slot < slot_count(); ++slot) {
    const ThreadState* const state = thread_in_slot(slot);
    if (state->phase.load() != ThreadPhase::kLive || state->os_id == 0) continue;
    bool asked = false;
    for (u32 i = 0; i < g_asked.load() && !asked; ++i)
      asked = g_answers[i].tid.load() == state->os_id;
    if (!asked) ask(state->os_id, nullptr);
  }
}

const ThreadState* state_of(const Answer& answer) noexcept {
  if (answer.state != nullptr) return answer.state;
  for (u32 slot = 0; slot < slot_count(); ++slot) {
    const ThreadState* const candidate = thread_in_slot(slot);
    if (candidate->os_id == answer.tid.load() && candidate->phase.load() == ThreadPhase::kLive)
      return candidate;
  }
  return nullptr;
}

// Threads that hold others up come first, those that only join or pause last.
enum class Rank : u8 { kHeldUp, kRuns, kJoins };
constexpr Rank kRanks[] = {Rank::kHeldUp, Rank::kRuns, Rank::kJoins};

Rank rank_of(const Answer& answer) noexcept {
  const ThreadState* const state = state_of(answer);
  if (state == nullptr || !waits(state->wait.sequence.load()))
    return answer.sleep.where == SleepsIn::kFutex ? Rank::kHeldUp : Rank::kRuns;
  return state->wait.type == ObjectType::kThread ? Rank::kJoins : Rank::kHeldUp;
}

void write_answer(JsonWriter& json, const Answer& answer, Mentioned& mentioned) noexcept {
  const u32 stored = answer.size.load(std::memory_order_acquire);
  CurrentStack stack{&answer.stack[0], stored == 0 ? 0 : stored - 1, true};
  stack.sleep = answer.sleep;
  const ThreadState* const state = state_of(answer);
  if (state != nullptr) return write_thread(json, state, mentioned, stack);
  if (stack.size == 0) return;  // ThreadSanitizer's background thread blocks all signals
  json.open_object();
  json.id("id", 'P', static_cast<u32>(answer.tid.load()));  // known to the kernel only
  json.text("name", "");
  json.number("os_id", static_cast<u64>(answer.tid.load()));
  write_state(json, "running", answer.sleep);
  write_stack(json, "stack", stack.frames, stack.size, nullptr, true);
  json.close_object();
}

// Somebody may ask for any number of them; a process hangs or crashes once.
enum class Cause : u8 { kRequest, kHang, kCrash };

// A hang is said on stderr, as a finding is. False if the log has enough.
bool write_dump(Cause cause, const char* reason) noexcept {
  static Mentioned mentioned;  // constant initialised; one dump at a time
  mentioned.clear();
  JsonWriter json;
  json.begin(g_buffer, kBufferSize);
  open_record(json, "dump", process_id());
  json.text("reason", reason);
  json.open_array("threads");
  for (const Rank rank : kRanks) {
    for (u32 i = 0; i < g_asked.load(); ++i) {
      if (rank_of(g_answers[i]) == rank) write_answer(json, g_answers[i], mentioned);
    }
  }
  json.close_array();
  mentioned.describe(json);
  json.close_object();
  const u64 size = json.end_line();
  if (size == 0) return true;
  if (cause == Cause::kRequest) return append_dump(json.data(), size);
  append_to_log(json.data(), size, cause == Cause::kHang);
  return true;
}

// The calling thread waits, and has stored where.
void answer_as_waiter() noexcept {
  for (u32 i = 0; i < g_asked.load(); ++i) {
    if (g_answers[i].tid.load() != thread_os_id()) continue;
    g_answers[i].state = this_thread();
    g_answers[i].size.store(1, std::memory_order_release);
    g_answered.fetch_add(1);
  }
}

// With `signal`, every other thread is asked too. No `context`: not in a handler.
void dump(Cause cause, const char* reason, int signal, const void* context) noexcept {
  g_asked.store(0);
  g_answered.store(0);
  if (!visit_os_threads(&ask, nullptr)) ask_those_known();
  if (context != nullptr) {
    answer_request(context);
  } else {
    answer_as_waiter();
  }
  const int self = thread_os_id();
  for (u32 i = 0; signal != 0 && i < g_asked.load(); ++i) {
    if (g_answers[i].tid.load() != self) signal_thread(g_answers[i].tid.load(), signal);
  }
  const u32 expected = signal != 0 ? g_asked.load() : 1;
  const u64 deadline = now_ns() + kAnswerTimeNs / (signal != 0 ? 2 : 1);
  for (u32 seen = g_answered.load(); seen < expected; seen = g_answered.load()) {
    if (!futex_wait(&g_answered, seen, deadline)) break;
  }
  if (write_dump(cause, reason)) write_end_records();  // nearly always this is the end
}

void on_dump_signal(int signal, siginfo_t*, void* context) noexcept {
  u32 nobody = 0;
  const auto self = static_cast<u32>(thread_os_id());
  if (!g_dumping.compare_exchange_strong(nobody, self)) return answer_request(context);
  dump(Cause::kRequest, "requested", signal, context);
  g_dumping.store(0);
}

const char* crash_reason(int signal) noexcept {
  switch (signal) {
    case SIGSEGV:
      return "SIGSEGV";
    case SIGBUS:
      return "SIGBUS";
    case SIGILL:
      return "SIGILL";
    case SIGFPE:
      return "SIGFPE";
    case SIGABRT:
      return "SIGABRT";
    default:
      return "SIGTRAP";
  }
}

void on_crash(int signal, siginfo_t* info, void* context) noexcept {
  // First the crash's own handler is taken out, so that a second crash in here ends the process.
  set_signal_action(signal, &g_before[signal], nullptr);
  stop_checking_ranks();
  u32 nobody = 0;
  if (crashed_while_writing()) {
    say("gridlock: no dump of this crash: it came in the middle of a record\n");
  } else if (g_dumping.compare_exchange_strong(nobody, static_cast<u32>(thread_os_id()))) {
    const u32 other = options().dump_signal;
    dump(Cause::kCrash, crash_reason(signal), static_cast<int>(other), context);
    g_dumping.store(0);
  }
  // The instruction is executed again and meets the old handler; a signal that was sent is sent
  // again.
  const bool was_sent = info->si_code <= 0;
  if (was_sent || signal == SIGTRAP) signal_thread(thread_os_id(), signal);
}

void install(int signal, void (*handler)(int, siginfo_t*, void*),
             struct sigaction* before) noexcept {
  struct sigaction action{};
  action.sa_sigaction = handler;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
  set_signal_action(signal, &action, before);
}

// One that nobody else has a handler for, if the option names none: the process is about to end, and
// where the threads are is worth more than their sleep.
int signal_for_hang() noexcept {
  if (options().dump_signal != 0) return static_cast<int>(options().dump_signal);
  for (int signal = kLastSignal; signal > kLastSignal - 16; --signal) {
    struct sigaction now{};
    if (!set_signal_action(signal, nullptr, &now) || now.sa_handler != SIG_DFL) continue;
    install(signal, &on_dump_signal, nullptr);
    return signal;
  }
  return 0;
}

}  // namespace

void dump_hang() noexcept {
  u32 nobody = 0;
  if (g_answers == nullptr || g_buffer == nullptr) return;
  if (!g_dumping.compare_exchange_strong(nobody, static_cast<u32>(thread_os_id()))) return;
  dump(Cause::kHang, "hang", signal_for_hang(), nullptr);
  g_dumping.store(0);
}

void install_signal_handlers() noexcept {
  if (options().dump_signal == 0 && !options().crash_handler && options().hang == 0) return;
  g_answers = static_cast<Answer*>(reserve_pages(sizeof(Answer) * kMaxThreads));
  g_buffer = static_cast<char*>(reserve_pages(kBufferSize));
  if (g_answers == nullptr || g_buffer == nullptr)
    return say(
        "gridlock: no address space for a dump; dump_signal, crash_handler and hang do nothing\n");
  ensure_signal_stack();
  if (options().dump_signal != 0)
    install(static_cast<int>(options().dump_signal), &on_dump_signal, nullptr);
  if (!options().crash_handler) return;
  for (const int signal : kCrashSignals) install(signal, &on_crash, &g_before[signal]);
}

}  // namespace gridlock::internal
