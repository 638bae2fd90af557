// SPDX-License-Identifier: Apache-2.0
#include "harness/why/inspected_process.h"

#include "harness/why/futex_call.h"

#include <cstring>

namespace gridlock::internal {

// No object of glibc is larger than what is kept on either side.
void InspectedProcess::keep_words() {
  constexpr std::uint64_t kBefore = 48;
  constexpr std::uint64_t kBehind = 64;
  for (const InspectedThread& thread : threads) {
    const std::optional<FutexCall> call = futex_call_of(thread);
    if (!call) continue;
    for (std::uint64_t at = call->word - kBefore; at < call->word + kBehind; at += 4) {
      std::uint32_t word = 0;
      if (words_.contains(at) || !source->read(at, std::as_writable_bytes(std::span(&word, 1))))
        continue;
      words_[at] = word;
    }
  }
}

std::optional<std::uint32_t> InspectedProcess::word_at(std::uint64_t address) const {
  const auto known = words_.find(address);
  return known == words_.end() ? std::nullopt : std::optional(known->second);
}

}  // namespace gridlock::internal
