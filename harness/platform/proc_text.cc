// SPDX-License-Identifier: Apache-2.0
#include "harness/platform/proc_text.h"

#include <signal.h>

#include "harness/platform/syscall.h"

namespace gridlock::internal {
namespace {

// The name of a process may contain blanks and brackets; what follows the last one does not.
const char* behind_name(const char* stat) noexcept {
  const char* last = nullptr;
  for (; *stat != 0; ++stat) {
    if (*stat == ')') last = stat + 1;
  }
  return last;
}

// Field 4 of /proc/PID/stat and on, counted from 1 as in proc(5); `state` is field 3.
u64 field_of(const char* state, u32 field) noexcept {
  const char* at = state;
  for (u32 n = 3; n < field && *at != 0; ++at) n += *at == ' ' ? 1 : 0;
  return take_number(at);
}

// A process that handles every signal of that kind (as sort does) only cleans up when it is ended.
bool handles_alarms(u64 caught) noexcept {
  constexpr u64 kAlarm = u64{1} << (SIGALRM - 1);
  constexpr u64 kOthers =
      u64{1} << (SIGPOLL - 1) | u64{1} << (SIGPROF - 1) | u64{1} << (SIGVTALRM - 1);
  return (caught & kAlarm) != 0 && (caught & kOthers) != kOthers;
}

}  // namespace

const char* skip_blanks(const char* at) noexcept {
  while (*at == ' ' || *at == '\t') ++at;
  return at;
}

u64 take_number(const char*& at) noexcept {
  at = skip_blanks(at);
  u64 value = 0;
  for (; is_digit(*at); ++at) value = value * 10 + static_cast<u64>(*at - '0');
  return value;
}

u64 take_hex(const char*& at) noexcept {
  u64 value = 0;
  for (at = skip_blanks(at);; ++at) {
    if (is_digit(*at)) {
      value = value * 16 + static_cast<u64>(*at - '0');
    } else if (*at >= 'a' && *at <= 'f') {
      value = value * 16 + static_cast<u64>(*at - 'a' + 10);
    } else {
      return value;
    }
  }
}

const char* behind(const char* text, const char* word) noexcept {
  for (; *text != 0; ++text) {
    u32 same = 0;
    while (word[same] != 0 && text[same] == word[same]) ++same;
    if (word[same] == 0) return text + same;
  }
  return nullptr;
}

ProcStatus parse_stat(const char* text) noexcept {
  ProcStatus facts;
  const char* at = behind_name(text);
  if (at == nullptr) return facts;
  at = skip_blanks(at);
  facts.state = *at;
  facts.parent = static_cast<int>(field_of(at, 4));
  facts.session = static_cast<int>(field_of(at, 6));
  facts.threads = static_cast<u32>(field_of(at, 20));
  facts.start_time = field_of(at, 22);
  facts.wait_status = static_cast<int>(field_of(at, 52));
  return facts;
}

ThreadCounts parse_status(const char* text) noexcept {
  const char* of_itself = behind(text, "\nvoluntary_ctxt_switches:");
  const char* forced = behind(text, "nonvoluntary_ctxt_switches:");
  const char* caught = behind(text, "SigCgt:");
  if (of_itself == nullptr || forced == nullptr || caught == nullptr) return {};
  const u64 switches = take_number(of_itself) + take_number(forced);
  return {true, switches, handles_alarms(take_hex(caught))};
}

SystemCall parse_syscall(const char* text) noexcept {
  SystemCall sleep;
  if (!is_digit(*text)) return sleep;
  const char* at = text;
  sleep.sleeps = true;
  sleep.call = static_cast<i64>(take_number(at));
  for (u64& argument : sleep.arguments) {
    at = skip_blanks(at);
    if (at[0] != '0' || at[1] != 'x') break;
    at += 2;
    argument = take_hex(at);
  }
  return sleep;
}

SleepsIn kind_of_sleep(const SystemCall& sleep) noexcept {
  switch (sleep.call) {
    case SYS_nanosleep:
    case SYS_clock_nanosleep:
    case SYS_restart_syscall:
      return SleepsIn::kPause;
    case SYS_futex:
      return sleep.arguments[3] == 0 ? SleepsIn::kFutex : SleepsIn::kPause;
    default:
      return sleep.sleeps ? SleepsIn::kCall : SleepsIn::kNowhere;
  }
}

u64 pipe_of_link(const char* target) noexcept {
  if (target[0] != 'p') return 0;
  const char* inode = behind(target, "pipe:[");
  return inode != nullptr ? take_number(inode) : 0;
}

Mapping parse_mapping(const char* line) noexcept {
  Mapping mapping;
  mapping.first = take_hex(line);
  if (*line != '-') return {};
  ++line;
  mapping.last = take_hex(line);
  line = skip_blanks(line);
  char rights[4] = {};
  for (u32 i = 0; i < 4 && line[i] != 0; ++i) rights[i] = line[i];
  mapping.writable = rights[1] == 'w';
  mapping.shared = rights[3] == 's';
  for (u32 blanks = 0; blanks < 3 && *line != 0; ++line) {
    if (*line == ' ') ++blanks;
  }
  mapping.from_file = *line != '0';
  return mapping;
}

}  // namespace gridlock::internal
