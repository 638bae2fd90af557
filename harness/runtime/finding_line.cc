// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/finding_line.h"

#include "harness/platform/futex.h"
#include "harness/platform/pages.h"
#include "harness/platform/raw_io.h"
#include "harness/runtime/fork.h"
#include "harness/runtime/log.h"

namespace gridlock::internal {
namespace {

constexpr u64 kBufferSize = 4u << 20;

RawMutex g_line_mutex;  // held while a FindingLine lives; guards what follows
char* g_buffer = nullptr;
Mentioned g_mentioned;

RawMutex g_first_mutex;
KeyMap g_keys;  // guarded by g_first_mutex

}  // namespace

const char* kind_name(Kind kind) noexcept {
  static constexpr const char* kNames[] = {
#define GRIDLOCK_FINDING_KIND(enumerator, name, title, source, meaning, fix) name,
#include <gridlock/finding_kinds.def>
#undef GRIDLOCK_FINDING_KIND
  };
  return kNames[static_cast<u8>(kind)];
}

FindingLine::FindingLine(Kind kind) noexcept {
  g_line_mutex.lock();
  if (g_buffer == nullptr) g_buffer = static_cast<char*>(reserve_pages(kBufferSize));
  g_mentioned.clear();
  json_.begin(g_buffer, g_buffer != nullptr ? kBufferSize : 0);
  json_.open_object();
  json_.text("record", "finding");
  json_.number("pid", static_cast<u64>(process_id()));
  json_.text("kind", kind_name(kind));
}

FindingLine::~FindingLine() {
  if (!has_objects_) g_mentioned.describe(json_);
  json_.close_object();
  const u64 size = json_.end_line();
  append_to_log(json_.data(), size, true);
  g_line_mutex.unlock();
}

Mentioned& FindingLine::mentioned() noexcept { return g_mentioned; }

bool first_time(u64 key) noexcept {
  key |= 1;
  const RawGuard guard(g_first_mutex);
  if (g_keys.find(key) != nullptr) return false;
  g_keys.insert(key, 1);
  return true;
}

RawMutex& line_mutex() noexcept { return g_line_mutex; }

RawMutex& first_mutex() noexcept { return g_first_mutex; }

}  // namespace gridlock::internal
