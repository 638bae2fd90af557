// SPDX-License-Identifier: Apache-2.0
//
// Reports on tests whose schedules were chosen, by several processes or on several machines, made one. The order in which they
// come does not matter.
#pragma once

#include <gridlock/report.h>

#include <cstdint>
#include <string>
#include <vector>

namespace gridlock::internal {

/// The outcomes are called after their tests (without a name, after `program`), and are those of this shard.
void name_explored(Report& report, const std::string& program, std::uint64_t shard,
                   std::uint64_t of);

/// What processes of one shard did is added up.
Report add_up_jobs(std::vector<Report> reports);

/// Reports of different shards. A shard that is given twice counts once: the one that came further. An outcome of which a
/// shard is not there, or did not come to its end, did not pass. Throws std::runtime_error, with one line, for reports that
/// are not of one search: other seeds, strategies or numbers of shards. `names` are those of the files, for that.
Report merge_shards(std::vector<Report> reports, const std::vector<std::string>& names);

}  // namespace gridlock::internal
