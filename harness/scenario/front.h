// SPDX-License-Identifier: Apache-2.0
//
// A run is two processes, so that it is cleaned up whichever of them is killed, even by SIGKILL:
//
//   front     what the user started; it waits, and hands on the signals that it gets
//   worker    runs the scenarios, in a session of its own, so that no signal to a group hits both
//
// The front adopts what the worker leaves behind when that is killed; the worker sees the end of
// the front. If both are killed at once, the kernel ends the scenarios (PR_SET_PDEATHSIG), and the
// next run removes the rest (abandoned_runs.h).
#pragma once

#include "harness/scenario/spawn.h"

namespace gridlock::internal {

/// Returns in the worker. The descriptor is readable when the front is gone; it is not valid where
/// no second process could be had, and then this one does all by itself. `signals` is a signalfd:
/// what arrives there is for the worker. The front exits as the worker does. Call it with one
/// thread, and with nothing in the buffer of a stream.
Fd continue_in_worker(int signals);

}  // namespace gridlock::internal
