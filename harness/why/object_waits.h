// SPDX-License-Identifier: Apache-2.0
//
// From "asleep in a futex, called by pthread_mutex_lock" to "waits for the mutex at 0x..., which thread 4711 has": what
// glibc leaves in the memory of its objects (x86-64, glibc 2.34 to 2.41; nptl/ of its sources).
#pragma once

#include "harness/why/inspected_process.h"

#include <cstdint>
#include <optional>
#include <string>

namespace gridlock::internal {

/// What a thread waits for.
struct ObjectWait {
  std::uint64_t object = 0;  ///< address; of a join what the kernel clears at the thread's end
  std::string
      type;  ///< as reports call it: "Lock", "Condition" ...; "Futex": a word of the program's own
  std::string operation;  ///< "lock", "wait", "join" ...
  bool is_timed = false;
  bool is_private = false;      ///< no other process can end it
  bool is_being_woken = false;  ///< the word has changed, and the thread has not run yet
  int holder = 0;  ///< tid of the one thread that has it, or whose end is waited for; 0: not known
  int count = 1;   ///< how often it has it
  std::string
      unknown;  ///< what glibc does not leave there: "it has 2 readers, and glibc does not say which"
};

/// Nothing if the thread waits for nothing that is known: it runs, or sleeps in another system call.
std::optional<ObjectWait> object_wait_of(const InspectedProcess& process,
                                         const InspectedThread& thread);

}  // namespace gridlock::internal
