// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/core/run_id.h"

#include "harness/platform/futex.h"
#include "harness/platform/pages.h"
#include "harness/platform/privileges.h"
#include "harness/platform/raw_io.h"
#include "harness/platform/syscall.h"
#include "harness/runtime/core/options.h"

extern "C" char** environ;  // NOLINT(readability-redundant-declaration): libc's

namespace gridlock::internal {
namespace {

constexpr char kVariable[] = "GRIDLOCK_RUN";
constexpr u32 kVariableLength = sizeof kVariable - 1;
constexpr u32 kLongest = 64;
constexpr u32 kDigits = 16;

char g_setting[kVariableLength + 1 + kLongest + 1];  // "GRIDLOCK_RUN=ID", for the environment
constexpr char* kId = &g_setting[kVariableLength + 1];

// Nothing that JSON or a shell would have to escape.
bool is_part_of_an_id(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.' || c == ':';
}

// False, and no id, unless all of it is one.
bool take(const char* given) noexcept {
  u32 length = 0;
  for (; given[length] != 0; ++length) {
    if (length == kLongest || !is_part_of_an_id(given[length])) return false;
  }
  for (u32 i = 0; i <= length; ++i) kId[i] = given[i];
  return length != 0;
}

void make_new() noexcept {
  u64 number = 0;
  constexpr u64 kDoNotWait = 1;  // GRND_NONBLOCK
  if (raw_syscall(SYS_getrandom, as_argument(&number), sizeof number, kDoNotWait) !=
      static_cast<i64>(sizeof number))
    number = mix(now_ns() ^ mix(static_cast<u64>(process_id())));
  for (u32 i = 0; i < kDigits; ++i, number >>= 4) kId[i] = "0123456789abcdef"[number & 15];
  kId[kDigits] = 0;
}

bool is_ours(const char* setting) noexcept {
  for (u32 i = 0; i < kVariableLength; ++i) {
    if (setting[i] != kVariable[i]) return false;
  }
  return setting[kVariableLength] == '=';
}

// A new list with one more setting. The old one stays as it is: the program may have kept it, and libc
// frees only lists that it made itself.
void put_into_environment() noexcept {
  u32 count = 0;
  while (environ != nullptr && environ[count] != nullptr) ++count;
  auto** const list = static_cast<char**>(reserve_pages((u64{count} + 2) * sizeof(char*)));
  if (list == nullptr) return;
  u32 kept = 0;
  for (u32 i = 0; i < count; ++i) {
    if (!is_ours(environ[i])) list[kept++] = environ[i];
  }
  list[kept] = &g_setting[0];
  environ = list;
}

}  // namespace

void begin_run(bool hand_on) noexcept {
  for (u32 i = 0; i < kVariableLength; ++i) g_setting[i] = kVariable[i];
  g_setting[kVariableLength] = '=';
  const bool is_trusted = !has_more_rights_than_its_caller();
  if (is_trusted && take(find_variable(&kVariable[0]))) return;
  make_new();
  if (is_trusted && hand_on) put_into_environment();
}

void open_record(JsonWriter& json, const char* type, int pid) noexcept {
  json.open_object();
  json.text("record", type);
  json.number("pid", static_cast<u64>(pid));
  json.text("run", kId);
}

}  // namespace gridlock::internal
