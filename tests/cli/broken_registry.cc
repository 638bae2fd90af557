// SPDX-License-Identifier: Apache-2.0
//
// An executable whose scenarios are registered wrongly.
#include <gridlock/scenario.h>

GRIDLOCK_SCENARIO(one, {.name = "same/name", .summary = "The first"}) {}
GRIDLOCK_SCENARIO(two, {.name = "same/name", .summary = "The second"}) {}
