// SPDX-License-Identifier: Apache-2.0
//
// A wait for a program is a poll in slices. After each one the thread looks again, because nobody
// tells it that the program has gone to sleep; the slices double, and grow with what the look costs,
// so that a program that computes for an hour is not disturbed.
#include "harness/runtime/programs/program_waits.h"

#include <poll.h>

#include "harness/platform/futex.h"
#include "harness/platform/mutex_ranks.h"
#include "harness/platform/pages.h"
#include "harness/platform/tsan.h"
#include "harness/platform/utf8.h"
#include "harness/platform/words.h"
#include "harness/runtime/core/notices.h"
#include "harness/runtime/findings/finding_line.h"
#include "harness/runtime/programs/outside.h"
#include "harness/runtime/waits/outside_waits.h"
#include "harness/runtime/waits/wait.h"

namespace gridlock::internal {
namespace {

constexpr u64 kMillisecond = 1'000'000;
constexpr u64 kFirstSlice = 2 * kMillisecond;
constexpr u64 kLongestSlice = 256 * kMillisecond;
constexpr u64 kLookShare = 20;  // at most 1/20 of the time goes into looking

// By the slot of the thread that waits; written before the wait is published.
struct Published {
  const Program* program;
  OutsideWait wait;
  OutsideSleeper sleeper;  // guarded by the wait mutex
};
Table<Published> g_published;

Published& published(const ThreadState* state) noexcept {
  return g_published[state->slot_word - 1];
}

Op op_of(ProgramOp op) noexcept {
  switch (op) {
    case ProgramOp::kWrite:
      return Op::kWrite;
    case ProgramOp::kRead:
    case ProgramOp::kReadErrors:
      return Op::kRead;
    case ProgramOp::kWait:
      return Op::kWait;
    case ProgramOp::kCommunicate:
      return Op::kCommunicate;
  }
  return Op::kWait;
}

ObjectId object_of_op(const Program& program, ProgramOp op) noexcept {
  switch (op) {
    case ProgramOp::kWrite:
      return program.pipes[0];
    case ProgramOp::kRead:
      return program.pipes[1];
    case ProgramOp::kReadErrors:
      return program.pipes[2];
    case ProgramOp::kWait:
    case ProgramOp::kCommunicate:
      break;
  }
  return program.object;
}

void set_out(Published& wait, const Program& program, unsigned which) noexcept {
  wait.program = &program;
  wait.wait.pipe_count = 0;
  wait.wait.fd_count = 0;
  wait.wait.program = program.pid;
  wait.wait.for_end = (which & kEndBit) != 0;
  for (u32 i = 0; i < Program::kStreams; ++i) {
    if ((which & 1u << i) == 0 || program.streams[i] < 0) continue;
    const short events = i == 0 ? POLLOUT : POLLIN;
    wait.wait.fds[wait.wait.fd_count++] = {program.streams[i], events, 0};
    wait.wait.pipes[wait.wait.pipe_count++] = pipe_end(0, program.streams[i]);
  }
  if ((which & kEndBit) != 0) wait.wait.fds[wait.wait.fd_count++] = {program.end, POLLIN, 0};
}

ProgramReady poll_in_slices(ThreadState* state, OutsideWait& wait) noexcept {
  u64 slice = kFirstSlice;
  while (poll_fds(&wait.fds[0], wait.fd_count, slice) == 0) {
    const u64 before = now_ns();
    if (look_again(state) == Wake::kDeadlock) return ProgramReady::kDeadlock;
    const u64 least = (now_ns() - before) * kLookShare;
    slice = slice * 2 < kLongestSlice ? slice * 2 : kLongestSlice;
    if (slice < least) slice = least;
  }
  end_wait(state);
  return ProgramReady::kReady;
}

ProgramReady poll_until(ThreadState* state, OutsideWait& wait, u64 deadline) noexcept {
  ProgramReady result = ProgramReady::kReady;
  while (result == ProgramReady::kReady) {
    const u64 now = now_ns();
    if (poll_fds(&wait.fds[0], wait.fd_count, now < deadline ? deadline - now : 0) != 0) break;
    if (now_ns() >= deadline) result = ProgramReady::kTimedOut;
  }
  end_wait(state);
  return result;
}

void add_command(Words& words, int pid) noexcept {
  char name[64];
  const i64 size =
      read_file(ProcPath("/proc/").number(pid).text("/comm").path(), &name[0], sizeof name);
  if (size > 0 && name[size - 1] == '\n') name[size - 1] = 0;
  // The kernel cuts at 15 bytes, in the middle of a character, too.
  if (size > 0) name[without_cut_character(&name[0], length_of(&name[0]))] = 0;
  words.text(size > 0 ? &name[0] : "it");
}

const char* name_of_object(ObjectId object) noexcept {
  return object == 0 ? "it" : name_text(object_info(object).name);
}

// What the other side does meanwhile: the half of the deadlock that no thread of ours shows.
void describe_sleeper(Words& words, const Published& wait) noexcept {
  const OutsideSleeper& sleeper = wait.sleeper;
  const Program& program = *wait.program;
  words.text("meanwhile ");
  if (sleeper.pid == 0) {
    words.text("nobody else has the other end of the pipe");
    return;
  }
  add_command(words, sleeper.pid);
  for (u32 i = 0; i < Program::kStreams && sleeper.pipe != 0; ++i) {
    if (program.streams[i] < 0 || pipe_end(0, program.streams[i]).pipe != sleeper.pipe) continue;
    if (sleeper.writes) {
      words.text(" waits for room in ").text(name_of_object(program.pipes[i])).text(", where ");
      words.number(bytes_in_pipe(program.streams[i]))
          .text(" bytes wait for this process to read them");
    } else {
      words.text(" waits for something to read from ").text(name_of_object(program.pipes[i]));
      words.text(", which this process keeps open");
    }
    return;
  }
  words.text(sleeper.pipe == 0 ? " waits for a program that it started"
             : sleeper.writes  ? " waits for room in another pipe"
                               : " waits for something to read from another pipe");
}

}  // namespace

bool init_outside_waits() noexcept { return g_published.reserve(kMaxThreadSlots); }

bool outside_is_stuck(const ThreadState* state) noexcept {
  Published& wait = published(state);
  for (u32 i = 0; i < wait.wait.pipe_count; ++i) {
    if (wait.wait.pipes[i].pipe == 0) return false;  // whose other end it is nobody can tell
  }
  return outside_waits_for_us(wait.wait, &wait.sleeper);
}

void report_program_deadlock(ThreadState* const* threads, u32 count) noexcept {
  constexpr u32 kMaxThreads = 64;
  const Published* wait = nullptr;
  for (u32 i = 0; i < count && wait == nullptr; ++i) {
    if (is_outside_type(threads[i]->wait.type)) wait = &published(threads[i]);
  }
  FindingLine line(Kind::kDeadlock);
  char room[1024];
  Words words(&room[0], sizeof room);
  describe_sleeper(words, *wait);
  line.json().text("detail", &room[0]);
  line.mentioned().add(wait->program->object);
  for (const ObjectId pipe : wait->program->pipes) line.mentioned().add(pipe);
  line.json().open_array("threads");
  for (u32 i = 0; i < count && i < kMaxThreads; ++i)
    write_thread(line.json(), threads[i], line.mentioned(), {});
  line.json().close_array();
}

void pipes_begin() noexcept {
  const RawGuard guard(mutex_of(MutexRank::kWait));
  note_inherited_pipes();
}

void name_program(Program& program, std::string_view name, CallSite where) noexcept {
  static constexpr const char* kPrefix[] = {"input of ", "output of ", "errors of "};
  this_thread();
  program.object = add_object(ObjectType::kProgram, 0, where, true);
  name_object(program.object, name);
  for (u32 i = 0; i < Program::kStreams; ++i) {
    program.pipes[i] = 0;
    if (program.streams[i] < 0) continue;
    program.pipes[i] = add_object(ObjectType::kPipe, 0, where, true);
    char text[256];
    u32 size = 0;
    for (const char* c = kPrefix[i]; *c != 0; ++c) text[size++] = *c;
    for (u32 c = 0; c < name.size() && size < sizeof text; ++c) text[size++] = name.data()[c];
    if (size == sizeof text) size = static_cast<u32>(without_cut_character(&text[0], size));
    name_object(program.pipes[i], {&text[0], size});
  }
}

void program_op_begins(Program& program, ProgramOp op, const void* caller) noexcept {
  this_thread()->ring.add(op_of(op), object_of_op(program, op), reinterpret_cast<uptr>(caller), 0);
  if (op == ProgramOp::kWrite || op == ProgramOp::kCommunicate) tsan_release(&program);
}

void program_op_ends(Program& program, ProgramOp op) noexcept {
  this_thread()->ring.grant();
  if (op != ProgramOp::kWrite) tsan_acquire(&program);
}

void program_answered() noexcept { stay_if_process_ends(); }

ProgramReady wait_for_program(const Program& program, ProgramOp op, unsigned which,
                              std::uint64_t nanoseconds) noexcept {
  ThreadState* const state = this_thread();
  // Without memory it waits in the call itself, and nobody is told.
  if (!g_published.reach(state->slot_word)) return ProgramReady::kReady;
  Published& wait = published(state);
  set_out(wait, program, which);
  if (poll_fds(&wait.wait.fds[0], wait.wait.fd_count, 0) != 0) return ProgramReady::kReady;
  if (nanoseconds == 0) return ProgramReady::kTimedOut;
  prepare_wait(state);
  const ObjectId object = object_of_op(program, op);
  const bool timed = nanoseconds != kNoTimeout;
  const ObjectType type = object == program.object ? ObjectType::kProgram : ObjectType::kPipe;
  if (begin_wait(state, {type, op_of(op), object, nullptr}, 0, timed) == Wake::kDeadlock)
    return ProgramReady::kDeadlock;
  return timed ? poll_until(state, wait.wait, now_ns() + nanoseconds)
               : poll_in_slices(state, wait.wait);
}

}  // namespace gridlock::internal
