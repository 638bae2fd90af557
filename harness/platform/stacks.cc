// SPDX-License-Identifier: Apache-2.0
#include "harness/platform/stacks.h"

#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <sys/auxv.h>
#include <unwind.h>

#include "harness/platform/mappings.h"
#include "harness/platform/raw_io.h"
#include "harness/platform/syscall.h"
#include "harness/platform/tsan.h"

// NOLINTNEXTLINE(readability-identifier-naming,bugprone-reserved-identifier): glibc's name
extern "C" void* __libc_stack_end;

namespace gridlock::internal {

u32 g_site_frames = kFewSiteFrames;
bool g_records_keep_callers = false;

namespace {

struct Collector {
  uptr* out;
  FoundFrame* frames;  // in its place, if it is not nullptr
  u32 limit;
  u32 skip;
  u32 size;
  bool in_handler;
};

_Unwind_Reason_Code collect(_Unwind_Context* context, void* argument) {
  auto* collector = static_cast<Collector*>(argument);
  // Where a signal interrupted a function its address is the next instruction, not a return address.
  int before_instruction = 0;
  const uptr address = _Unwind_GetIPInfo(context, &before_instruction);
  if (before_instruction != 0) collector->in_handler = true;
  if (address == 0) return _URC_END_OF_STACK;
  if (collector->skip > 0) {
    --collector->skip;
    return _URC_NO_REASON;
  }
  if (collector->size == collector->limit) return _URC_END_OF_STACK;
  if (collector->frames == nullptr) {
    collector->out[collector->size++] = address;
    return _URC_NO_REASON;
  }
  const uptr* slot = nullptr;
#if defined(__x86_64__)
  // The callee's frame ends where its return address was pushed.
  slot = reinterpret_cast<const uptr*>(_Unwind_GetCFA(context)) - 1;
  if (before_instruction != 0 || *slot != address) slot = nullptr;
#endif
  collector->frames[collector->size++] = {address, slot};
  return _URC_NO_REASON;
}

u32 copy_text(const char* from, char* to, u32 size) noexcept {
  u32 n = 0;
  for (; n + 1 < size && from[n] != 0; ++n) to[n] = from[n];
  to[n] = 0;
  return n;
}

bool starts_with(const char* text, const char* start) noexcept {
  for (; *start != 0; ++text, ++start) {
    if (*text != *start) return false;
  }
  return true;
}

void drop_tail(char* text, i64 length, const char* tail) noexcept {
  i64 size = 0;
  while (tail[size] != 0) ++size;
  if (length <= size) return;
  for (i64 i = 0; i < size; ++i) {
    if (text[length - size + i] != tail[i]) return;
  }
  text[length - size] = 0;
}

}  // namespace

uptr stack_top() noexcept {
  if (process_id() == thread_os_id()) return reinterpret_cast<uptr>(__libc_stack_end);
  // glibc puts a thread's control block, which is what pthread_self() points to, at the top of its
  // stack.
  return static_cast<uptr>(pthread_self());
}

u32 walk_callers(const void* frame, uptr top, uptr* out, u32 limit) noexcept {
  const auto* words = static_cast<const uptr*>(frame);
  u32 size = 0;
  while (size < limit && words[1] != 0) {
    out[size++] = words[1];
    const uptr next = words[0];
    if (next <= reinterpret_cast<uptr>(words) || next >= top || (next & 7) != 0) break;
    words = reinterpret_cast<const uptr*>(next);
  }
  return size;
}

GRIDLOCK_NOINLINE u32 unwind_stack(uptr* out, u32 limit, u32 skip, bool* in_handler) noexcept {
  const TsanBlind blind;  // the unwinder may take locks inside libgcc
  Collector collector{out, nullptr, limit, skip + 1, 0, false};
  _Unwind_Backtrace(&collect, &collector);
  if (in_handler != nullptr) *in_handler = collector.in_handler;
  return collector.size;
}

GRIDLOCK_NOINLINE u32 unwind_frames(FoundFrame* out, u32 limit, u32 skip,
                                    bool* in_handler) noexcept {
  const TsanBlind blind;
  Collector collector{nullptr, out, limit, skip + 1, 0, false};
  _Unwind_Backtrace(&collect, &collector);
  if (in_handler != nullptr) *in_handler = collector.in_handler;
  return collector.size;
}

bool are_still_there(const FoundFrame* frames, u32 size) noexcept {
  for (u32 i = 0; i < size; ++i) {
    if (*frames[i].slot != frames[i].address) return false;
  }
  return true;
}

// Code lies in the executable and in the libraries, and those lie side by side.
uptr full_address(u32 low) noexcept {
  if (low == 0) return 0;
  const uptr known[2] = {reinterpret_cast<uptr>(&full_address),
                         reinterpret_cast<uptr>(&pthread_self)};
  for (const uptr address : known) {
    const uptr highs[] = {address >> 32, (address >> 32) - 1, (address >> 32) + 1};
    for (const uptr high : highs) {
      const uptr candidate = (high << 32) | low;
      if (is_static(reinterpret_cast<const void*>(candidate))) return candidate;
    }
  }
  return 0;
}

bool is_system_header(const char* file) noexcept {
  return starts_with(file, "/usr/") && !starts_with(file, "/usr/src/");
}

bool is_static(const void* object) noexcept {
  dl_find_object found{};
  return _dl_find_object(const_cast<void*>(object), &found) == 0;
}

uptr own_address() noexcept { return reinterpret_cast<uptr>(&drop_tail); }

bool stays_loaded(const void* object) noexcept {
  dl_find_object found{};
  if (_dl_find_object(const_cast<void*>(object), &found) != 0) return false;
  const char* const name = found.dlfo_link_map->l_name;
  if (name == nullptr || name[0] == 0) return true;  // the main program
  const uptr own = own_address();
  return own >= reinterpret_cast<uptr>(found.dlfo_map_start) &&
         own < reinterpret_cast<uptr>(found.dlfo_map_end);
}

void pin_own_module() noexcept {
  dl_find_object found{};
  if (_dl_find_object(reinterpret_cast<void*>(own_address()), &found) != 0) return;
  const char* const name = found.dlfo_link_map->l_name;
  if (name == nullptr || name[0] == 0) return;
  const TsanBlind blind;  // the loader has locks of its own
  dlopen(name, RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE);
}

namespace {

// The loader was started as a command, with the program as its argument: the kernel knows no other program then.
bool is_program_of_loader() noexcept { return getauxval(AT_BASE) == 0; }

// The file that is mapped there: "7f00-7f10 r-xp 00001000 fe:00 1234      /usr/bin/sort".
bool find_mapped_file(uptr address, char* path, u32 path_size) noexcept {
  constexpr u32 kLine = 1024;
  return find_mapping<kLine>([&](const Mapping& mapping, const char* line) {
    if (address < mapping.first || address >= mapping.last) return false;
    while (*line != 0 && *line != '/') ++line;
    if (*line == 0) return false;
    copy_text(line, path, path_size);
    drop_tail(path, length_of(path), " (deleted)");
    return true;
  });
}

}  // namespace

bool find_module(uptr address, char* path, u32 path_size, u64* offset) noexcept {
  dl_find_object found{};
  if (_dl_find_object(reinterpret_cast<void*>(address), &found) != 0)
    return false;  // lock-free; glibc 2.35
  const link_map* map = found.dlfo_link_map;
  *offset = address - map->l_addr;
  if (map->l_name != nullptr && map->l_name[0] != 0) {
    copy_text(map->l_name, path, path_size);
    return true;
  }
  if (is_program_of_loader() && find_mapped_file(address, path, path_size)) return true;
  const i64 length =
      raw_syscall(SYS_readlink, as_argument("/proc/self/exe"), as_argument(path), path_size - 1);
  path[length > 0 ? length : 0] = 0;
  // So the kernel writes it once another build has taken its place; the reader is to look at that.
  drop_tail(path, length, " (deleted)");
  return length > 0;
}

}  // namespace gridlock::internal
