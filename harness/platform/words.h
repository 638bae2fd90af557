// SPDX-License-Identifier: Apache-2.0
//
// A short text that is put together without libc, in a buffer of the caller's.
#pragma once

#include "harness/platform/base.h"

namespace gridlock::internal {

/// Zero-terminated at any time. What does not fit is left out, from the first byte that does not; no
/// character of UTF-8 is cut.
class Words {
 public:
  /// `size` > 0 bytes at `out`, the final zero included.
  Words(char* out, u32 size) noexcept;
  Words& text(const char* more) noexcept;
  Words& letter(char letter) noexcept;
  Words& number(u32 number) noexcept;
  GRIDLOCK_INLINE u32 size() const noexcept { return at_; }

 private:
  char* out_;
  u32 size_;
  u32 at_ = 0;
  bool full_ = false;
};

}  // namespace gridlock::internal
