// SPDX-License-Identifier: Apache-2.0
//
// What is wrong with a set of registered scenarios, before any of them runs.
#pragma once

#include <gridlock/scenario.h>

#include <span>
#include <string>
#include <vector>

namespace gridlock::internal {

/// One line for each mistake, starting with the place ("bank.cc:12: ..."); empty if the registry is
/// sound: names are well formed and unique, and a twin exists, is another scenario and declares
/// another result. Several forms may share one twin.
std::vector<std::string> registry_errors(std::span<const Scenario> scenarios);

}  // namespace gridlock::internal
