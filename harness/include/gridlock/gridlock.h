// SPDX-License-Identifier: Apache-2.0
//
// Everything a program under test needs. Read in this order: lock.h, guard.h, shared_lock.h,
// stop.h, condition.h, event.h, semaphore.h, atomic.h, thread.h, jthread.h, thread_object.h, barrier.h, latch.h, once.h, future.h,
// packaged_task.h, queue.h, executor.h, timer.h, baton.h, process.h,
// process_object.h, shared.h, ipc_lock.h, ipc_semaphore.h, joinable_queue.h; then assert.h, order.h and learned_order.h, for what a
// program says and asks of its own locks. A program that is written as a scenario also includes <gridlock/scenario.h>.
//
// How a run goes: each operation on one of these objects passes through the runtime, which keeps
// what each thread holds and wants, the order in which locks are taken, and the last operations of
// each thread. A finding is written to a log (option log_path) the moment it is made; the command
// `gridlock report LOG` explains it. Options come from the environment variable GRIDLOCK_OPTIONS,
// written name=value:name=value; `gridlock --help-options` lists them.
#pragma once

#include <gridlock/cxx20.h>

#ifdef GRIDLOCK_CXX20

#include <gridlock/assert.h>
#include <gridlock/atomic.h>
#include <gridlock/barrier.h>
#include <gridlock/baton.h>
#include <gridlock/condition.h>
#include <gridlock/event.h>
#include <gridlock/executor.h>
#include <gridlock/future.h>
#include <gridlock/guard.h>
#include <gridlock/ipc_lock.h>
#include <gridlock/ipc_semaphore.h>
#include <gridlock/joinable_queue.h>
#include <gridlock/jthread.h>
#include <gridlock/latch.h>
#include <gridlock/learned_order.h>
#include <gridlock/lock.h>
#include <gridlock/once.h>
#include <gridlock/order.h>
#include <gridlock/packaged_task.h>
#include <gridlock/process.h>
#include <gridlock/process_object.h>
#include <gridlock/process_pool.h>
#include <gridlock/queue.h>
#include <gridlock/rendezvous.h>
#include <gridlock/semaphore.h>
#include <gridlock/shared.h>
#include <gridlock/shared_lock.h>
#include <gridlock/stop.h>
#include <gridlock/subprocess.h>
#include <gridlock/thread.h>
#include <gridlock/thread_object.h>
#include <gridlock/thread_safety.h>
#include <gridlock/timer.h>

/// All of the library. What is in its namespace internal is not for programs, and may change.
namespace gridlock {}

#endif  // GRIDLOCK_CXX20
