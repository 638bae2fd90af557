// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/findings/start_record.h"

#include <fcntl.h>

#include "harness/platform/proc.h"
#include "harness/platform/syscall.h"
#include "harness/platform/utf8.h"

namespace gridlock::internal {
namespace {

constexpr u32 kMaxBytes = 2048;

}  // namespace

void write_command(JsonWriter& json) noexcept {
  char text[kMaxBytes];
  const i64 length = raw_syscall(SYS_readlinkat, AT_FDCWD, as_argument("/proc/self/exe"),
                                 as_argument(&text[0]), sizeof text - 1);
  if (length > 0) {
    text[length] = 0;
    json.text("program", &text[0]);
  }
  // Each argument ends with a zero. read_file() puts one behind what it has read.
  const i64 size = read_file("/proc/self/cmdline", &text[0], sizeof text);
  const bool is_cut = size + 1 >= static_cast<i64>(kMaxBytes);
  if (is_cut) text[without_cut_character(&text[0], static_cast<u64>(size))] = 0;
  i64 at = 0;
  while (at < size && text[at] != 0) ++at;  // the program's own name
  if (++at >= size) return;
  json.open_array("arguments");
  while (at < size) {
    json.text(nullptr, &text[at]);
    while (at < size && text[at] != 0) ++at;
    ++at;
  }
  if (is_cut) json.text(nullptr, "...");
  json.close_array();
}

}  // namespace gridlock::internal
