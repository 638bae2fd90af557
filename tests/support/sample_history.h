// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gridlock/history.h>

namespace gridlock::support {

/// One finding of each state and each standing, over six runs, one of them of another program.
RunRecords sample_run_records();
History sample_history();

}  // namespace gridlock::support
