// SPDX-License-Identifier: Apache-2.0
//
// What a finding and its parts are called in JSON. Each struct is described once, and that
// description both writes and reads it (json_codec.cc), so that the two cannot drift apart. A member
// that is new in <gridlock/finding.h> is added here, and nowhere else in this folder.
// The runtime cannot use this and has a writer of its own; tests hold it, and the schema, against it.
#pragma once

#include <gridlock/finding.h>

#include <concepts>
#include <type_traits>

namespace gridlock::internal {

/// A writer describes constants, a reader describes what it fills.
template <typename T, typename U>
concept MaybeConst = std::same_as<std::remove_const_t<T>, U>;

// required(): written always, and a document without it cannot be read. always(): written whatever
// it is, because its absence would puzzle a reader ("write": false). optional(): absent when it has
// the default value of its type. unless(): absent when it has this value. renamed(): as optional(), and read under its
// old name, too. implied(): not in the document, because it can be nothing else.

template <typename Io, MaybeConst<Frame> T>
void members(Io& io, T& frame) {
  io.optional("function", frame.function);
  io.optional("file", frame.file);
  io.optional("line", frame.line);
  io.optional("column", frame.column);
  io.optional("inlined", frame.inlined);
  io.optional("module", frame.module);
  io.optional("offset", frame.offset);
}

template <typename Io, MaybeConst<Object> T>
void members(Io& io, T& object) {
  io.optional("id", object.id);
  io.optional("type", object.type);
  io.optional("name", object.name);
  io.optional("created", object.created);
  io.optional("class_size", object.class_size);
  io.optional("process", object.process);
  io.optional("composed", object.composed);
}

template <typename Io, MaybeConst<ProcessInfo> T>
void members(Io& io, T& process) {
  io.required("id", process.id);
  io.optional("pid", process.pid);
  io.optional("parent_pid", process.parent_pid);
  io.optional("name", process.name);
  io.optional("daemon", process.daemon);
  io.optional("state", process.state);
  io.unless(-1, "exit_code", process.exit_code);
  io.optional("signal", process.signal);
}

template <typename Io, MaybeConst<HeldObject> T>
void members(Io& io, T& held) {
  io.optional("object", held.object);
  io.optional("mode", held.mode);
  io.always("count", held.count);
  io.optional("stack", held.stack);
}

template <typename Io, MaybeConst<WantedObject> T>
void members(Io& io, T& wanted) {
  io.optional("object", wanted.object);
  io.optional("operation", wanted.operation);
  io.always("timed", wanted.timed);
  io.optional("stack", wanted.stack);
}

template <typename Io, MaybeConst<RecentRecord> T>
void members(Io& io, T& record) {
  io.optional("operation", record.operation);
  io.optional("object", record.object);
  io.always("granted", record.granted);
  io.optional("stack", record.stack);
}

template <typename Io, MaybeConst<ThreadInfo> T>
void members(Io& io, T& thread) {
  io.optional("id", thread.id);
  io.optional("name", thread.name);
  io.optional("os_id", thread.os_id);
  io.optional("state", thread.state);
  io.optional("held", thread.held);
  io.optional("wants", thread.wants);
  io.optional("stack", thread.stack);
  io.optional("created", thread.created);
  io.optional("recent", thread.recent);
  io.optional("process", thread.process);
}

template <typename Io, MaybeConst<LockOrderEdge> T>
void members(Io& io, T& edge) {
  io.optional("from", edge.from);
  io.optional("to", edge.to);
  io.optional("thread", edge.thread);
  io.optional("held_mode", edge.held_mode);
  io.optional("wanted_mode", edge.wanted_mode);
  io.optional("held_stack", edge.held_stack);
  io.optional("wanted_stack", edge.wanted_stack);
}

template <typename Io, MaybeConst<Act> T>
void members(Io& io, T& act) {
  io.optional("operation", act.operation);
  io.optional("object", act.object);
  io.optional("thread", act.thread);
  io.optional("lock", act.lock);
  io.optional("stack", act.stack);
}

template <typename Io, MaybeConst<StepValue> T>
void members(Io& io, T& value) {
  io.always("number", value.number);
  io.optional("address", value.address);
}

template <typename Io, MaybeConst<ChosenStep> T>
void members(Io& io, T& step) {
  io.always("number", step.number);
  io.optional("operation", step.operation);
  io.optional("thread", step.thread);
  io.optional("object", step.object);
  io.optional("size", step.size);
  io.optional("before", step.before);
  io.optional("after", step.after);
  io.always("granted", step.granted);
  io.optional("waits", step.waits);
  io.optional("goes_on", step.goes_on);
  io.optional("held", step.held);
  io.optional("held_shared", step.held_shared);
  io.optional("stack", step.stack);
}

template <typename Io, MaybeConst<MemoryAccess> T>
void members(Io& io, T& access) {
  io.optional("thread", access.thread);
  io.always("write", access.write);
  io.always("atomic", access.atomic);
  io.always("size", access.size);
  io.always("address", access.address);
  io.optional("stack", access.stack);
  io.optional("held", access.held);
  io.optional("held_shared", access.held_shared);
  io.optional("held_foreign", access.held_foreign);
  io.optional("held_known", access.held_known);
  io.optional("before", access.before);
  io.optional("after", access.after);
}

template <typename Io, MaybeConst<MemoryLocation> T>
void members(Io& io, T& location) {
  io.optional("type", location.type);
  io.optional("name", location.name);
  io.always("address", location.address);
  io.always("size", location.size);
  io.optional("allocated", location.allocated);
  io.optional("thread", location.thread);
  io.optional("module", location.module);
  io.optional("offset", location.offset);
}

template <typename Io, MaybeConst<ChosenExecution> T>
void members(Io& io, T& execution) {
  io.required("replay", execution.replay);
  io.always("number", execution.number);
  io.always("seed", execution.seed);
  io.always("steps", execution.steps);
  io.optional("switches", execution.switches);
  io.optional("path", execution.path);
  io.optional("way", execution.way);
}

template <typename Io, MaybeConst<Confirmation> T>
void members(Io& io, T& confirmation) {
  io.required("verdict", confirmation.verdict);
  io.always("runs", confirmation.runs);
  io.optional("tried", confirmation.tried);
  io.optional("cycle", confirmation.cycle);
  io.optional("threads", confirmation.threads);
  io.optional("objects", confirmation.objects);
}

template <typename Io, MaybeConst<Finding> T>
void members(Io& io, T& finding) {
  io.required("kind", finding.kind);
  io.optional("detail", finding.detail);
  io.optional("fingerprint", finding.fingerprint);
  io.optional("cycle", finding.cycle);
  io.optional("edges", finding.edges);
  io.optional("threads", finding.threads);
  io.optional("objects", finding.objects);
  io.optional("accesses", finding.accesses);
  io.optional("locations", finding.locations);
  io.optional("tsan_text", finding.tsan_text);
  io.optional("pid", finding.pid);
  io.optional("suppressed_by", finding.suppressed_by);
  io.optional("processes", finding.processes);
  io.optional("reports", finding.reports);
  io.optional("acts", finding.acts);
  io.optional("confirmation", finding.confirmation);
  io.optional("execution", finding.execution);
}

template <typename Io, MaybeConst<InfeasibleCycle> T>
void members(Io& io, T& safe) {
  io.required("reason", safe.reason);
  io.optional("object", safe.object);
  io.always("length", safe.length);
  io.implied(FindingKind::kLockOrderCycle, safe.claim.kind);
  io.optional("fingerprint", safe.claim.fingerprint);
  io.optional("cycle", safe.claim.cycle);
  io.optional("edges", safe.claim.edges);
  io.optional("threads", safe.claim.threads);
  io.optional("objects", safe.claim.objects);
  io.optional("pid", safe.claim.pid);
}

template <typename Io, MaybeConst<Contention> T>
void members(Io& io, T& contention) {
  io.required("object", contention.object);
  io.always("acquisitions", contention.acquisitions);
  io.always("waits", contention.waits);
  io.optional("wait_ns", contention.wait_ns);
  io.optional("longest_wait_ns", contention.longest_wait_ns);
  io.optional("longest_wait_thread", contention.longest_wait_thread);
  io.optional("longest_wait", contention.longest_wait);
  io.optional("holds", contention.holds);
  io.optional("hold_ns", contention.hold_ns);
  io.optional("longest_hold_ns", contention.longest_hold_ns);
  io.optional("longest_hold_thread", contention.longest_hold_thread);
  io.optional("longest_hold", contention.longest_hold);
  io.optional("overtaken", contention.overtaken);
  io.optional("overtaken_ns", contention.overtaken_ns);
  io.optional("overtaken_thread", contention.overtaken_thread);
  io.optional("overtaken_at", contention.overtaken_at);
  io.optional("overtaken_still", contention.overtaken_still);
  io.optional("objects", contention.objects);
  io.optional("threads", contention.threads);
}

template <typename Io, MaybeConst<LearnedOrder> T>
void members(Io& io, T& order) {
  io.required("from", order.from);
  io.required("to", order.to);
  io.optional("thread", order.thread);
  io.optional("held_stack", order.held_stack);
  io.optional("wanted_stack", order.wanted_stack);
  io.optional("objects", order.objects);
  io.optional("threads", order.threads);
}

template <typename Io, MaybeConst<ProcessDump> T>
void members(Io& io, T& dump) {
  io.optional("reason", dump.reason);
  io.optional("threads", dump.threads);
  io.optional("objects", dump.objects);
}

}  // namespace gridlock::internal
