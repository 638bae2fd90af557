// SPDX-License-Identifier: Apache-2.0
//
// What live processes and core files have in common: libdwfl's session, the stacks, the modules.
#pragma once

#include "harness/why/inspected_process.h"

#include <elfutils/libdwfl.h>

#include <memory>
#include <string>
#include <string_view>

namespace gridlock::internal {

struct DwflEnd {
  void operator()(Dwfl* dwfl) const { dwfl_end(dwfl); }
};
using DwflSession = std::unique_ptr<Dwfl, DwflEnd>;

/// An empty session that looks for the files of modules in this way, and asks no server. Throws
/// std::runtime_error.
DwflSession begin_session(decltype(Dwfl_Callbacks::find_elf) find_elf);

/// "what: the reason that libdwfl gives".
std::string dwfl_error(std::string_view what);

/// The stacks of the threads whose tids are set, and the modules. The session is attached by now.
void read_stacks(Dwfl* dwfl, InspectedProcess& process);

/// The symbol that covers the address: "name", or "name+0x10".
std::string symbol_at(Dwfl* dwfl, std::uint64_t address);

/// What a thread sleeps in, from its registers (struct user_regs_struct). Nothing: it was running.
std::optional<SleepingCall> call_of(const void* registers);

}  // namespace gridlock::internal
