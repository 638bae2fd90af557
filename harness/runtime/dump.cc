// SPDX-License-Identifier: Apache-2.0
//
// The thread that gets the signal first asks every other thread of the process, by the same signal,
// for its stack; each handler stores its own and says that it is done. Threads that do not answer
// within the time limit (they block signals, or sit in the kernel) are written without a stack. A
// thread blocked in one of our own waits has stored its stack before it went to sleep, so the dump
// is complete where it matters most.
#include "harness/runtime/dump.h"

#include <atomic>

#include "harness/platform/futex.h"
#include "harness/platform/pages.h"
#include "harness/platform/raw_io.h"
#include "harness/platform/signals.h"
#include "harness/runtime/describe.h"
#include "harness/runtime/end_records.h"
#include "harness/runtime/log.h"
#include "harness/runtime/runtime.h"

namespace gridlock::internal {
namespace {

constexpr u32 kMostThreads = 512;
constexpr u64 kBufferSize = 8u << 20;
constexpr u64 kAnswerTimeNs = 1'000'000'000;

constexpr int kCrashSignals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP};
struct sigaction g_before[65];

struct Answer {
  std::atomic<int> tid;
  std::atomic<u32> size;  // of the stack, + 1: the answer is there
  const ThreadState* state;
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
  if (i == kMostThreads) return false;
  g_answers[i].tid.store(tid);
  g_answers[i].size.store(0);
  g_answers[i].state = nullptr;
  g_asked.store(i + 1, std::memory_order_release);
  return true;
}

void write_answer(JsonWriter& json, const Answer& answer, Mentioned& mentioned) noexcept {
  const u32 stored = answer.size.load(std::memory_order_acquire);
  const CurrentStack stack{&answer.stack[0], stored == 0 ? 0 : stored - 1, true};
  const ThreadState* state = answer.state;
  for (u32 slot = 0; state == nullptr && slot < slot_count(); ++slot) {
    const ThreadState* const candidate = thread_in_slot(slot);
    if (candidate->os_id == answer.tid.load() && candidate->phase.load() == ThreadPhase::kLive)
      state = candidate;
  }
  if (state != nullptr) return write_thread(json, state, mentioned, stack);
  if (stack.size == 0) return;  // ThreadSanitizer's background thread blocks all signals
  json.open_object();
  json.id("id", 'P', static_cast<u32>(answer.tid.load()));  // known to the kernel only
  json.text("name", "");
  json.number("os_id", static_cast<u64>(answer.tid.load()));
  json.text("state", "running");
  write_stack(json, "stack", stack.frames, stack.size, nullptr, true);
  json.close_object();
}

void write_dump(const char* reason) noexcept {
  static Mentioned mentioned;  // constant initialised; one dump at a time
  mentioned.clear();
  JsonWriter json;
  json.begin(g_buffer, kBufferSize);
  json.open_object();
  json.text("record", "dump");
  json.number("pid", static_cast<u64>(process_id()));
  json.text("reason", reason);
  json.open_array("threads");
  for (u32 i = 0; i < g_asked.load(); ++i) write_answer(json, g_answers[i], mentioned);
  json.close_array();
  mentioned.describe(json);
  json.close_object();
  const u64 size = json.end_line();
  if (size != 0) append_to_log(json.data(), size, false);
}

// With `signal`, every other thread is asked too.
void dump(const char* reason, int signal, const void* context) noexcept {
  g_asked.store(0);
  g_answered.store(0);
  visit_os_threads(&ask, nullptr);
  answer_request(context);
  const int self = thread_os_id();
  for (u32 i = 0; signal != 0 && i < g_asked.load(); ++i) {
    if (g_answers[i].tid.load() != self) signal_thread(g_answers[i].tid.load(), signal);
  }
  const u32 expected = signal != 0 ? g_asked.load() : 1;
  const u64 deadline = now_ns() + kAnswerTimeNs / (signal != 0 ? 2 : 1);
  for (u32 seen = g_answered.load(); seen < expected; seen = g_answered.load()) {
    if (!futex_wait(&g_answered, seen, deadline)) break;
  }
  write_dump(reason);
  write_end_records();  // nearly always this is the end
}

void on_dump_signal(int signal, siginfo_t*, void* context) noexcept {
  u32 nobody = 0;
  const auto self = static_cast<u32>(thread_os_id());
  if (!g_dumping.compare_exchange_strong(nobody, self)) return answer_request(context);
  dump("requested", signal, context);
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
  u32 nobody = 0;
  if (g_dumping.compare_exchange_strong(nobody, static_cast<u32>(thread_os_id()))) {
    const u32 other = options().dump_signal;
    dump(crash_reason(signal), static_cast<int>(other), context);
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

}  // namespace

void install_signal_handlers() noexcept {
  if (options().dump_signal == 0 && !options().crash_handler) return;
  g_answers = static_cast<Answer*>(reserve_pages(sizeof(Answer) * kMostThreads));
  g_buffer = static_cast<char*>(reserve_pages(kBufferSize));
  if (g_answers == nullptr || g_buffer == nullptr) return;
  ensure_signal_stack();
  if (options().dump_signal != 0)
    install(static_cast<int>(options().dump_signal), &on_dump_signal, nullptr);
  if (!options().crash_handler) return;
  for (const int signal : kCrashSignals) install(signal, &on_crash, &g_before[signal]);
}

}  // namespace gridlock::internal
