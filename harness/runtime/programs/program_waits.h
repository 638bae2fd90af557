// SPDX-License-Identifier: Apache-2.0
//
// What the Subprocess primitive tells the observer, and how it waits. Included by an instrumented
// file, so it has no inline functions.
#pragma once

#include <gridlock/identity.h>

namespace gridlock::internal {

struct ThreadState;

/// A program that was started, and what this process has of it. -1: no such descriptor. Made by the
/// Subprocess, which keeps it in one place.
struct Program {
  static constexpr int kStreams = 3;  // its input, output and errors
  int pid;
  int end;                // readable when it has ended (pidfd)
  int streams[kStreams];  // our ends
  std::uint32_t object;
  std::uint32_t pipes[kStreams];  // objects
};

enum class ProgramOp : std::uint8_t { kWrite, kRead, kReadErrors, kWait, kCommunicate };

/// Before pipes for a program are made.
void pipes_begin() noexcept;

/// Gives the program and its pipes ids and names; after the descriptors are known.
void name_program(Program& program, std::string_view name, CallSite where) noexcept;

/// At the beginning and the end of each operation; `caller` is its return address. What was done
/// before a write happens before what comes after a read or a wait.
void program_op_begins(Program& program, ProgramOp op, const void* caller) noexcept;
void program_op_ends(Program& program, ProgramOp op) noexcept;

/// Behind each answer of the system about a program, before anything is made of it. Where this process
/// ends for a deadlock, programs are killed first, and what they answer is for nobody: the call does
/// not return then.
void program_answered() noexcept;

/// What an operation waits at: each stream of `streams` that is ready (its bit), and kEndBit.
inline constexpr unsigned kEndBit = 8;

enum class ProgramReady : std::uint8_t {
  kReady,
  kTimedOut,
  kDeadlock,  // this call is the victim (on_deadlock=throw); the finding is on disk
};

/// Waits until one of the descriptors named by the bits of `which` (1 << stream; kEndBit) is ready.
/// `nanoseconds` from now; kNoTimeout: no limit, and then it is looked whether the program waits for
/// this process: at once, and again at growing distances, because it may begin to.
ProgramReady wait_for_program(const Program& program, ProgramOp op, unsigned which,
                              std::uint64_t nanoseconds) noexcept;

}  // namespace gridlock::internal
