// SPDX-License-Identifier: Apache-2.0
//
// The name of a defect, so that two runs (or two findings of one run) can be told to be about the
// same one.
#pragma once

#include <gridlock/finding.h>

#include <string>

namespace gridlock::internal {

/// 16 hex digits made of the kind, the types and names of the objects and memory, the names of the
/// processes where there are several, and the functions where it happened. Line numbers, addresses, ids and the order of threads do not take part, so
/// the same defect keeps its fingerprint when code around it moves. Call it after symbolize(): a
/// frame without a function counts as module + offset.
std::string fingerprint(const Finding& finding);

}  // namespace gridlock::internal
