// SPDX-License-Identifier: Apache-2.0
#include "harness/trace/record.h"

namespace gridlock::internal {

const char* name_of(Op op) noexcept {
  switch (op) {
    case Op::kNone:
      return "none";
    case Op::kLock:
      return "lock";
    case Op::kTryLock:
      return "try_lock";
    case Op::kUnlock:
      return "unlock";
    case Op::kAcquire:
      return "acquire";
    case Op::kTryAcquire:
      return "try_acquire";
    case Op::kRelease:
      return "release";
    case Op::kCreate:
      return "create";
    case Op::kStart:
      return "start";
    case Op::kJoin:
      return "join";
    case Op::kMeet:
      return "meet";
    case Op::kDestroy:
      return "destroy";
  }
  return "unknown";
}

}  // namespace gridlock::internal
