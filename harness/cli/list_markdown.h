// SPDX-License-Identifier: Apache-2.0
//
// The catalogue as a page for people: scenarios/README.md is what this prints.
#pragma once

#include <gridlock/scenario.h>

#include <string>
#include <vector>

namespace gridlock::internal {

/// "data-race, deadlock", or "clean".
std::string expects_text(const Scenario& scenario);

/// The page: first the scenarios with a case number, by number, then the others by the folder of
/// their file. Links are relative to the deepest folder that all files have in common, where the
/// page is meant to be. The same text on every machine: no absolute path, no line number.
std::string list_markdown(const std::vector<Scenario>& all);

}  // namespace gridlock::internal
