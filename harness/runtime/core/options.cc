// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/core/options.h"

#include "harness/platform/privileges.h"
#include "harness/platform/raw_io.h"
#include "harness/platform/utf8.h"
#include "harness/runtime/core/host.h"

extern "C" char** environ;  // NOLINT(readability-redundant-declaration): libc's

namespace gridlock::internal {
namespace {

Options g_options;

struct Piece {  // of the variable's text
  const char* text;
  u32 length;
};

[[noreturn]] void refuse(const char* what, Piece piece) noexcept {
  say("gridlock: GRIDLOCK_OPTIONS: ");
  say(what);
  say(" '");
  say_shown(piece.text, piece.length);
  say("'\n");
  exit_now(2);
}

bool is(Piece piece, const char* text) noexcept {
  return piece.length == length_of(text) && same_text(piece.text, text, piece.length);
}

void read_value(Piece value, u32& number) noexcept {
  u64 result = 0;
  for (u32 i = 0; i < value.length; ++i) {
    const char c = value.text[i];
    if (c < '0' || c > '9') refuse("not a number:", value);
    result = result * 10 + static_cast<u64>(c - '0');
    if (result > ~u32{0}) refuse("number too large:", value);
  }
  if (value.length == 0) refuse("not a number:", value);
  number = static_cast<u32>(result);
}

void read_value(Piece value, bool& flag) noexcept {
  if (!is(value, "0") && !is(value, "1")) refuse("neither 0 nor 1:", value);
  flag = value.text[0] == '1';
}

void read_value(Piece value, Options::Text& text) noexcept {
  if (value.length >= sizeof text.value) refuse("text too long:", value);
  for (u32 i = 0; i < value.length; ++i) text.value[i] = value.text[i];
  text.value[value.length] = 0;
}

void read_value(Piece value, OnDeadlock& on_deadlock) noexcept {
  if (is(value, "report")) {
    on_deadlock = OnDeadlock::kReport;
  } else if (is(value, "throw")) {
    on_deadlock = OnDeadlock::kThrow;
  } else if (is(value, "abort")) {
    on_deadlock = OnDeadlock::kAbort;
  } else {
    refuse("neither report nor throw nor abort:", value);
  }
}

void set_default(bool& option, int value) noexcept { option = value != 0; }
void set_default(u32& option, u32 value) noexcept { option = value; }
void set_default(OnDeadlock& option, OnDeadlock value) noexcept { option = value; }
void set_default(Options::Text& option, const char* value) noexcept {
  read_value({value, length_of(value)}, option);
}

void read_one(Options& options, Piece name, Piece value) noexcept {
  if (is(name, "log_path")) options.log_path_given = true;
  if (is(name, "exit_code")) options.exit_code_given = true;
#define GRIDLOCK_OPTION(type, option, default_value, description) \
  if (is(name, #option)) return read_value(value, options.option);
#include <gridlock/options.def>
#undef GRIDLOCK_OPTION
  refuse("unknown option", name);
}

void check_range(u64 value, u64 lowest, u64 highest, const char* complaint,
                 const char* name) noexcept {
  if (value < lowest || value > highest) refuse(complaint, {name, length_of(name)});
}

void check(const Options& options) noexcept {
#define GRIDLOCK_OPTION_RANGE(name, lowest, highest) \
  check_range(options.name, lowest, highest, "not between " #lowest " and " #highest ":", #name);
#include <gridlock/options.def>
}

}  // namespace

const char* find_variable(const char* name) noexcept {
  const u32 length = length_of(name);
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    if (same_text(*entry, name, length) && (*entry)[length] == '=') return *entry + length + 1;
  }
  return "";
}

void read_options(Options& options) noexcept {
#define GRIDLOCK_OPTION(type, name, default_value, description) \
  set_default(options.name, default_value);
#include <gridlock/options.def>
#undef GRIDLOCK_OPTION
  options.log_path_given = false;
  options.exit_code_given = false;
  if (has_more_rights_than_its_caller()) return;
  const char* at = find_variable("GRIDLOCK_OPTIONS");
  while (*at != 0) {
    const char* const name = at;
    while (*at != 0 && *at != '=' && *at != ':') ++at;
    const Piece name_piece{name, static_cast<u32>(at - name)};
    if (*at != '=') {
      if (name_piece.length != 0) refuse("no value for", name_piece);
    } else {
      const char* const value = ++at;
      while (*at != 0 && *at != ':') ++at;
      read_one(options, name_piece, {value, static_cast<u32>(at - value)});
    }
    if (*at == ':') ++at;
  }
  check(options);
}

void init_options() noexcept {
  read_options(g_options);
  host_completes_options(g_options);
}
const Options& options() noexcept { return g_options; }

}  // namespace gridlock::internal
