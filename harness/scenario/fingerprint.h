// SPDX-License-Identifier: Apache-2.0
//
// The name of a defect, so that two runs (or two findings of one run) can be told to be about the
// same one. What goes in, and why: docs/design/fingerprint.md.
#pragma once

#include <gridlock/finding.h>

#include <string>
#include <vector>

namespace gridlock::internal {

/// 16 hex digits made of the kind and of what the claim rests on: the objects that take part (by type
/// and name; the nameless by the function that made them), what is done with each, and in which
/// functions. Not of lines, addresses, numbers, threads, the order in which things stand in the
/// finding, or anything else that only happened to be there. Call it after symbolize(): a frame
/// without a function counts as module + offset.
std::string fingerprint(const Finding& finding);

/// Gives each finding of a program that has none yet its fingerprint. Where different ones would get
/// the same value (two pairs of nameless locks in one function), the first in the source keeps it.
void set_fingerprints(std::vector<Finding>& findings);

}  // namespace gridlock::internal
