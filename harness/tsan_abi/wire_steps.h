// SPDX-License-Identifier: Apache-2.0
//
// The steps of an execution that was followed, as members of a record: those that meet what another thread does.
#pragma once

#include <map>
#include <string>

#include "harness/tsan_abi/facts.h"
#include "harness/tsan_abi/log_file.h"

namespace gridlock::internal::controlled {

/// ',"way":[...]', the last ones; empty where nothing is known. Linear in what was taken, but for the threads of each word.
std::string way_of(const Followed& followed, LogFile& log);

/// Those of Gridlock's own primitives that the way is about: by id, what is said of each, as members.
std::map<std::string, std::string> own_objects_of(const Followed& followed);

/// The values of one side of a data race in which the execution ended, as members: ',"before":VALUE,"after":VALUE', as far as they are known.
/// `side`: of facts.accesses; the first one was not done any more.
std::string values_of_access(const Followed& followed, const Facts& facts, u32 side);

}  // namespace gridlock::internal::controlled
