// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/process_tree/followed.h"

#include "harness/platform/followed_memory.h"
#include "harness/platform/futex.h"
#include "harness/platform/proc.h"
#include "harness/platform/processes.h"
#include "harness/platform/raw_io.h"
#include "harness/runtime/core/notices.h"
#include "harness/runtime/core/options.h"
#include "harness/runtime/process_tree/findings.h"
#include "harness/runtime/process_tree/lasting_sleep.h"
#include "harness/runtime/process_tree/publish.h"
#include "harness/runtime/process_tree/tables.h"
#include "harness/runtime/process_tree/tree.h"
#include "harness/runtime/waits/other_processes.h"

namespace gridlock::internal {
namespace {

constexpr u32 kMaxFollowed = 1024;

char g_path[64];
std::atomic<int> g_joining{
    0};  // the process whose thread is at it; another number there is a parent's
std::atomic<bool> g_refused{false};
struct LongWait {
  u32 sequence;
  bool published;
  u64 next_look;
};
__thread LongWait tls_long_wait __attribute__((tls_model("initial-exec"))) = {};

TreeHeader* find_memory() noexcept {
  if (TreeHeader* const known = tree_header()) return known;
  auto* const header = static_cast<TreeHeader*>(map_followed_memory(&g_path[0]));
  if (header != nullptr) publish_tree_memory(header);
  return header;
}

// With the TreeGuard held. One that was killed in the middle of it has left no stamp.
bool complete_memory(TreeHeader& header) noexcept {
  if (header.stamp.load() != 0) return true;
  fill_tree_memory(&header, kMaxFollowed, kFollowedBytes);
  header.tables = make_tree_tables(kMaxFollowed);
  if (header.tables == nullptr) return false;
  const u64 chance = mix(now_ns() ^ (static_cast<u64>(process_id()) << 40));
  header.stamp.store(static_cast<u32>(chance) | 1);
  return true;
}

void name_process(TreeProcess& process) noexcept {
  const i64 size = read_file("/proc/self/comm", &process.name[0], sizeof process.name);
  if (size <= 0) process.name[0] = 0;
  for (char& letter : process.name)
    if (letter == '\n') letter = 0;
}

// What this process was before an exec has no threads any more.
void end_own_past(int pid, u64 start_time) noexcept {
  for (u32 number = 1; number <= process_count(); ++number) {
    TreeProcess& past = tree_process(number);
    if (past.pid.load() == pid && past.start_time.load() == start_time)
      past.state.store(ProcessState::kEnded);
  }
}

u32 main_slot() noexcept {
  for (u32 slot = 0; slot < slot_count(); ++slot)
    if (thread_in_slot(slot)->os_id == process_id()) return slot;
  return kMaxSlots;
}

// With the TreeGuard held. 0: there is no room.
u32 enter(TreeHeader& header) noexcept {
  const u32 number = header.process_count.load() + 1;
  if (number > header.max_processes) return 0;
  const int pid = process_id();
  const u64 start_time = process_start_time(pid);
  end_own_past(pid, start_time);
  TreeProcess& self = header.processes[number - 1];
  self.number = number;
  self.parent_pid = parent_process_id();
  name_process(self);
  self.pid.store(pid);
  self.start_time.store(start_time);
  follow_tables(header.tables, number);
  ProcessTable* const table = own_table();
  if (table == nullptr) return 0;
  table->main_slot = main_slot();
  table->main_thread = 1;
  self.state.store(ProcessState::kRunning);
  header.process_count.store(number);
  return number;
}

bool join_now() noexcept {
  TreeHeader* const header = find_memory();
  if (header == nullptr) return false;
  const TreeGuard guard;
  const u32 number = complete_memory(*header) ? enter(*header) : 0;
  if (number == 0) return false;
  set_followed_process(number);
  return true;
}

// Who has it, and in which of its waits. Its sequence is the same before and after the word names it: so it has it in
// that very wait.
FollowedHolder holder_of(const FollowedWord& what) noexcept {
  const u32 word = what.token.load();
  const u32 number = process_of_token(word);
  const u32 slot_word = slot_word_of_token(word);
  if (number == 0 || number > process_count() || slot_word - 1 >= kMaxSlots) return {};
  const ProcessTable* const table = table_of(number);
  if (table == nullptr) return {};
  const u32 sequence = table->sequence[slot_word - 1].load();
  const int os_id = what.owner != nullptr ? what.owner->load() : kNotNamed;
  const bool same = what.token.load() == word && table->sequence[slot_word - 1].load() == sequence;
  return same ? FollowedHolder{0, number, slot_word - 1, sequence, os_id, 0} : FollowedHolder{};
}

bool is_stuck(u32 number) noexcept {
  const ProcessTable* const table = table_of(number);
  return table != nullptr && table->is_stuck.load() != 0;
}

bool has_ended_stuck(u32 number) noexcept {
  return is_stuck(number) && !alive(tree_process(number));
}

// The copy that a bare clone() makes has the parent's number, and is in no claim.
bool may_look(const ThreadState* state) noexcept {
  const u32 number = followed_process();
  return number != 0 && tree_process(number).pid.load() == process_id() &&
         state->slot_word <= kMaxSlots;
}

// Where it stands still with that, so do the looks, and nobody waits for it.
bool another_looks() noexcept {
  const RobustWord& looks = tree_header()->waits;
  return looks.word.load() != 0 && !owner_died(looks);
}

// Publishes a wait that has lasted for a while. Most are over before it is worth to read /proc, and whoever idles in one does so for
// hours: all looks together take a fiftieth of a processor.
bool is_time_to_look(const ThreadState* state) noexcept {
  constexpr u64 kFirst = 300'000'000;
  constexpr u64 kOthers = 1'000'000'000;
  const u32 sequence = state->wait.sequence.load();
  const u64 now = now_ns();
  if (tls_long_wait.sequence != sequence) tls_long_wait = {sequence, false, now + kFirst};
  if (now < tls_long_wait.next_look || another_looks()) return false;
  if (!tls_long_wait.published) {
    const TreeGuard guard;
    describe_own_wait(state);
    publish_waits();
    tls_long_wait.published = true;
    return false;
  }
  if (now < tree_tables()->rest_until.load()) return false;
  tls_long_wait.next_look = now + kOthers;
  return true;
}

void rest_after(u64 begin) noexcept {
  constexpr u64 kTimes = 50;
  const u64 now = now_ns();
  tree_tables()->rest_until.store(now + kTimes * (now - begin));
}

// The pid of `gridlock exec`, which began before all others.
int first_pid() noexcept {
  const char* digits = behind(&g_path[0], "/proc/");
  return digits != nullptr ? static_cast<int>(take_number(digits)) : 0;
}

constexpr u32 kMaxInvolved = 64;
Involved g_involved[kMaxInvolved];  // guarded by the TreeGuard

bool is_one_of(const Reachers& reachers, int pid) noexcept {
  for (u32 i = 0; i < reachers.count; ++i)
    if (reachers.pids[i] == pid) return true;
  return false;
}

// The waits of those processes, as far as they are published.
u32 involve(const Reachers& reachers) noexcept {
  u32 count = 0;
  for (u32 number = 1; number <= process_count(); ++number) {
    const ProcessTable* const table = table_of(number);
    if (!is_one_of(reachers, tree_process(number).pid.load()) || table == nullptr ||
        tree_process(number).now() != ProcessState::kRunning)
      continue;
    for (u32 i = 0; i < table->wait_count && count < kMaxInvolved; ++i) {
      const PublishedWait& wait = table->waits[i];
      const Description* const description = table->room[wait.slot].description;
      if (table->sequence[wait.slot].load() == wait.sequence && description != nullptr &&
          description->sequence == wait.sequence)
        g_involved[count++] = {number, &wait, description};
    }
  }
  return count;
}

// The thread that the word names, where its number is known and it is none of those that wait.
AsleepHolder asleep_holder(const ThreadState* state, const FollowedWord& word, u32 count,
                           const Reachers& reachers) noexcept {
  const FollowedHolder holder = holder_of(word);
  const ProcessTable* const table = holder.process != 0 ? table_of(holder.process) : nullptr;
  if (table == nullptr || holder.slot != table->main_slot) return {};
  const TreeProcess& process = tree_process(holder.process);
  const int pid = process.pid.load();
  const bool reads = word.owner == nullptr;
  if (!reads && holder.os_id != pid) return {};  // another thread has the first one's slot by now
  ThingKey object = 0;
  for (u32 i = 0; i < count; ++i) {
    const Involved& one = g_involved[i];
    if (one.process == holder.process && one.wait->slot == holder.slot) return {};
    if (one.process == followed_process() && one.wait->slot == state->slot_word - 1)
      object = one.wait->wants;
  }
  if (object == 0) return {};
  const bool lives = alive(process) && is_one_of(reachers, pid);
  return {holder.process, table->main_thread, pid, lives, reads, object};
}

// True: nobody ever ends the wait for what lies there, and it was reported. Not where `is_over` says that nothing keeps the thread.
// `word`: who has it, where that is known.
template <typename IsOver>
bool report_if_lasting(ThreadState* state, const void* object, const FollowedWord* word,
                       IsOver is_over) noexcept {
  const TreeGuard guard;
  publish_waits();
  Reachers reachers;
  const u64 begin = now_ns();
  const bool lasts = sleeps_forever(state, object, first_pid(), &reachers);
  rest_after(begin);
  if (!lasts || is_over()) return false;
  const u32 count = involve(reachers);
  if (count == 0) return false;
  const AsleepHolder holder =
      word != nullptr ? asleep_holder(state, *word, count, reachers) : AsleepHolder{};
  report_tree_starvation(&g_involved[0], count, holder);
  for (u32 i = 0; i < count && options().on_deadlock != OnDeadlock::kThrow; ++i)
    table_of(g_involved[i].process)->is_stuck.store(1);
  return true;
}

template <typename IsOver>
Wake look_whether_it_lasts(ThreadState* state, const void* object, const FollowedWord* word,
                           IsOver is_over) noexcept {
  if (!is_time_to_look(state) || !report_if_lasting(state, object, word, is_over))
    return Wake::kLookAgain;
  if (options().on_deadlock != OnDeadlock::kThrow) end_process_after_deadlock();
  end_wait(state);
  return Wake::kDeadlock;
}

// Of processes that wait for locks alone. It is seen as soon as the last of them waits.
Wake look_for_circle(ThreadState* state, const FollowedWord& word) noexcept {
  const u32 number = followed_process();
  FollowedHolder holder = holder_of(word);
  if (holder.process == 0) return Wake::kLookAgain;
  // It was reported, by another process that is in it; or the holder has ended for one, and never releases.
  if (options().on_deadlock != OnDeadlock::kThrow &&
      (is_stuck(number) || has_ended_stuck(holder.process))) {
    own_table()->is_stuck.store(1);
    end_process_after_deadlock();
  }
  if ((holder.sequence & 1) == 0) return Wake::kLookAgain;  // the holder does not wait for a lock
  if (another_looks()) return Wake::kLookAgain;
  holder.waiter = state->wait.sequence.load();
  holder.object = reinterpret_cast<uptr>(word.object);
  own_table()->holder[state->slot_word - 1] = holder;
  return look_at_tree(state);
}

}  // namespace

void remember_followed_memory() noexcept {
  const char* const path = find_variable(&kFollowedVariable[0]);
  u32 size = 0;
  while (path[size] != 0 && size + 1 < sizeof g_path) ++size;
  for (u32 i = 0; i < size && path[size] == 0; ++i) g_path[i] = path[i];
}

bool join_followed() noexcept {
  if (followed_process() != 0) return true;
  if (g_path[0] == 0 || g_refused.load() || this_process() != 0) return false;
  int joining = g_joining.load();
  const int pid = process_id();
  // Another thread is at it: what is done meanwhile is not watched.
  if (joining == pid || !g_joining.compare_exchange_strong(joining, pid)) return false;
  const bool joined = followed_process() != 0 || join_now();
  if (!joined) g_refused.store(true);
  g_joining.store(0);
  return joined;
}

u32 followed_stamp() noexcept { return tree_header()->stamp.load(); }

bool is_followed_tree() noexcept {
  const TreeHeader* const header = tree_header();
  return header != nullptr && header->stamp.load() != 0;
}

Wake look_at_followed(ThreadState* state, const FollowedWord& word) noexcept {
  if (!may_look(state)) return Wake::kLookAgain;
  const u32 token = word.token.load();
  const Wake seen = look_for_circle(state, word);
  // 0: it is free, or its holder is not watched, or has just got it.
  if (seen != Wake::kLookAgain || token == 0) return seen;
  return look_whether_it_lasts(state, word.object, &word,
                               [&] { return word.token.load() != token; });
}

Wake look_at_followed_permit(ThreadState* state, const std::atomic<u32>& permits) noexcept {
  if (!may_look(state)) return Wake::kLookAgain;
  if (options().on_deadlock != OnDeadlock::kThrow && is_stuck(followed_process()))
    end_process_after_deadlock();
  return look_whether_it_lasts(state, &permits, nullptr, [&] { return permits.load() != 0; });
}

}  // namespace gridlock::internal
