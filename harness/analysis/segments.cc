// SPDX-License-Identifier: Apache-2.0
#include "harness/analysis/segments.h"

namespace gridlock::internal {
namespace {

constexpr u32 kAnswers = 1u << 10;

GRIDLOCK_INLINE u32 object_of(u32 via) noexcept { return via & 0x7fffffffu; }

// The object that an answer depends on, as lock_order_types.h's cause_bit (which includes us).
GRIDLOCK_INLINE u64 bit_of(u32 object) noexcept {
  return object == 0 ? 0 : u64{1} << (mix(object) & 63);
}

}  // namespace

bool Segments::init(u32 capacity, u32 objects) noexcept {
  if (!table_.init(capacity) || !distrusted_.reserve(objects / 32 + 1) ||
      !answers_.reserve(kAnswers)) {
    return false;
  }
  answers_.resize(kAnswers);
  return true;
}

void Segments::release() noexcept {
  table_.release();
  distrusted_.release();
  answers_.release();
}

u32 Segments::size() const noexcept { return table_.size(); }
u32 Segments::dropped() const noexcept { return dropped_; }
u64 Segments::bytes() const noexcept {
  return u64{table_.size()} * sizeof(Segment) + kAnswers * sizeof(Answer);
}

SegmentId Segments::add(SegmentId before, SegmentId also_before, u32 via) noexcept {
  if (before == kUnknownSegment || also_before == kUnknownSegment) return kUnknownSegment;
  if (table_.full()) {
    ++dropped_;
    return kUnknownSegment;
  }
  const SegmentId id = table_.add();
  Segment& segment = at(id);
  segment.before = before;
  segment.also_before = also_before;
  segment.via = via;
  segment.tag = before != 0 ? at(before).tag : 0;
  segment.run = id;
  segment.last = id;
  // A stretch has one end: only its newest segment can be continued, or it would be a tree.
  if (also_before == 0 && before != 0 && at(at(before).run).last == before) {
    segment.run = at(before).run;
    at(segment.run).last = id;
  }
  if (also_before != 0 && via != 0) ++conditional_;
  return id;
}

SegmentId Segments::add_apart(SegmentId before, SegmentId also_before, u32 via) noexcept {
  const SegmentId id = add(before, also_before, via);
  if (id == kUnknownSegment) return id;
  Segment& segment = at(id);
  if (segment.run != id) at(segment.run).last = before;  // add() had continued that stretch
  segment.run = segment.last = id;
  segment.via |= kApart;
  return id;
}

void Segments::hear_instead(SegmentId segment, SegmentId also_before, u32 via) noexcept {
  if (segment == 0) return;
  at(segment).also_before = also_before;
  at(segment).via = via | kApart;
  if (also_before != 0) ++conditional_;
  ++version_;
}

void Segments::tag(SegmentId segment, u32 object) noexcept {
  if (segment != 0) at(segment).tag = object;
}

void Segments::distrust(u32 via) noexcept {
  if (via == 0 || distrusted(via)) return;
  if (via / 32 >= distrusted_.size() && !distrusted_.resize(via / 32 + 1)) return;
  distrusted_[via / 32] |= 1u << (via % 32);
  ++version_;
}

bool Segments::distrusted(u32 via) const noexcept {
  return via / 32 < distrusted_.size() && (distrusted_[via / 32] & (1u << (via % 32))) != 0;
}

bool Segments::trusted(const Segment& segment, bool conditional) const noexcept {
  const u32 object = object_of(segment.via);
  return segment.also_before != 0 && (object == 0 || (conditional && !distrusted(object)));
}

// A stretch that is entered at one of its segments is searched from its first: all between is
// before. The thread's own past comes first, newest to oldest, because only its own thread comes after
// what lies before a stretch that is apart.
bool Segments::search(SegmentId first, SegmentId second, bool conditional, u32* steps,
                      SegmentOrder* result) noexcept {
  ++search_;
  const SegmentId home = at(first).run;
  SegmentId stack = 0;
  SegmentId oldest = 0;
  for (SegmentId id = second; id >= first && *steps != 0; id = at(oldest).before) {
    const SegmentId run = at(id).run;
    if (run == home) return true;
    Segment& own = at(run);
    own.visited = own.asked = search_;
    own.link = own.seen_from = 0;
    (oldest == 0 ? stack : at(oldest).link) = run;
    oldest = run;
    --*steps;
  }
  while (stack != 0 && *steps != 0) {
    --*steps;
    const SegmentId run = stack;
    const Segment segment = at(run);
    stack = segment.link;
    const bool own_past_is_known = segment.asked == search_ || is_apart(segment);
    for (u32 kind = 0; kind < 2; ++kind) {
      if (kind == 0 ? own_past_is_known : !trusted(segment, conditional)) continue;
      const SegmentId id = kind == 0 ? segment.before : segment.also_before;
      const u32 through = kind == 0 ? 0 : object_of(segment.via);
      if (id < first) continue;
      const SegmentId next = at(id).run;
      if (id == first || next == home) {
        name_path(run, through, result);
        return true;
      }
      if (next <= first || at(next).visited == search_) continue;
      at(next).visited = search_;
      at(next).seen_from = run;
      at(next).seen_through = through;
      at(next).link = stack;
      stack = next;
    }
  }
  return false;
}

SegmentOrder Segments::any_ordered(const SegmentId* ids, u32 count, u32* steps) noexcept {
  SegmentOrder result{false, false, 0, 0};
  ++search_;
  SegmentId oldest = ~0u;
  SegmentId stack = 0;
  for (u32 i = 0; i < count; ++i) {
    if (ids[i] == 0) continue;
    if (is_forgotten(ids[i])) return {true, false, 0, 0};
    Segment& run = at(at(ids[i]).run);
    if (run.asked == search_ && run.asked_for != ids[i]) return {true, false, 0, 0};
    if (run.asked == search_) continue;
    run.visited = run.asked = search_;
    run.asked_for = ids[i];
    run.seen_from = 0;
    run.link = stack;
    stack = at(ids[i]).run;
    if (ids[i] < oldest) oldest = ids[i];
  }
  while (stack != 0 && *steps != 0) {
    --*steps;
    const SegmentId run = stack;
    const Segment segment = at(run);
    stack = segment.link;
    for (u32 kind = 0; kind < 2; ++kind) {
      const bool goes_on =
          kind == 0 ? !is_apart(segment) || segment.asked == search_ : trusted(segment, true);
      if (!goes_on) continue;
      const SegmentId id = kind == 0 ? segment.before : segment.also_before;
      const u32 through = kind == 0 ? 0 : object_of(segment.via);
      if (id < oldest) continue;
      Segment& next = at(at(id).run);
      if (next.asked == search_ && next.asked_for <= id) {
        result.ordered = true;
        name_path(run, through, &result);
        return result;
      }
      if (at(id).run < oldest || next.visited == search_) continue;
      next.visited = search_;
      next.seen_from = run;
      next.seen_through = through;
      next.link = stack;
      stack = at(id).run;
    }
  }
  result.ordered = result.undecided = stack != 0;
  return result;
}

// The objects along the way that the search came.
void Segments::name_path(SegmentId run, u32 through, SegmentOrder* result) noexcept {
  for (;;) {
    if (through != 0) result->through = through;
    result->causes |= bit_of(through);
    if (at(run).seen_from == 0) return;
    through = at(run).seen_through;
    run = at(run).seen_from;
  }
}

SegmentOrder Segments::order(SegmentId first, SegmentId second, u32* steps) noexcept {
  SegmentOrder result{false, false, 0, 0};
  if (first == 0 || second == 0 || (first >= second && first != kUnknownSegment)) return result;
  if (is_forgotten(first) || is_forgotten(second)) {
    result.ordered = true;
    return result;
  }
  Answer& known = answers_[static_cast<u32>(mix((u64{first} << 32) | second)) & (kAnswers - 1)];
  if (known.first == first && known.second == second && known.version >> 1 == version_) {
    result.ordered = (known.version & 1) != 0;
    result.through = known.through;
    result.causes = known.causes;
    return result;
  }
  result.ordered = search(first, second, false, steps, &result);
  if (!result.ordered && *steps != 0 && conditional_ != 0) {
    result.ordered = search(first, second, true, steps, &result);
  }
  if (!result.ordered && *steps == 0) {
    result.ordered = result.undecided = true;
    return result;
  }
  const u32 tag = at(first).tag;
  if (!result.ordered && tag != 0 && tag == at(second).tag && !distrusted(tag)) {
    result = {true, true, tag, bit_of(tag)};
    return result;
  }
  known.first = first;
  known.second = second;
  known.through = result.through;
  known.version = (version_ << 1) | (result.ordered ? 1u : 0u);
  known.causes = result.causes;
  return result;
}

bool Segments::ordered(SegmentId first, SegmentId second, u32* through) noexcept {
  u32 steps = ~0u;
  const SegmentOrder result = order(first, second, &steps);
  if (through != nullptr) *through = result.through;
  return result.ordered;
}

bool Segments::concurrent(SegmentId a, SegmentId b) noexcept {
  return a < b ? !ordered(a, b) : !ordered(b, a);
}

// What is left of the segment that `id` is, for who comes after it: itself, or what comes before it.
SegmentId Segments::kept_before(SegmentId id) noexcept {
  const Segment* const found = table_.find(id);
  if (found == nullptr) return 0;
  return found->asked_for == kDropped ? found->link : id;
}

// Only along the own life of a thread, and not far: what is not found stays, and is right.
bool Segments::is_in_past(SegmentId past, SegmentId id) noexcept {
  constexpr u32 kLooks = 16;
  for (u32 i = 0; i < kLooks && id >= past && id != 0; ++i) {
    if (id == past || at(id).run == at(past).run) return true;
    const Segment& first = at(at(id).run);
    if (is_apart(first)) return false;
    id = first.before;
  }
  return false;
}

// Nothing can be taken back any more that came of an object that is gone.
void Segments::settle(Segment& segment, const IdSet& gone) noexcept {
  const u32 object = object_of(segment.via);
  if (object != 0 && distrusted(object)) segment.also_before = 0;
  if (object != 0 && (gone.has(object) || segment.also_before == 0)) segment.via &= kApart;
  if (segment.tag != 0 && segment.tag < kRetiredTags && gone.has(segment.tag))
    segment.tag = distrusted(segment.tag) ? 0 : kRetiredTags | segment.tag;
}

void Segments::join_run(SegmentId id, Segment& segment) noexcept {
  segment.run = segment.last = id;
  if (is_apart(segment) || segment.also_before != 0 || segment.before == 0) return;
  const SegmentId run = at(segment.before).run;
  if (at(run).last != segment.before) return;
  segment.run = run;
  at(run).last = id;
}

// Oldest first, so that what a segment comes after has been decided. One that is not marked, and only comes after one
// other, in every schedule, stands for nothing that this one does not.
bool Segments::forget_unmarked(const IdSet& gone) noexcept {
  ++version_;
  table_.each([&](SegmentId id, Segment& segment) {
    const bool marked = segment.asked_for == kMarked;
    segment.asked_for = 0;
    segment.asked = segment.visited = 0;
    settle(segment, gone);
    segment.before = kept_before(segment.before);
    segment.also_before = kept_before(segment.also_before);
    const bool always = object_of(segment.via) == 0;
    if (segment.before != 0 && segment.also_before != 0 && !is_apart(segment) &&
        is_in_past(segment.also_before, segment.before)) {
      segment.also_before = segment.via = 0;
    }
    const bool needed = marked || is_apart(segment) || (!always && segment.also_before != 0) ||
                        (segment.before != 0 && segment.also_before != 0);
    if (needed) return join_run(id, segment);
    segment.asked_for = kDropped;
    segment.link = segment.before != 0 ? segment.before : segment.also_before;
  });
  const bool room = table_.age(
      [](SegmentId, const Segment& segment) noexcept { return segment.asked_for != kDropped; });
  if (!room) table_.each([](SegmentId, Segment& segment) { segment.asked_for = 0; });
  search_ = 0;
  return room;
}

void Segments::forget_object(u32 via) noexcept {
  if (distrusted(via)) distrusted_[via / 32] &= ~(1u << (via % 32));
}

}  // namespace gridlock::internal
