// SPDX-License-Identifier: Apache-2.0
//
// Pairs as a graph without cycles (a pair that would close one is refused). A request of `object`
// under `held` is wrong if `object` reaches `held`. Declarations are few and asked only about
// nestings that are new, so a plain search will do.
#include "harness/runtime/declared_order.h"

#include "harness/platform/mutex_ranks.h"
#include "harness/platform/pages.h"
#include "harness/platform/utf8.h"
#include "harness/runtime/call_sites.h"
#include "harness/runtime/declare.h"
#include "harness/runtime/findings.h"
#include "harness/runtime/order.h"
#include "harness/runtime/runtime.h"

namespace gridlock::internal {

std::atomic<u32> g_declared_pairs{0};

namespace {

constexpr u32 kMostPairs = 1u << 16;

struct Pair {
  ObjectId earlier;
  ObjectId later;
  CallSite where;
  u32 next_out;  // index + 1 of the next pair with the same `earlier`
  u32 reached;   // == g_search when the search came here
  u32 parent;    // index + 1 of the pair before it on the way
};

constexpr RawMutex& g_mutex = mutex_of(MutexRank::kDeclared);  // guards what follows
Table<Pair> g_pairs;
Table<u32> g_queue;
KeyMap g_first_out;  // object -> index + 1
u32 g_search = 0;

void push_out(ObjectId from, u32 parent) noexcept {
  const u32* const first = g_first_out.find(from);
  for (u32 at = first == nullptr ? 0 : *first; at != 0; at = g_pairs[at - 1].next_out) {
    if (g_pairs[at - 1].reached == g_search) continue;
    g_pairs[at - 1].reached = g_search;
    g_pairs[at - 1].parent = parent;
    g_queue[g_queue.add()] = at;
  }
}

// Index + 1 of the last pair of the shortest way, 0 if there is none.
u32 way(ObjectId from, ObjectId to) noexcept {
  ++g_search;
  g_queue.resize(0);
  push_out(from, 0);
  for (u32 i = 0; i < g_queue.size(); ++i) {
    const u32 at = g_queue[i];
    if (g_pairs[at - 1].later == to) return at;
    push_out(g_pairs[at - 1].later, at);
  }
  return 0;
}

class Words {
 public:
  Words(char* out, u32 size) noexcept : out_(out), size_(size) { out_[0] = 0; }
  Words& text(const char* text) noexcept {
    for (; *text != 0; ++text) put(*text);
    return *this;
  }
  Words& object(ObjectId object) noexcept {
    const ObjectInfo& info = object_info(object);
    if (info.name != 0) text(name_text(info.name)).text(" (");
    put(type_letter(info.type));
    char digits[12];
    u32 count = 0;
    for (u32 n = info.number; n != 0; n /= 10) digits[count++] = static_cast<char>('0' + n % 10);
    while (count > 0) put(digits[--count]);
    if (info.name != 0) put(')');
    return *this;
  }

