// SPDX-License-Identifier: Apache-2.0
//
// ThreadSanitizer prints a report piece by piece, and hands each piece to __sanitizer_on_print. It prints
// one report at a time; other pieces come from other threads, or between two reports.
//
// Linked as an object, as tsan_hook.cc is, because the sanitizers define the function weakly.
#include "harness/runtime/findings/tsan_text.h"

#include <atomic>

#include "harness/platform/raw_io.h"
#include "harness/platform/utf8.h"

namespace gridlock::internal {
namespace {

constexpr u32 kMaxText = 64 * 1024;
constexpr const char* kBegin = "WARNING: ThreadSanitizer";
constexpr const char* kEnd = "SUMMARY: ThreadSanitizer";
constexpr const char* kGlobal = "Location is global '";

char g_text[kMaxText];
u32 g_size = 0;
std::atomic<int> g_writer{0};  // the thread whose report it is; 0: none
bool g_complete = false;

bool starts_with(const char* text, const char* beginning) noexcept {
  while (*beginning != 0) {
    if (*text++ != *beginning++) return false;
  }
  return true;
}

// The rest of the line behind the first `what` in it; nullptr if it is not there.
const char* behind(const char* line, const char* what) noexcept {
  for (; *line != 0 && *line != '\n'; ++line) {
    if (starts_with(line, what)) return line + length_of(what);
  }
  return nullptr;
}

const char* next_line(const char* line) noexcept {
  while (*line != 0 && *line != '\n') ++line;
  return *line == 0 ? line : line + 1;
}

// "  Write of size 4 at 0x10 by thread T1:", "  Previous atomic read of size 8 ...". The memory is
// described in the same way, further down.
bool is_access(const char* line) noexcept {
  if (line[0] != ' ' || line[1] != ' ' || line[2] == ' ' || starts_with(line + 2, "Location"))
    return false;
  const char* const rest = behind(line, " of size ");
  return rest != nullptr && behind(rest, " by ") != nullptr;
}

// "write M0, read M2)"
bool read_mutexes(const char* at, PrintedHolds& holds) noexcept {
  for (;;) {
    const bool write = starts_with(at, "write M");
    if (!write && !starts_with(at, "read M")) return false;
    at += length_of(write ? "write M" : "read M");
    u64 number = 0;
    if (*at < '0' || *at > '9' || holds.count == PrintedHolds::kMax) return false;
    while (*at >= '0' && *at <= '9') number = number * 10 + static_cast<u64>(*at++ - '0');
    holds.mutexes[holds.count++] = {number, write};
    if (*at == ')') return true;
    if (!starts_with(at, ", ")) return false;
    at += 2;
  }
}

}  // namespace

const char* take_printed_report() noexcept {
  if (!g_complete || g_writer.load(std::memory_order_relaxed) != thread_os_id()) return "";
  g_complete = false;
  g_writer.store(0, std::memory_order_relaxed);
  return &g_text[0];
}

PrintedHolds printed_holds(const char* report, u32 index) noexcept {
  PrintedHolds holds;
  for (const char* line = report; *line != 0; line = next_line(line)) {
    if (!is_access(line) || index-- != 0) continue;
    const char* const mutexes = behind(line, " (mutexes: ");
    holds.known = mutexes == nullptr || read_mutexes(mutexes, holds);
    return holds;
  }
  return holds;
}

void printed_global(const char* report, char* name, u32 size) noexcept {
  name[0] = 0;
  for (const char* line = report; *line != 0; line = next_line(line)) {
    const char* const begin = behind(line, kGlobal);
    if (begin == nullptr) continue;
    // A name may have a quotation mark in it: a lambda's or a template's.
    u32 length = 0;
    for (const char* end = begin; (end = behind(end, "'")) != nullptr;) {
      if (starts_with(end, " of size ") || starts_with(end, " at 0x"))
        length = static_cast<u32>(end - begin) - 1;
    }
    if (length >= size || starts_with(begin, "??") || starts_with(begin, "<null>")) return;
    for (u32 i = 0; i < length; ++i) name[i] = begin[i];
    name[length] = 0;
    return;
  }
}

}  // namespace gridlock::internal

// NOLINTNEXTLINE(readability-identifier-naming,bugprone-reserved-identifier): the sanitizers' name
extern "C" __attribute__((visibility("default"), used)) void __sanitizer_on_print(
    const char* text) {
  using namespace gridlock::internal;  // NOLINT(google-build-using-namespace): one function
  if (starts_with(text, kBegin)) {
    g_size = 0;
    g_complete = false;
    g_writer.store(thread_os_id(), std::memory_order_relaxed);
  } else if (g_complete || g_writer.load(std::memory_order_relaxed) != thread_os_id()) {
    return;
  }
  constexpr char kEscape = 27;  // a colour
  if (text[0] == kEscape) return;
  g_complete = starts_with(text, kEnd);
  for (; *text != 0 && g_size + 1 < kMaxText; ++text) g_text[g_size++] = *text;
  if (*text != 0) g_size = static_cast<u32>(without_cut_character(&g_text[0], g_size));
  g_text[g_size] = 0;
}
