// SPDX-License-Identifier: Apache-2.0
#include "harness/schedule/replay.h"

namespace gridlock::internal::controlled {
namespace {

constexpr char kVersion[] = "gl1";
constexpr char kDigits[] = "0123456789abcdef";

struct Writer {
  char* out;
  u32 size = 0;

  void text(const char* what) noexcept {
    for (; *what != 0; ++what) out[size++] = *what;
  }
  void hex(u64 value, u32 digits) noexcept {
    for (u32 i = digits; i-- > 0;) out[size++] = kDigits[(value >> (4 * i)) & 15];
  }
  void decimal(u64 value) noexcept {
    char digits[20];
    u32 n = 0;
    do {
      digits[n++] = kDigits[value % 10];
      value /= 10;
    } while (value != 0);
    while (n > 0) out[size++] = digits[--n];
  }
};

u32 checksum(const char* text, u32 size) noexcept {
  u64 sum = size;
  for (u32 i = 0; i < size; ++i) sum = mix(sum ^ static_cast<u8>(text[i]));
  return static_cast<u32>(sum & 0xffff);
}

struct Reader {
  const char* at;
  const char* end;

  bool take(char c) noexcept {
    if (at == end || *at != c) return false;
    ++at;
    return true;
  }
  bool hex(u32 digits, u64& value) noexcept {
    value = 0;
    for (u32 i = 0; i < digits; ++i, ++at) {
      if (at == end) return false;
      u32 digit = 0;
      while (digit < 16 && kDigits[digit] != *at) ++digit;
      if (digit == 16) return false;
      value = value << 4 | digit;
    }
    return true;
  }
  bool decimal(u64 most, u64& value) noexcept {
    const char* const begin = at;
    value = 0;
    for (; at != end && *at >= '0' && *at <= '9'; ++at) {
      value = value * 10 + static_cast<u64>(*at - '0');
      if (value > most) return false;
    }
    return at != begin;
  }
};

bool read_turns(Reader& in, Schedule& schedule) noexcept {
  Settings& settings = schedule.settings;
  settings.kind = StrategyKind::kTurns;
  while (in.take('.')) {
    u64 thread = 0;
    u64 position = 0;
    u64 value = 0;
    if (settings.turn_count == kMaxTurns || !in.decimal(kMaxThreads - 1, thread) || !in.take('-') ||
        !in.decimal(0xffffffff, position) || !in.take('-') || !in.decimal(0xffff, value)) {
      return false;
    }
    schedule.turns[settings.turn_count++] = {static_cast<ThreadNumber>(thread),
                                             static_cast<u16>(value), static_cast<u32>(position)};
  }
  return true;
}

bool read_strategy(Reader& in, Schedule& schedule) noexcept {
  Settings& settings = schedule.settings;
  if (in.take('x')) return read_turns(in, schedule);
  if (in.take('y')) {
    settings.precise = true;
    return read_turns(in, schedule);
  }
  if (in.take('r')) {
    settings.kind = StrategyKind::kRandomWalk;
    return true;
  }
  if (in.take('o')) {
    settings.kind = StrategyKind::kPos;
    return true;
  }
  u64 depth = 0;
  u64 length = 0;
  if (!in.take('c') || !in.decimal(kMaxDepth, depth) || !in.take('.') ||
      !in.decimal(0xffffffff, length) || depth == 0 || length == 0) {
    return false;
  }
  settings.kind = StrategyKind::kPct;
  settings.depth = static_cast<u32>(depth);
  settings.length = static_cast<u32>(length);
  return true;
}

bool read_points(Reader& in, Schedule& schedule) noexcept {
  if (in.take('a')) {
    schedule.points = PointKind::kAll;
    return true;
  }
  if (in.take('s')) {
    schedule.points = PointKind::kSynchronization;
    return true;
  }
  if (!in.take('l')) return false;
  schedule.points = PointKind::kLearned;
  while (in.take('.')) {
    u64 site = 0;
    if (schedule.site_count == kMaxSites || !in.hex(4, site)) return false;
    schedule.sites[schedule.site_count++] = static_cast<u16>(site);
  }
  return true;
}

bool read_steered(Reader& in, SteeredCycle& cycle) noexcept {
  while (in.take('+')) {
    if (cycle.edges == SteeredCycle::kEdges) return false;
    SteeredCycle::Edge& edge = cycle.edge[cycle.edges++];
    u64 offset = 0;
    if (!in.hex(8, offset)) return false;
    edge.held = static_cast<u32>(offset);
    while (in.take('.')) {
      if (edge.count == SteeredCycle::kPlaces || !in.hex(8, offset)) return false;
      edge.wanted[edge.count++] = static_cast<u32>(offset);
    }
  }
  return true;
}

}  // namespace

u32 write_replay(const Schedule& schedule, char (&out)[kReplaySize]) noexcept {
  Writer writer{out};
  writer.text(kVersion);
  switch (schedule.settings.kind) {
    case StrategyKind::kRandomWalk:
    case StrategyKind::kPostpone:  // these have turns before they are written
    case StrategyKind::kSurw:
      writer.text(":r:");
      break;
    case StrategyKind::kPos:
      writer.text(":o:");
      break;
    case StrategyKind::kPct:
      writer.text(":c");
      writer.decimal(schedule.settings.depth);
      writer.text(".");
      writer.decimal(schedule.settings.length);
      writer.text(":");
      break;
    case StrategyKind::kTurns:
      writer.text(schedule.settings.precise ? ":y" : ":x");
      for (u32 i = 0; i < schedule.settings.turn_count && i < kMaxTurns; ++i) {
        const Turn& turn = schedule.settings.turns[i];
        writer.text(".");
        writer.decimal(turn.thread);
        writer.text("-");
        writer.decimal(turn.position);
        writer.text("-");
        writer.decimal(turn.value);
      }
      writer.text(":");
  }
  writer.hex(schedule.settings.seed, 16);
  switch (schedule.points) {
    case PointKind::kAll:
      writer.text(":a");
      break;
    case PointKind::kSynchronization:
      writer.text(":s");
      break;
    case PointKind::kLearned:
      writer.text(":l");
      for (u32 i = 0; i < schedule.site_count && i < kMaxSites; ++i) {
        writer.text(".");
        writer.hex(schedule.sites[i], 4);
      }
  }
  writer.text(schedule.spurious ? ":w" : ":-");
  if (schedule.weak) writer.text("m");
  if (schedule.endless) writer.text("e");
  if (schedule.has_build) {
    writer.text("b");
    writer.hex(schedule.build, 4);
  }
  for (u32 i = 0; i < schedule.steered.edges; ++i) {
    const SteeredCycle::Edge& edge = schedule.steered.edge[i];
    writer.text("+");
    writer.hex(edge.held, 8);
    for (u32 place = 0; place < edge.count; ++place) {
      writer.text(".");
      writer.hex(edge.wanted[place], 8);
    }
  }
  writer.text(":");
  writer.decimal(schedule.steps);
  writer.text(":");
  writer.hex(schedule.hash, 16);
  for (u32 i = 0; i < schedule.mark_count && i < kMostMarks; ++i) {
    writer.text(".");
    writer.hex(schedule.marks[i], 2);
  }
  const u32 sum = checksum(out, writer.size);
  writer.text(":");
  writer.hex(sum, 4);
  out[writer.size] = 0;
  return writer.size;
}

const char* read_replay(const char* text, Schedule& schedule) noexcept {
  if (text == nullptr) return "nothing is there";
  const u32 size = length_of(text, kReplaySize);
  if (size == kReplaySize) return "it is too long";
  Reader in{text, text + size};
  for (const char* c = kVersion; *c != 0; ++c) {
    if (!in.take(*c)) return "it does not begin with gl1, the version that this library reads";
  }
  if (!in.take(':')) return "it does not begin with gl1:, the version that this library reads";
  u64 sum = 0;
  Reader last{text + size - (size < 5 ? size : 5), text + size};
  if (!last.take(':') || !last.hex(4, sum)) return "its end is missing";
  if (sum != checksum(text, size - 5))
    return "its checksum is wrong: a character is missing or changed";
  Schedule read;
  in.end -= 5;
  if (!read_strategy(in, read))
    return "its strategy is none of r, o, cDEPTH.LENGTH, x.TURN..., y.TURN...";
  if (!in.take(':') || !in.hex(16, read.settings.seed)) return "its seed is no number of 16 digits";
  if (!in.take(':') || !read_points(in, read)) return "its points are none of a, s, l.SITE...";
  if (!in.take(':')) return "it ends behind its points";
  read.spurious = in.take('w');
  if (!read.spurious && !in.take('-')) return "there is neither w nor - behind its points";
  read.weak = in.take('m');
  read.endless = in.take('e');
  u64 build = 0;
  read.has_build = in.take('b');
  if (read.has_build && !in.hex(4, build)) return "behind its b there is no number of 4 digits";
  read.build = static_cast<u16>(build);
  if (!read_steered(in, read.steered)) return "the cycle that it is steered to is none";
  if (!in.take(':') || !in.decimal(~u64{0} / 10 - 1, read.steps)) return "its steps are no number";
  if (!in.take(':') || !in.hex(16, read.hash)) return "its hash is no number of 16 digits";
  while (in.take('.')) {
    u64 mark = 0;
    if (read.mark_count == kMostMarks || !in.hex(2, mark)) return "its marks are no numbers";
    read.marks[read.mark_count++] = static_cast<u8>(mark);
  }
  if (in.at != in.end) return "there is something behind its hash";
  schedule = read;
  bind_turns(schedule);
  return nullptr;
}

}  // namespace gridlock::internal::controlled