 private:
  void put(char c) noexcept {
    if (at_ + 1 < size_ && !full_) {
      out_[at_++] = c;
    } else if (!full_) {
      full_ = true;
      at_ = static_cast<u32>(without_cut_character(out_, at_));
    }
    out_[at_] = 0;
  }
  char* out_;
  u32 size_;
  u32 at_ = 0;
  bool full_ = false;
};

constexpr u32 kMostSteps = 16;  // of a way, shown in one finding

// The pairs that make it so, from `object` on.
struct Reason {
  Pair steps[kMostSteps];
  u32 count;
};

void find_reason(ObjectId object, ObjectId held, Reason& reason) noexcept {
  const RawGuard guard(g_mutex);
  reason.count = 0;
  u32 at = way(object, held);
  for (; at != 0 && reason.count < kMostSteps; at = g_pairs[at - 1].parent)
    reason.steps[reason.count++] = g_pairs[at - 1];
}

void report(ThreadState* state, ObjectId object, const Held& held, const Reason& reason) noexcept {
  uptr frames[kStackLimit];
  const CurrentStack here{&frames[0], unwind_stack(&frames[0], options().stack_depth, 1)};
  u64 key = mix((u64{object} << 32) | held.object) ^ static_cast<u8>(Kind::kDeclaredOrder);
  for (u32 i = 0; i < here.size; ++i) key = mix(key ^ here.frames[i]);
  if (!first_time(key)) return;
  FindingLine line(Kind::kDeclaredOrder);
  JsonWriter& json = line.json();
  line.mentioned().add(held.object);
  line.mentioned().add(object);
  json.open_array("edges");
  json.open_object();
  write_object_id(json, "from", held.object);
  write_object_id(json, "to", object);
  write_thread_id(json, "thread", state->number);
  write_held_stack(json, "held_stack", state, held.object);
  const Held& prepared = *state->next_held;  // of the request itself
  const CallSite site = has_site(prepared) ? site_of(prepared) : CallSite{};
  write_stack(json, "wanted_stack", here.frames, here.size, has_site(prepared) ? &site : nullptr);
  json.close_object();
  json.close_array();
  json.open_array("threads");
  write_thread(json, state, line.mentioned(), here);
  json.close_array();
  json.open_array("locations");
  for (u32 i = reason.count; i > 0; --i) {
    const Pair& pair = reason.steps[i - 1];
    char words[640];
    Words(&words[0], sizeof words).object(pair.earlier).text(" before ").object(pair.later);
    json.open_object();
    json.text("type", "declaration");
    json.text("name", &words[0]);
    write_stack(json, "allocated", nullptr, 0, &pair.where);
    json.close_object();
  }
  json.close_array();
}

}  // namespace

bool declare_before(Core& earlier, ObjectType earlier_type, Core& later, ObjectType later_type,
                    CallSite where, char* why, u32 why_size) noexcept {
  const ObjectId first = id_of(earlier, earlier_type);
  const ObjectId second = id_of(later, later_type);
  if (first == 0 || second == 0) return true;  // reported as out of space
  const CallSite kept = keep_site(where);
  bool full = false;
  {
    const RawGuard guard(g_mutex);
    if (g_pairs.data() == nullptr && g_pairs.reserve(kMostPairs)) g_queue.reserve(kMostPairs);
    if (first == second || way(second, first) != 0) {
      Words(why, why_size)
          .text("gridlock: ")
          .object(first)
          .text(" cannot come before ")
          .object(second)
          .text(first == second ? ": it is the same lock"
                                : ": the opposite was declared or follows from what was declared");
      return false;
    }
    full = g_pairs.full() || g_queue.data() == nullptr;
    if (!full) {
      const u32* const known = g_first_out.find(first);
      const u32 index = g_pairs.add();
      g_pairs[index] = {first, second, kept, known == nullptr ? 0 : *known, 0, 0};
      if (u32* const slot = g_first_out.find(first)) {
        *slot = index + 1;
      } else {
        full = !g_first_out.insert(first, index + 1);
      }
      g_declared_pairs.store(g_pairs.size(), std::memory_order_release);
    }
  }
  if (full) report_capacity("declared order: 65536 pairs");
  forget_seen_order();  // nestings that were fine before may not be so now
  return true;
}

void report_against_declared(ThreadState* state, ObjectId object) noexcept {
  state->in_runtime = true;
  for (u32 i = 0; i < held_count(state); ++i) {
    const Held& held = state->held[i];
    if (is_permit(held) || held.object == 0 || held.object == object) continue;
    Reason reason;
    find_reason(object, held.object, reason);
    if (reason.count != 0) report(state, object, held, reason);
  }
  state->in_runtime = false;
}

bool declare_pair(const LockRef& earlier, const LockRef& later, char* why, u32 size) noexcept {
  return declare_before(earlier.core(), earlier.type(), later.core(), later.type(), later.where(),
                        why, size);
}

}  // namespace gridlock::internal
