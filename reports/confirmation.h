// SPDX-License-Identifier: Apache-2.0
//
// What `gridlock exec --confirm` made of a possible deadlock.
#pragma once

#include <gridlock/finding.h>

#include <string>
#include <vector>

namespace gridlock::internal::reports {

/// "Confirmed: fresh run 1 ... hung in it." or "Not confirmed: tried 5 fresh runs ...:", and what belongs to it.
struct ConfirmationWords {
  std::string line;
  std::vector<std::string> details;
};
ConfirmationWords confirmation_words(const Confirmation& confirmation);

/// The hang as a finding of its own; without threads if it is not confirmed.
Finding confirmed_hang(const Confirmation& confirmation);
/// A heading for it.
inline constexpr const char* kHangHeading = "The deadlock as it happened";

}  // namespace gridlock::internal::reports
