// SPDX-License-Identifier: Apache-2.0
#include "reports/confirmation.h"

#include "reports/wording.h"

namespace gridlock::internal::reports {
namespace {

std::string verdict_text(const std::string& verdict) {
  if (verdict == "confirmed") return "Confirmed";
  if (verdict == "not-confirmed") return "Not confirmed";
  return "Not tried in fresh runs";
}

}  // namespace

ConfirmationWords confirmation_words(const Confirmation& confirmation) {
  ConfirmationWords words;
  words.line = verdict_text(confirmation.verdict);
  for (const std::string& tried : confirmation.tried) {
    if (&tried == confirmation.tried.data()) {
      words.line += ": " + tried;
    } else {
      words.details.push_back(tried);
    }
  }
  words.line += words.details.empty() ? "." : ":";
  return words;
}

Finding confirmed_hang(const Confirmation& confirmation) {
  Finding hang;
  hang.kind = FindingKind::kDeadlock;
  hang.cycle = confirmation.cycle;
  hang.threads = confirmation.threads;
  hang.objects = confirmation.objects;
  return in_reading_order(hang);
}

}  // namespace gridlock::internal::reports
