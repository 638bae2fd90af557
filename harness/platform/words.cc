// SPDX-License-Identifier: Apache-2.0
#include "harness/platform/words.h"

#include "harness/platform/utf8.h"

namespace gridlock::internal {

Words::Words(char* out, u32 size) noexcept : out_(out), size_(size) { out_[0] = 0; }

Words& Words::letter(char letter) noexcept {
  if (at_ + 1 < size_ && !full_) {
    out_[at_++] = letter;
  } else if (!full_) {
    full_ = true;
    at_ = static_cast<u32>(without_cut_character(out_, at_));
  }
  out_[at_] = 0;
  return *this;
}

Words& Words::text(const char* more) noexcept {
  for (; *more != 0; ++more) letter(*more);
  return *this;
}

Words& Words::number(u32 number) noexcept {
  char digits[12];
  u32 count = 0;
  do {
    digits[count++] = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number != 0);
  while (count > 0) letter(digits[--count]);
  return *this;
}

}  // namespace gridlock::internal
