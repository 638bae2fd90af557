// SPDX-License-Identifier: Apache-2.0
#include "harness/tsan_abi/watching.h"

namespace gridlock::internal::controlled {
namespace {

void put(Records& records, const char* text, u64 size) noexcept {
  for (u64 i = 0; i < size; ++i) records.text[records.size++] = text[i];
  records.text[records.size++] = 0;
}

}  // namespace

const Watching* g_watching = nullptr;

void keep_record(Records& records, const char* kind, const char* text, u32 text_size,
                 const char* line, u64 line_size) noexcept {
  u32 kind_size = 0;
  while (kind[kind_size] != 0) ++kind_size;
  const u64 room = sizeof records.text - records.size;
  if (u64{text_size} + kind_size + 3 > room) return;
  if (line_size + text_size + kind_size + 3 > room) line_size = 0;
  put(records, kind, kind_size);
  put(records, text, text_size);
  put(records, line, line_size);
}

}  // namespace gridlock::internal::controlled
