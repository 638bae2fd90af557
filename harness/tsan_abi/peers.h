// SPDX-License-Identifier: Apache-2.0
//
// Where the other end of a connected socket is. A pair is known from its making (descriptors.h); a connection is made by two calls,
// often of two threads, and is found by its names.
#pragma once

namespace gridlock::internal::controlled {

/// Whether this process has the other end: nobody outside can make it ready, unless it was given away. Connections of TCP, accepted or
/// not yet, and sockets of the local domain. Asks the kernel about each descriptor up to 4,096, so it is for when nobody goes on.
bool peer_is_here(int number) noexcept;

}  // namespace gridlock::internal::controlled
