// SPDX-License-Identifier: Apache-2.0
//
// The records of a log that are no part of a report (docs/design/wire.md), each described as finding_members.h
// describes those that are. What they say of the run, WireLog keeps.
#pragma once

#include "harness/scenario/report_members.h"

#include <cstdint>
#include <string>
#include <vector>

namespace gridlock::internal {

/// What every record has. It is read before the rest, because another version may mean something else by it.
struct RecordHead {
  std::string record;     ///< what it is: "start", "finding" ...
  std::uint64_t pid = 0;  ///< 0: not said
};

/// `start`: a process opened the log.
struct StartRecord {
  bool tsan = false;
  std::string program;
  std::vector<std::string> arguments;
  std::vector<std::string> off;
};

/// The version in a `start`. It is read first: the other members are those of this version.
struct LogVersion {
  static constexpr std::uint64_t kThis = 1;
  std::uint64_t version = kThis;  ///< a log without it is taken for one of this version
};

/// `module`: a file that code of the log's frames lies in.
struct LoggedModule {
  std::string path;
  std::string build_id;          ///< hex digits; empty if the linker gave none
  std::uint64_t size = 0;        ///< without a build id: of the file when it was written of,
  std::uint64_t changed_ns = 0;  ///< and when that was last changed
};

/// `left-out`: findings that a limit kept out of the log.
struct LeftOutRecord {
  std::string kind;
  std::uint64_t count = 0;
};

/// `end`: a process left through exit.
struct EndRecord {
  std::uint64_t infeasible_cycles_dropped = 0;
  WatchingCost watching;
};

template <typename Io, MaybeConst<RecordHead> T>
void members(Io& io, T& head) {
  io.required("record", head.record);
  io.optional("pid", head.pid);
}

template <typename Io, MaybeConst<LogVersion> T>
void members(Io& io, T& log) {
  io.optional("v", log.version);
}

template <typename Io, MaybeConst<StartRecord> T>
void members(Io& io, T& start) {
  io.optional("tsan", start.tsan);
  io.optional("program", start.program);
  io.optional("arguments", start.arguments);
  io.optional("off", start.off);
}

template <typename Io, MaybeConst<LoggedModule> T>
void members(Io& io, T& module) {
  io.required("path", module.path);
  io.optional("build_id", module.build_id);
  io.optional("size", module.size);
  io.optional("changed_ns", module.changed_ns);
}

template <typename Io, MaybeConst<LeftOutRecord> T>
void members(Io& io, T& left_out) {
  io.required("kind", left_out.kind);
  io.optional("count", left_out.count);
}

template <typename Io, MaybeConst<EndRecord> T>
void members(Io& io, T& end) {
  io.renamed("safe_cycles_dropped", "infeasible_cycles_dropped", end.infeasible_cycles_dropped);
  members(io, end.watching);
}

}  // namespace gridlock::internal
