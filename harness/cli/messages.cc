// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/messages.h"

#include "harness/cli/words.h"
#include "harness/scenario/text.h"

#include <iostream>

namespace gridlock::internal {

void say(std::string_view message) {
  std::cerr << "gridlock: " << printable_line(shortened(message)) << '\n';
}

}  // namespace gridlock::internal
