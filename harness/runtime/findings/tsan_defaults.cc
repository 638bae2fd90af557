// SPDX-License-Identifier: Apache-2.0
//
// How ThreadSanitizer runs in a program that uses Gridlock, unless TSAN_OPTIONS says otherwise: without
// its own search for deadlocks. That is what Gridlock is for; each lock-order inversion would be reported
// twice, and ThreadSanitizer ends the program with a failed check when a thread holds 65 locks at once.
// Everything else, the exit code 66 among it, is ThreadSanitizer's own default.
//
// Two functions, because clang's run time comes before the program's objects on the linker's command
// line. Both define the hook __tsan_default_options weakly, and of two weak functions the first wins:
// that of clang, or ours where the run time is a shared library (gcc). A strong one of ours would clash
// with that of a program that has its own, so with clang the hook that ThreadSanitizer asks next is used:
// that of the checks for undefined behaviour, which understands the same options.
#include "harness/platform/base.h"
#include "harness/platform/tsan.h"

namespace gridlock::internal {
namespace {

constexpr const char* kOptions = "detect_deadlocks=0";

bool mentions_deadlocks(const char* options) noexcept {
  constexpr const char* kName = "detect_deadlocks";
  for (; *options != 0; ++options) {
    u32 same = 0;
    while (kName[same] != 0 && options[same] == kName[same]) ++same;
    if (kName[same] == 0) return true;
  }
  return false;
}

}  // namespace
}  // namespace gridlock::internal

// NOLINTBEGIN(readability-identifier-naming,bugprone-reserved-identifier): the sanitizers' names
extern "C" {

__attribute__((visibility("default"), weak, used)) const char* __tsan_default_options() {
  return gridlock::internal::kOptions;
}

// Asked by other sanitizers as well, which have nothing to do with this.
__attribute__((visibility("default"), used)) const char* __ubsan_default_options() {
  using namespace gridlock::internal;  // NOLINT(google-build-using-namespace): one function
  if (!tsan_present()) return "";
  return mentions_deadlocks(__tsan_default_options()) ? "" : kOptions;
}
}
// NOLINTEND(readability-identifier-naming,bugprone-reserved-identifier)
