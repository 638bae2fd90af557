// SPDX-License-Identifier: Apache-2.0
//
// Pipes, sockets and what else is waited for by its descriptor. What is ready the kernel says, asked by a poll(2) that does
// not wait; a thread that would wait in the kernel waits here, until another one has done something to a descriptor. So the
// kernel is never waited in while a thread of the execution could go on.
//
//   ours     made by this process, which has both ends: nobody else can make it ready. When all threads that are left wait
//            for such, it is a deadlock. So it is with a connection whose other end is in this process (peers.h)
//   others'  somebody outside may: when all threads that are left wait, the kernel is waited in after all, under the watchdog
//            of `stuck_after`
//
// All operations on descriptors conflict with each other in a search of all schedules: one of them may wait for several, and
// which end belongs to which is not known of all.
#pragma once

#include <poll.h>

#include "harness/tsan_abi/objects.h"

namespace gridlock::internal::controlled {

enum class DescriptorKind : u8 {
  kOther,  ///< a file, a terminal, standard input, output and error: left to the kernel
  kPipe,
  kSocket,
  kCounter,  ///< eventfd and its like, epoll, a timer
};

/// What SyncObject::value says of one: the number by which it was first used, and its kind.
constexpr u32 described_value(int number, DescriptorKind kind) noexcept {
  return static_cast<u32>(number) << 2 | static_cast<u32>(kind);
}

struct Descriptor {
  int number;
  DescriptorKind kind;
  bool waits;            ///< its calls wait: it has no O_NONBLOCK
  SyncObject* object;    ///< that its waiters wait for; nullptr: kOther
  VectorClock* written;  ///< what whoever reads knows
};

/// What a call is about. Outside of an execution it is kOther.
Descriptor descriptor_at(int number) noexcept;

/// Pipes and sockets of a pair that this process has made itself, counters, and an epoll that watches nothing else.
bool descriptor_is_ours(int number) noexcept;
/// It was made; or it is closed, or watches something else, too. Whether an execution runs or not.
void descriptor_is_ours(int number, bool is) noexcept;

/// A point before an operation that does not wait. `operation`: what it is called.
void descriptor_point(const Descriptor& descriptor, const char* operation, uptr site) noexcept;

/// A point, and then one of the `count` is ready. False: the deadline has passed.
bool await_descriptors(pollfd* files, u32 count, const Descriptor& first, const char* operation,
                       u64 deadline, uptr site) noexcept;

/// Until it can be read from, or its SO_RCVTIMEO has passed: then false, and errno says so. `waits`: false of a call that is not to;
/// it is a point then.
bool await_reading(const Descriptor& descriptor, const char* operation, bool waits,
                   uptr site) noexcept;

/// Somebody may have made some ready: those that wait for them can go on. False: nobody can.
bool descriptors_changed() noexcept;

/// Whether one is ready, by the kernel, without waiting for it. An error counts.
bool are_ready(const pollfd* files, u32 count) noexcept;

/// Nobody else can go on: somebody outside has made some ready, and their waiters can. `waits`: waits for that, where somebody
/// outside may do so; false: nobody may, or nothing is waited for.
bool outside_made_ready(bool waits) noexcept;

/// "descriptor 5 to have something to read"
void describe_descriptors(Text& text, const Fiber& fiber) noexcept;

}  // namespace gridlock::internal::controlled
