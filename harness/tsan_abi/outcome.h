// SPDX-License-Identifier: Apache-2.0
//
// What is known of an execution when it is over, in memory that the process of an execution shares with the
// one that made it. Plain data.
#pragma once

#include "harness/platform/base.h"
#include "harness/schedule/experience.h"
#include "harness/schedule/strategy.h"

namespace gridlock::internal::controlled {

enum class Failure : u8 {
  kNone,
  kDeadlock,
  kDataRace,
  kCheck,      ///< gridlock::require()
  kAssertion,  ///< assert()
  kAbort,
  kException,     ///< that nothing caught
  kCrash,         ///< a signal
  kLivelock,      ///< too many steps
  kLeakedThread,  ///< neither joined nor detached
  kMisuse,
  kExit,          ///< the process ended in the middle
  kUncontrolled,  ///< something that this library does not control
};
inline constexpr u32 kFailures = static_cast<u32>(Failure::kUncontrolled) + 1;

/// How far an execution came.
enum class Progress : u8 { kNotBegun, kRuns, kFinished };

struct Outcome {
  Progress progress;
  Failure failure;
  u32 decisions;
  u32 threads;
  u64 steps;
  u64 hash;
  bool cut;       ///< loops that wait were not followed to their ends
  bool polite;    ///< a thread that yielded again and again was held back
  bool left_off;  ///< tries were refused again and again, and it was left there
  bool hurried;   ///< a load had read the same older store so often that it had to read another one
  u32 text_size;
  char text
      [16
       << 10];  ///< what to say of the failure; {ADDRESS} and [ADDRESS] stand for places in the code
};

/// What executions leave for those behind them.
struct Learned {
  u8 sites[(1 << 16) / 8];  ///< bits: accesses to memory that one thread wrote and another one used
  u32 count;                ///< of the bits
};

inline constexpr u32 kMostRecorded = 1 << 16;

inline constexpr u32 kMostTraced = 8192;

/// The decisions of an execution that differ from what needs no saying.
struct Recorded {
  bool is_on;
  u32 count;  ///< may be larger than what there is room for
  u32 traced_count;
  Turn turns[kMostRecorded];
  Traced traced[kMostTraced];  ///< all that was done, in its order
};

/// What the observer of our own primitives found in an execution: of each finding its kind, a line for people, and its
/// record, each with a zero behind it.
struct Records {
  u32 size;
  char text[1 << 20];
};
struct Facts;
struct Followed;

struct Shared {
  Outcome outcome;
  Recorded recorded;
  Experience experience;
  Learned learned;
  Records records;
  Facts* facts;        ///< of outcome.failure
  Followed* followed;  ///< filled where its is_on is set
};

/// Text in an outcome.
class Text {
 public:
  GRIDLOCK_INLINE explicit Text(Outcome& outcome) noexcept : outcome_(outcome) {}
  Text& text(const char* what) noexcept;
  Text& number(u64 value) noexcept;
  Text& hex(u64 value) noexcept;
  /// A place in the code: the address behind a call.
  Text& site(uptr address) noexcept;
  /// A line for one of several callers, which is left out where it is none of the program's own code.
  Text& frame(uptr address) noexcept;
  /// T1 and so on; the body of the test is T1.
  Text& thread(u32 number) noexcept { return text("T").number(number + u64{1}); }

 private:
  Outcome& outcome_;
};

}  // namespace gridlock::internal::controlled
