// SPDX-License-Identifier: Apache-2.0
#include "harness/tsan_abi/warm_up.h"

#include <locale>
#include <sstream>

namespace gridlock::internal::controlled {
namespace {

// Each character is kept once it was asked for, and headers look there from the program's own code.
void fill_characters(const std::locale& locale) {
  if (!std::has_facet<std::ctype<char>>(locale)) return;
  const auto& characters = std::use_facet<std::ctype<char>>(locale);
  for (int value = 0; value < 256; ++value) {
    const auto character = static_cast<char>(value);
    static_cast<void>(characters.narrow(characters.widen(character), 0));
  }
}

struct Nothing {};

}  // namespace

void warm_up() {
  fill_characters(std::locale::classic());
  fill_characters(std::locale());
  std::ostringstream text;
  text << 1 << 2.5;
  try {
    throw Nothing();
  } catch (const Nothing&) {
    text << 3;
  }
}

}  // namespace gridlock::internal::controlled
