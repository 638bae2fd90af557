// SPDX-License-Identifier: Apache-2.0
//
// What an analysis claims, as plain data. The runtime writes one JSON object a finding
// (docs/design/wire.md), the runner reads it back into these types and fills in the source
// positions, the reports render them. Nothing here prints.
#pragma once

#include <gridlock/cxx20.h>

#ifdef GRIDLOCK_CXX20

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gridlock {

/// The part that can see a kind of finding.
enum class FindingSource : std::uint8_t {
  kGridlock,  ///< our own runtime, in every build
  kTsan,      ///< ThreadSanitizer, only in a build with -fsanitize=thread
};

/// Every kind of finding. The names and texts are in finding_kinds.def.
enum class FindingKind : std::uint8_t {
/// @cond internal
#define GRIDLOCK_FINDING_KIND(enumerator, name, title, source, meaning, fix) enumerator,
/// @endcond
#include <gridlock/finding_kinds.def>
#undef GRIDLOCK_FINDING_KIND
};

/// The row of finding_kinds.def that belongs to a kind.
struct FindingKindInfo {
  FindingKind kind;          ///< whose row it is
  std::string_view name;     ///< stable, kebab-case; what the wire and the JSON report use
  std::string_view title;    ///< a heading
  FindingSource source;      ///< who can see it
  std::string_view meaning;  ///< one sentence: what is claimed
  std::string_view fix;      ///< one sentence: the first thing to try
};

/// All kinds, in the order of the table. Constant time, never empty.
std::span<const FindingKindInfo> finding_kinds() noexcept;

/// The row of one kind. Constant time.
const FindingKindInfo& info(FindingKind kind) noexcept;

/// The kind with this kebab-case name, or nothing. Linear in the number of kinds.
std::optional<FindingKind> finding_kind_from_name(std::string_view name) noexcept;

/// One place in the code. `module` and `offset` come from the process that ran; the rest is filled
/// in afterwards by the runner. A frame that was made from std::source_location has no module.
struct Frame {
  std::string function;  ///< demangled; empty if unknown
  std::string file;  ///< as the debug information spells it, normally absolute; empty if unknown
  int line = 0;      ///< 1-based; 0 if unknown
  int column = 0;    ///< 1-based; 0 if unknown
  bool inlined = false;      ///< the compiler expanded this call into the frame after it
  std::string module;        ///< path of the executable or shared object; empty if unknown
  std::uint64_t offset = 0;  ///< address of the call inside the module, as llvm-symbolizer takes it
};

/// Innermost call first.
using Stack = std::vector<Frame>;

/// A lock, a semaphore, a thread: anything that can be waited for. Ids are small and never reused
/// (M1, S1, T1). In a finding over several processes the id of what lives in one of them says so
/// (P2.M1); what they share has an id of its own (L1, K1, J1), the same in all of them.
struct Object {
  std::string id;                ///< "M1"
  std::string type;              ///< "Lock", "Semaphore" ...: object_types.def has all of them, and
                                 ///< the letters of their ids
  std::string name;              ///< given by the user; empty if none
  Stack created;                 ///< where it was made, or empty
  std::uint64_t class_size = 0;  ///< with the option `lock_classes`: how many locks, this one
                                 ///< included, were made there and count as one; else 0
  std::string process = {};      ///< id of the process that it lives in ("P2"), in a finding over
                                 ///< several; empty for what they share
  bool composed = false;  ///< the program put the name together as it ran ("account 17"): the
                          ///< numbers in it are no part of a fingerprint
};

/// One process of a run that has several: the first one, and those started as gridlock::Process.
struct ProcessInfo {
  std::string id;                ///< "P2"; P1 came first
  std::uint64_t pid = 0;         ///< differs from run to run: never part of the fingerprint
  std::uint64_t parent_pid = 0;  ///< of the process that started it
  std::string name;              ///< given by the user, or empty
  bool daemon = false;           ///< ended by its parent when that ends
  std::string state;             ///< "running", "ended" or "killed"; empty if unknown
  int exit_code = -1;            ///< -1 if it did not exit by itself, or is not known
  int signal = 0;                ///< that ended it, 0 if none
};

/// Something a thread holds.
struct HeldObject {
  std::string object;  ///< id
  std::string mode;    ///< "exclusive", "shared" or "permit"
  int count = 1;       ///< recursion depth, or permits held
  Stack stack;         ///< where it was acquired
};

/// Something a thread is waiting for.
struct WantedObject {
  std::string object;  ///< id
  std::string
      operation;       ///< "lock", "lock_shared", "upgrade", "acquire", "wait", "get", "join" ...
  bool timed = false;  ///< gives up by itself
  Stack stack;         ///< where it waits
};

/// One record out of a thread's ring: something it did last.
struct RecentRecord {
  std::string
      operation;       ///< "lock", "try_lock", "unlock", "acquire", "release", "create", "join" ...
  std::string object;  ///< id, or empty
  bool granted = true;  ///< false: requested, not obtained
  Stack stack;          ///< usually one frame
};

/// A thread's part in a finding.
struct ThreadInfo {
  std::string id;           ///< "T1"
  std::string name;         ///< given by the user, "main", or empty
  std::uint64_t os_id = 0;  ///< as gettid() gives it
  std::string state;  ///< "running", "blocked" or "ended"; in a dump also "asleep in ..." and the
                      ///< system call, of a thread that no wait of ours keeps
  std::vector<HeldObject> held;       ///< what it holds
  std::optional<WantedObject> wants;  ///< what it waits for; empty if it does not
  Stack stack;                        ///< where it is, if that was captured
  Stack created;                      ///< where it was started, if known
  std::vector<RecentRecord> recent;   ///< oldest first
  std::string process = {};           ///< id of its process, in a finding over several
};

/// Something that a thread did and that a finding rests on. First what was wrong: the unlock, the
/// use, the notification that came too early. Then the other half of the story, as far as it is
/// known: where the lock was released already, where it was destroyed, where the try failed.
struct Act {
  std::string operation;  ///< as in RecentRecord
  std::string object;     ///< id; empty if none
  std::string thread;     ///< id
  std::string lock;       ///< id of the lock that had to be held for it; empty if none is known
  Stack stack;            ///< where it was done; empty if unknown
};

/// What a thread read or wrote.
struct StepValue {
  std::int64_t number = 0;  ///< with the sign that its size gives it; 0 of an address
  bool address =
      false;  ///< it points into the memory of the process that ran, and means nothing elsewhere
};

/// One thing that a thread did in an execution whose schedule was chosen. A thread that has to wait has two: the one in
/// which it begins to, and the one in which it goes on.
struct ChosenStep {
  std::uint64_t number = 0;  ///< how many steps the execution had then, this one included
  std::string
      operation;  ///< "read", "write", "load", "store", "update" (of an atomic object), "lock",
                  ///< "unlock", "acquire", "release", "wait", "notify", "create", "join" ...
  std::string thread;  ///< id
  std::string
      object;    ///< id of what it was done to: V1 is memory, A1 an atomic object; empty if none
  int size = 0;  ///< bytes of the values; 0 if there are none
  std::optional<StepValue>
      before;  ///< what was there: the value read, or that was overwritten, or permits
  std::optional<StepValue> after;  ///< what it wrote; empty of a read, and where it is not known
  bool granted = true;             ///< false: refused, out of time, or not yet
  bool waits = false;              ///< it has to wait in it
  bool goes_on = false;            ///< it had to, and goes on
  std::vector<std::string> held;   ///< ids of the locks that the thread holds behind it
  std::vector<std::string> held_shared;  ///< those held for reading
  Stack stack;                           ///< where
};

/// An execution whose schedule was chosen (<gridlock/explore.h>), so that it can be had again.
struct ChosenExecution {
  std::string replay;        ///< the line that repeats it: gridlock replay LINE -- PROGRAM
  std::uint64_t number = 0;  ///< of the search, from 0
  std::uint64_t seed = 0;    ///< of the search
  std::uint64_t steps = 0;   ///< that it has
  std::uint64_t switches =
      0;  ///< how often another thread went on; `path` may have fewer, the last ones
  std::vector<Act>
      path;  ///< where a thread stopped and another went on, the first one first: operation "pauses", or
             ///< "stops" where it had to wait
  /// What its threads did that others could notice, in the order in which it happened; the last ones, if there are many.
  std::vector<ChosenStep> way = {};
};

/// "While holding `from`, `thread` asked for `to`." Where `from` is no lock (an event, a condition,
/// a future, a queue, a barrier, a thread, a semaphore without a held_stack) it says: "`thread` has
/// to get `to` before it signals `from`", and held_stack is empty.
struct LockOrderEdge {
  std::string from;              ///< id of what was held
  std::string to;                ///< id of what was asked for
  std::string thread;            ///< id of the thread that did it
  Stack held_stack;              ///< where `from` was acquired
  Stack wanted_stack;            ///< where `to` was requested
  std::string held_mode = {};    ///< how `from` is held: "shared", "upgrade"; empty: exclusive;
                                 ///< "queued": not held, a writer waits for it in front of readers
  std::string wanted_mode = {};  ///< how `to` was asked for: the same words
};

/// One side of a data race.
struct MemoryAccess {
  std::string thread;             ///< id in Finding::threads
  bool write = false;             ///< it wrote; else it read
  bool atomic = false;            ///< by an atomic operation
  int size = 0;                   ///< bytes
  std::uint64_t address = 0;      ///< differs from run to run: never part of the fingerprint
  Stack stack;                    ///< where; empty if ThreadSanitizer no longer knew it
  std::vector<std::string> held;  ///< ids of what was held at that moment; empty if nothing, or not
                                  ///< known
  std::vector<std::string> held_shared = {};  ///< those of them that were held for reading only
  std::uint64_t held_foreign = 0;  ///< how many locks were held besides that Gridlock does not know
                                   ///< (std::mutex)
  bool held_known = false;         ///< this is all that was held
  std::optional<StepValue> before =
      {};  ///< what the memory had: the value read, or that was overwritten
  std::optional<StepValue> after = {};  ///< what was written; empty if it is not known
};

/// What the raced-on memory is, or another place that a finding refers to.
struct MemoryLocation {
  std::string
      type;  ///< "global", "heap", "stack", "tls", "fd"; of what is no memory: "declaration"
             ///< (of an order), "fork", "detach"
  std::string name;           ///< of a global; may be empty
  std::uint64_t address = 0;  ///< where it begins; differs from run to run
  std::uint64_t size = 0;     ///< bytes
  Stack allocated;  ///< where it was allocated; of a "declaration", "fork" or "detach" where
                    ///< that was done; empty if unknown
  std::string thread = {};   ///< whose stack it is, id; empty for other memory
  std::string module = {};   ///< that a global is in, and where there, as in a Frame
  std::uint64_t offset = 0;  ///< of the global in `module`
};

/// What became of a possible deadlock in fresh runs of the program, in which threads were held at its places
/// (`gridlock exec --confirm`).
struct Confirmation {
  std::string verdict;  ///< "confirmed": a fresh run hung in just this deadlock; "not-confirmed";
                        ///< "not-tried"
  std::uint64_t runs = 0;               ///< how many fresh runs there were
  std::vector<std::string> tried = {};  ///< what was done, and what came of it, a line each
  // The hang, if it is confirmed; its ids are those of that run.
  std::vector<std::string> cycle = {};   ///< as in Finding
  std::vector<ThreadInfo> threads = {};  ///< what they hold, what they wait for, and where
  std::vector<Object> objects = {};      ///< that these name
};

/// One claim.
struct Finding {
  FindingKind kind = FindingKind::kDataRace;  ///< what is claimed
  std::string detail;  ///< one line more than the kind says ("heap-use-after-free", "permits 4 of
                       ///< 3"); may be empty
  std::string fingerprint;  ///< 16 hex digits; the same for the same defect in every run and build
                            ///< (docs/design/fingerprint.md); set by the runner
  std::vector<ThreadInfo> threads;  ///< that have a part in it
  std::vector<Object> objects;      ///< that it names
  std::vector<std::string>
      cycle;  ///< ids in waiting order, the first not repeated at the end; empty if no cycle
  std::vector<LockOrderEdge> edges;       ///< of a lock-order finding: its steps
  std::vector<MemoryAccess> accesses;     ///< of a data race: its sides, two as a rule
  std::vector<MemoryLocation> locations;  ///< of a data race: the memory, as far as known; else the
                                          ///< declaration, fork or detach that it refers to
  std::string tsan_text;  ///< ThreadSanitizer's own words, verbatim; empty if it is not its finding
  std::uint64_t pid = 0;  ///< the process that it is about; 0 if unknown
  std::string
      suppressed_by;  ///< the entry that suppressed it ("known.supp:3: lock:log*"), or empty
  std::vector<ProcessInfo> processes = {};  ///< that have a part in it; empty for a finding about
                                            ///< one process, whose ids are then plain ("T1", "M3")
  std::uint64_t reports =
      0;  ///< of a data race: how often ThreadSanitizer reported these two places
          ///< (with other callers, say); 0: once
  std::vector<Act> acts = {};  ///< what was done, where that is the claim (misuse, lost-wakeup)
  std::optional<Confirmation> confirmation = {};  ///< empty if nobody asked for it
  std::optional<ChosenExecution> execution =
      {};  ///< that it was found in, where schedules are chosen
};

/// A cycle in the graph that cannot happen: the claim that was not made, and why not.
struct InfeasibleCycle {
  std::string
      reason;  ///< "one-thread", "gate", "ordered", "readers-only", "no-writer", "not-a-lock"
               ///< "unpublished" or "permits-left"; a later runtime may have others
  std::string object;  ///< the id that the reason is about: the gate, what orders; empty if none
  std::uint64_t length = 0;  ///< how many steps the cycle has; `claim` may keep fewer
  Finding claim;  ///< a kLockOrderCycle with the cycle, its edges, threads, objects, fingerprint
};

/// How contended one lock was. Times are in nanoseconds; what is unknown is 0 or empty.
struct Contention {
  std::string object;                 ///< id
  std::uint64_t acquisitions = 0;     ///< how often it was asked for
  std::uint64_t waits = 0;            ///< how often that took waiting
  std::uint64_t wait_ns = 0;          ///< in all
  std::uint64_t longest_wait_ns = 0;  ///< the longest single one
  std::string longest_wait_thread;    ///< id
  Stack longest_wait;                 ///< where
  std::uint64_t holds = 0;            ///< measured only with the option `contention`
  std::uint64_t hold_ns = 0;          ///< in all
  std::uint64_t longest_hold_ns = 0;  ///< the longest single one
  std::string longest_hold_thread;    ///< id
  Stack longest_hold;                 ///< where it was acquired for that
  // Only for a SharedLock: the wait of a writer that the most readers went past.
  std::uint64_t overtaken = 0;      ///< how many readers took the lock during that wait
  std::uint64_t overtaken_ns = 0;   ///< how long it took
  std::string overtaken_thread;     ///< id of the writer
  Stack overtaken_at;               ///< where the writer waits, or waited
  bool overtaken_still = false;     ///< the writer has not got it yet
  std::vector<Object> objects;      ///< the lock
  std::vector<ThreadInfo> threads;  ///< those that are named
};

/// One pair of the order that was learned: `to` was asked for while `from` was held.
struct LearnedOrder {
  std::string from;                 ///< id
  std::string to;                   ///< id
  std::string thread;               ///< id of the first that did it
  Stack held_stack;                 ///< where it had acquired `from`
  Stack wanted_stack;               ///< where it asked for `to`
  std::vector<Object> objects;      ///< both locks
  std::vector<ThreadInfo> threads;  ///< that thread
};

/// Every thread of a process at one moment, taken when it crashed or ran out of time, or when that
/// was asked for.
struct ProcessDump {
  std::string reason;  ///< "timeout", "hang" (the option of that name), "SIGSEGV at 0x10", or
                       ///< "requested": a signal asked for it
  std::vector<ThreadInfo> threads;  ///< all that live, with what they hold and want
  std::vector<Object> objects;      ///< that these name
};

/// True for a frame of the program under test. Not the user's are: a function of namespace std or
/// gridlock, or of a sanitizer; a file of Gridlock, of the compiler or of the system (installed
/// headers included, /usr/src excepted); what lies in a library of the system; and a frame of which
/// nothing is known. In the library gridlock_scenario.
bool is_user_frame(const Frame& frame);
/// The place that a stack is about: its innermost user frame. Null if it has none: where the last
/// call of a function was compiled as a jump, the place is not known. In the library
/// gridlock_scenario.
const Frame* user_site(const Stack& stack);

/// @{
/// One line of JSON, without a newline at its end: members as named above, strings and lists absent
/// when empty (docs/design/wire.md). Bytes that are not UTF-8 come out as "\xff" (text.h). In the library
/// gridlock_scenario.
std::string to_json(const Finding& finding);
std::string to_json(const ProcessDump& dump);
std::string to_json(const InfeasibleCycle& cycle);
std::string to_json(const Contention& contention);
std::string to_json(const LearnedOrder& order);
std::string to_json(const ProcessInfo& process);
/// @}

/// @{
/// Reads what to_json(), or the runtime, wrote; unknown members are ignored. Throws
/// std::runtime_error with one line: the path of the member and what is wrong with it
/// ("threads[1].held: expected a list, found string").
Finding finding_from_json(std::string_view json);
ProcessDump dump_from_json(std::string_view json);
InfeasibleCycle infeasible_cycle_from_json(std::string_view json);
Contention contention_from_json(std::string_view json);
LearnedOrder learned_order_from_json(std::string_view json);
ProcessInfo process_from_json(std::string_view json);
/// @}

}  // namespace gridlock

#endif  // GRIDLOCK_CXX20
