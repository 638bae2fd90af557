// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/process_tree/findings.h"

#include <sys/wait.h>

#include "harness/platform/processes.h"
#include "harness/runtime/core/options.h"
#include "harness/runtime/core/process_number.h"
#include "harness/runtime/findings/describe.h"
#include "harness/runtime/findings/process_tree.h"

namespace gridlock::internal {
namespace {

constexpr u32 kMaxThreads = 64;    // described in one finding
constexpr u32 kMaxThings = 512;    // that were described already
constexpr u32 kMaxProcesses = 64;  // likewise

struct Things {
  ThingKey keys[kMaxThings];
  u32 count;
};
Things g_things;  // of the line that is being written; guarded by the TreeGuard

bool is_new(ThingKey key) noexcept {
  for (u32 i = 0; i < g_things.count; ++i) {
    if (g_things.keys[i] == key) return false;
  }
  if (g_things.count == kMaxThings) return false;
  g_things.keys[g_things.count++] = key;
  return true;
}

void write_thing(JsonWriter& json, const char* key, ThingKey thing) noexcept {
  json.id_in(key, static_cast<u32>(thing >> 40), static_cast<char>((thing >> 32) & 0xff),
             static_cast<u32>(thing));
}

const Piece* find_piece(const Description& description, PieceKind kind, ThingKey thing) noexcept {
  for (u32 i = 0; i < description.count; ++i) {
    const Piece& piece = description.pieces[i];
    if (piece.kind == kind && piece.thing == thing) return &piece;
  }
  return nullptr;
}

void write_piece(JsonWriter& json, const char* key, const Description& description,
                 const Piece* piece) noexcept {
  if (piece != nullptr) json.raw(key, description.text() + piece->at, piece->size);
}

// The names of a thread of another process, of which nothing more is known. Open behind it.
void open_thread(JsonWriter& json, u32 process, u32 thread, int os_id, bool lives) noexcept {
  const u32 own = json.process();
  const u32 main = main_thread_of(process);
  json.open_object();
  json.set_process(process);
  json.id("id", 'T', thread != 0 ? thread : main);
  json.id("process", 'P', process);
  json.text("name", thread == 0 || thread == main ? "main" : "");
  json.number("os_id", static_cast<u64>(os_id));
  json.text("state", lives ? "running" : "ended");
  json.set_process(own);
}

void write_asleep(JsonWriter& json, const AsleepHolder& holder) noexcept {
  open_thread(json, holder.process, holder.thread, holder.os_id, holder.lives);
  json.open_array("held");
  json.open_object();
  write_thing(json, "object", holder.object);
  json.text("mode", holder.reads ? "shared" : "exclusive");
  json.number("count", 1);
  json.close_object();
  json.close_array();
  json.close_object();
}

void write_threads(JsonWriter& json, const Involved* threads, u32 count,
                   const AsleepHolder& holder) noexcept {
  json.open_array("threads");
  for (u32 i = 0; i < count && i < kMaxThreads; ++i) {
    const Description& description = *threads[i].description;
    write_piece(json, nullptr, description, find_piece(description, PieceKind::kThread, 0));
  }
  if (holder.process != 0) write_asleep(json, holder);
  json.close_array();
}

void write_objects(FindingLine& line, const Involved* threads, u32 count) noexcept {
  JsonWriter& json = line.json();
  g_things.count = 0;
  json.open_array("objects");
  for (u32 i = 0; i < count && i < kMaxThreads; ++i) {
    const Description& description = *threads[i].description;
    for (u32 at = 0; at < description.count; ++at) {
      const Piece& piece = description.pieces[at];
      if (piece.kind == PieceKind::kObject && is_new(piece.thing))
        write_piece(json, nullptr, description, &piece);
    }
  }
  json.close_array();
  line.has_objects();
}

// `runs`: whatever the table says, it has not ended.
void write_process(JsonWriter& json, u32 number, bool runs) noexcept {
  const TreeProcess& process = tree_process(number);
  json.open_object();
  json.id("id", 'P', number);
  json.number("pid", static_cast<u64>(process.pid.load()));
  json.number("parent_pid", static_cast<u64>(process.parent_pid));
  json.text("name", &process.name[0]);
  json.boolean("daemon", process.daemon);
  const int status = process.now() == ProcessState::kEnded
                         ? static_cast<int>(process.wait_status.load())
                         : kStatusUnknown;
  const bool killed = !runs && status != kStatusUnknown && WIFSIGNALED(status);
  json.text("state", runs ? "running" : killed ? "killed" : "ended");
  if (killed) json.number("signal", static_cast<u64>(WTERMSIG(status)));
  if (!runs && status != kStatusUnknown && WIFEXITED(status))
    json.number("exit_code", static_cast<u64>(WEXITSTATUS(status)));
  json.close_object();
}

void write_processes(JsonWriter& json, const Involved* threads, u32 count,
                     const AsleepHolder& holder = {}) noexcept {
  u32 size = 0;
  json.open_array("processes");
  for (u32 number = 1; number <= process_count() && size < kMaxProcesses; ++number) {
    bool involved = false;
    for (u32 i = 0; i < count; ++i) involved = involved || threads[i].process == number;
    const bool holds = number == holder.process;
    if (!involved && !holds) continue;
    ++size;
    write_process(json, number, involved || holder.lives);
  }
  json.close_array();
}

// Each holds, or is, what the one before it wants; its edge leads from that to what it wants.
void write_cycle(JsonWriter& json, const Involved* threads, u32 count) noexcept {
  json.open_array("cycle");
  for (u32 i = 0; i < count; ++i)
    write_thing(json, nullptr, threads[(i + count - 1) % count].wait->wants);
  json.close_array();
  json.open_array("edges");
  for (u32 i = 0; i < count && i < kMaxThreads; ++i) {
    const Involved& thread = threads[i];
    const ThingKey from = threads[(i + count - 1) % count].wait->wants;
    const Description& description = *thread.description;
    const Piece* const held = find_piece(description, PieceKind::kHeldStack, from);
    json.open_object();
    write_thing(json, "from", from);
    write_thing(json, "to", thread.wait->wants);
    write_thing(json, "thread", thing_key(thread.process, 'T', thread.wait->thread));
    if (held != nullptr && held->shared) json.text("held_mode", "shared");
    if (const char* const mode = kWantedModes[description.wanted_mode])
      json.text("wanted_mode", mode);
    write_piece(json, "held_stack", description, held);
    write_piece(json, "wanted_stack", description,
                find_piece(description, PieceKind::kWantedStack, 0));
    json.close_object();
  }
  json.close_array();
}

void write_rest(FindingLine& line, const Involved* threads, u32 count,
                const AsleepHolder& holder = {}) noexcept {
  write_threads(line.json(), threads, count, holder);
  write_objects(line, threads, count);
}

// The thread that held the lock, as far as it is known.
void write_owner(FindingLine& line, const IpcOwner& owner, ObjectId object, bool lives) noexcept {
  JsonWriter& json = line.json();
  const u32 own = json.process();
  open_thread(json, owner.process, owner.thread, owner.os_id, lives);
  json.set_process(owner.process);
  json.open_array("held");
  json.open_object();
  write_object_id(json, "object", object);
  json.text("mode", "exclusive");
  json.number("count", 1);
  if (owner.thread != 0) {
    u32 frames = 0;
    while (frames < g_site_frames && owner.frames[frames] != 0) ++frames;
    write_stack(json, "stack", &owner.frames[0], frames, owner.has_site ? &owner.site : nullptr);
  }
  json.close_object();
  json.close_array();
  json.set_process(own);
  json.close_object();
}

void write_both(FindingLine& line, ThreadState* state, const CurrentStack& here, ObjectId object,
                const IpcOwner& owner, bool owner_lives) noexcept {
  JsonWriter& json = line.json();
  json.set_process(this_process());
  line.mentioned().add(object);
  json.open_array("processes");
  for (u32 number = 1; number <= process_count(); ++number) {
    if (number == owner.process) write_process(json, number, owner_lives);
    if (number == this_process() && number != owner.process) write_process(json, number, true);
  }
  json.close_array();
  json.open_array("threads");
  write_thread(json, state, line.mentioned(), here);
  write_owner(line, owner, object, owner_lives);
  json.close_array();
}

CurrentStack stack_here(uptr* frames) noexcept {
  return {frames, unwind_stack(frames, options().stack_depth, 0)};
}

}  // namespace

void report_tree_deadlock(const Involved* threads, u32 count) noexcept {
  FindingLine line(count == 1 ? Kind::kSelfDeadlock : Kind::kDeadlock);
  write_processes(line.json(), threads, count);
  write_cycle(line.json(), threads, count);
  write_rest(line, threads, count);
}

void report_tree_pool_deadlock(const Involved* threads, u32 count) noexcept {
  FindingLine line(Kind::kDeadlock);
  line.json().text("detail", "no thread of the pool is left for the tasks in its queue");
  write_processes(line.json(), threads, count);
  write_rest(line, threads, count);
}

void report_tree_starvation(const Involved* threads, u32 count,
                            const AsleepHolder& holder) noexcept {
  FindingLine line(Kind::kStarvation);
  write_processes(line.json(), threads, count, holder);
  write_rest(line, threads, count, holder);
}

void report_owner_died(ThreadState* state, ObjectId object, const IpcOwner& owner) noexcept {
  uptr frames[kStackLimit];
  const CurrentStack here = stack_here(&frames[0]);
  FindingLine line(Kind::kOwnerDied);
  line.json().text("detail", name_text(object_info(object).name));
  write_both(line, state, here, object, owner, false);
}

void report_foreign_unlock(ThreadState* state, ObjectId object, const IpcOwner& owner) noexcept {
  uptr frames[kStackLimit];
  const CurrentStack here = stack_here(&frames[0]);
  u64 key = mix((identity_of(object) << 8) | static_cast<u8>(Kind::kMisuseUnlockNotOwner));
  for (u32 i = 0; i < here.size; ++i) key = mix(key ^ here.frames[i]);
  if (object == 0 || !first_time(key)) return;
  FindingLine line(Kind::kMisuseUnlockNotOwner);
  line.json().text("detail", name_of(Op::kUnlock));
  write_both(line, state, here, object, owner, true);
}

}  // namespace gridlock::internal
