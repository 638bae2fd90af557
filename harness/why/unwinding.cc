// SPDX-License-Identifier: Apache-2.0
#include "harness/why/unwinding.h"

#include <sys/user.h>

#include <cxxabi.h>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <stdexcept>
#include <utility>

namespace gridlock::internal {
namespace {

constexpr std::size_t kMaxFrames = 128;

std::string hex(const unsigned char* bytes, int count) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    constexpr char kDigits[] = "0123456789abcdef";
    text += kDigits[bytes[i] >> 4U];
    text += kDigits[bytes[i] & 15U];
  }
  return text;
}

std::string path_of(Dwfl_Module* module) {
  const char* file = nullptr;
  const char* const name =
      dwfl_module_info(module, nullptr, nullptr, nullptr, nullptr, nullptr, &file, nullptr);
  if (file != nullptr) return file;
  return name != nullptr && name[0] == '/' ? name : "";
}

struct Walk {
  Dwfl* dwfl;
  InspectedThread* thread;
};

int add_frame(Dwfl_Frame* state, void* walk) {
  auto& [dwfl, thread] = *static_cast<Walk*>(walk);
  Dwarf_Addr pc = 0;
  bool is_activation = false;
  if (thread->stack.size() == kMaxFrames || !dwfl_frame_pc(state, &pc, &is_activation))
    return DWARF_CB_ABORT;
  // A return address may lie behind the last instruction of its function.
  const Dwarf_Addr at = is_activation ? pc : pc - 1;
  gridlock::Frame frame;
  std::string symbol;
  if (Dwfl_Module* const module = dwfl_addrmodule(dwfl, at)) {
    Dwarf_Addr bias = 0;
    if (dwfl_module_getelf(module, &bias) != nullptr) {
      frame.module = path_of(module);
      if (!frame.module.empty()) frame.offset = at - bias;
    }
    if (const char* const name = dwfl_module_addrname(module, at)) symbol = name;
  }
  thread->stack.push_back(std::move(frame));
  thread->symbols.push_back(std::move(symbol));
  return DWARF_CB_OK;
}

int add_thread(Dwfl_Thread* found, void* walk) {
  auto& [dwfl, process] = *static_cast<std::pair<Dwfl*, InspectedProcess*>*>(walk);
  const int tid = static_cast<int>(dwfl_thread_tid(found));
  const auto thread = std::ranges::find(process->threads, tid, &InspectedThread::tid);
  if (thread == process->threads.end()) return DWARF_CB_OK;
  Walk frames{dwfl, &*thread};
  dwfl_thread_getframes(found, add_frame, &frames);
  return DWARF_CB_OK;
}

}  // namespace

DwflSession begin_session(decltype(Dwfl_Callbacks::find_elf) find_elf) {
  // libdwfl keeps the address. What is unwound and what is named stands in the modules themselves; debug information in
  // files beside them might have to be fetched from a server.
  static Dwfl_Callbacks callbacks{};
  callbacks.find_elf = find_elf;
  callbacks.find_debuginfo = [](Dwfl_Module*, void**, const char*, Dwarf_Addr, const char*,
                                const char*, GElf_Word, char**) { return -1; };
  DwflSession session(dwfl_begin(&callbacks));
  if (session == nullptr) throw std::runtime_error(dwfl_error("libdw"));
  return session;
}

std::string dwfl_error(std::string_view what) {
  const char* const reason = dwfl_errmsg(-1);
  return std::string(what) + ": " + (reason != nullptr ? reason : "cannot be read");
}

void read_stacks(Dwfl* dwfl, InspectedProcess& process) {
  std::pair<Dwfl*, InspectedProcess*> walk{dwfl, &process};
  dwfl_getthreads(dwfl, add_thread, &walk);
  std::set<std::string> known;
  for (const InspectedThread& thread : process.threads) {
    for (const gridlock::Frame& frame : thread.stack) known.insert(frame.module);
  }
  known.erase("");
  std::pair<std::set<std::string>*, InspectedProcess*> wanted{&known, &process};
  dwfl_getmodules(
      dwfl,
      [](Dwfl_Module* module, void**, const char*, Dwarf_Addr, void* argument) {
        auto& [paths, inspected] =
            *static_cast<std::pair<std::set<std::string>*, InspectedProcess*>*>(argument);
        std::string path = path_of(module);
        if (paths->erase(path) == 0) return static_cast<int>(DWARF_CB_OK);
        const unsigned char* bits = nullptr;
        GElf_Addr address = 0;
        const int length = dwfl_module_build_id(module, &bits, &address);
        inspected->modules.push_back({std::move(path), length > 0 ? hex(bits, length) : ""});
        return static_cast<int>(DWARF_CB_OK);
      },
      &wanted, 0);
}

std::string symbol_at(Dwfl* dwfl, std::uint64_t address) {
  Dwfl_Module* const module = dwfl_addrmodule(dwfl, address);
  if (module == nullptr) return {};
  GElf_Off offset = 0;
  GElf_Sym symbol{};
  const char* const name =
      dwfl_module_addrinfo(module, address, &offset, &symbol, nullptr, nullptr, nullptr);
  if (name == nullptr || GELF_ST_TYPE(symbol.st_info) != STT_OBJECT || offset >= symbol.st_size)
    return {};
  std::string text = name;
  if (text.starts_with("_Z")) {
    int status = 0;
    if (char* const plain = abi::__cxa_demangle(name, nullptr, nullptr, &status)) {
      text = plain;
      std::free(plain);  // NOLINT(cppcoreguidelines-no-malloc): made by malloc
    }
  }
  if (offset != 0) {
    char behind[24];
    std::snprintf(&behind[0], sizeof behind, "+0x%llx", static_cast<unsigned long long>(offset));
    text += &behind[0];
  }
  return text;
}

// A sleep that was interrupted, by a stop or by the end of the process, has one of the kernel's codes that mean "begin
// again", which no program ever sees.
std::optional<SleepingCall> call_of(const void* registers) {
#if defined(__x86_64__)
  const auto& user = *static_cast<const user_regs_struct*>(registers);
  const auto result = static_cast<long long>(user.rax);
  const bool is_begun_again = (result <= -512 && result >= -514) || result == -516;
  const auto number = static_cast<long long>(user.orig_rax);
  if (number < 0 || !is_begun_again) return std::nullopt;
  return SleepingCall{user.orig_rax, {user.rdi, user.rsi, user.rdx, user.r10, user.r8, user.r9}};
#else
  static_cast<void>(registers);
  return std::nullopt;
#endif
}

}  // namespace gridlock::internal
