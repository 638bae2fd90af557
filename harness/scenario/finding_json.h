// SPDX-License-Identifier: Apache-2.0
//
// A finding and a dump as JSON values, for a reader that has parsed a whole line or document
// already. The string forms, for everybody else, are in <gridlock/finding.h>.
//
// Members are named as in <gridlock/finding.h>. Strings and lists are absent when empty, and so are
// the parts of a Frame that are unknown. A reader ignores members that it does not know and takes
// an absent one for its default; only a finding's "kind" must be there. What it cannot read it
// names by its path: "threads[1].held[0].count: ...".
#pragma once

#include <gridlock/finding.h>

#include <nlohmann/json_fwd.hpp>

namespace gridlock {

void to_json(nlohmann::ordered_json& json, const Finding& finding);
void to_json(nlohmann::ordered_json& json, const ProcessDump& dump);
void to_json(nlohmann::ordered_json& json, const SafeCycle& cycle);
void to_json(nlohmann::ordered_json& json, const Contention& contention);
void to_json(nlohmann::ordered_json& json, const LearnedOrder& order);
void to_json(nlohmann::ordered_json& json, const ProcessInfo& process);

/// These throw std::runtime_error with one line: the path of the member and what is wrong with it.
void from_json(const nlohmann::ordered_json& json, Finding& finding);
void from_json(const nlohmann::ordered_json& json, ProcessDump& dump);
void from_json(const nlohmann::ordered_json& json, SafeCycle& cycle);
void from_json(const nlohmann::ordered_json& json, Contention& contention);
void from_json(const nlohmann::ordered_json& json, LearnedOrder& order);
void from_json(const nlohmann::ordered_json& json, ProcessInfo& process);

}  // namespace gridlock
