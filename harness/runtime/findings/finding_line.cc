// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/findings/finding_line.h"

#include "harness/platform/futex.h"
#include "harness/platform/mutex_ranks.h"
#include "harness/platform/pages.h"
#include "harness/platform/raw_io.h"
#include "harness/runtime/core/options.h"
#include "harness/runtime/core/run_id.h"
#include "harness/runtime/findings/log.h"

namespace gridlock::internal {
namespace {

// Not asked for when the first finding is there: there may be no address space left by then.
constexpr u64 kBufferSize = 4u << 20;

constinit RawMutex& g_line_mutex =
    mutex_of(MutexRank::kLine);  // held while a FindingLine lives; guards what follows
char g_buffer[kBufferSize];
Mentioned g_mentioned;

constinit RawMutex& g_first_mutex = mutex_of(MutexRank::kFirst);
KeyMap g_keys;   // guarded by g_first_mutex
KeyMap g_alike;  // the same: how many were written of a kind at a place

bool first_time_locked(u64 key) noexcept {
  key |= 1;
  if (g_keys.find(key) != nullptr) return false;
  return g_keys.insert(key, 1);  // what cannot be remembered would be said without end
}

}  // namespace

const char* kind_name(Kind kind) noexcept {
  static constexpr const char* kNames[] = {
#define GRIDLOCK_FINDING_KIND(enumerator, name, title, source, meaning, fix) name,
#include <gridlock/finding_kinds.def>
#undef GRIDLOCK_FINDING_KIND
  };
  return kNames[static_cast<u8>(kind)];
}

FindingLine::FindingLine(Kind kind) noexcept : kind_(kind) {
  is_nested_ = g_line_mutex.is_mine();
  if (is_nested_) return;
  g_line_mutex.lock();
  g_mentioned.clear();
  json_.begin(&g_buffer[0], kBufferSize);
  open_record(json_, "finding", process_id());
  json_.text("kind", kind_name(kind));
}

FindingLine::~FindingLine() {
  if (is_nested_) return;
  if (!has_objects_) g_mentioned.describe(json_);
  json_.close_object();
  const u64 size = json_.end_line();
  append_finding(kind_, json_.data(), size);
  g_line_mutex.unlock();
}

Mentioned& FindingLine::mentioned() noexcept { return g_mentioned; }

bool init_finding_line() noexcept { return g_keys.prepare() && g_alike.prepare(); }

bool first_time(u64 key) noexcept {
  const RawGuard guard(g_first_mutex);
  return first_time_locked(key);
}

bool is_news(Kind kind, u64 place, u64 object) noexcept {
  const u64 key = (place ^ mix(static_cast<u8>(kind))) | 1;
  {
    const RawGuard guard(g_first_mutex);
    u32* const written = g_alike.find(key);
    if (written == nullptr || *written < options().max_alike) {
      if (!first_time_locked(place ^ mix((object << 8) | static_cast<u8>(kind)))) return false;
      if (written != nullptr) {
        ++*written;
      } else {
        g_alike.insert(key, 1);
      }
      return true;
    }
  }
  leave_out(kind);
  return false;
}

}  // namespace gridlock::internal
