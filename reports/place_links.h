// SPDX-License-Identifier: Apache-2.0
//
// Where a place leads to: the reader's editor, and the code on the web.
#pragma once

#include <gridlock/report.h>

#include <string>
#include <string_view>

namespace gridlock::internal::reports {

/// Every byte that is not plain in a path as %XX.
std::string as_uri(std::string_view path);

/// Report::editor_url of this place; empty if there is none, or the file is not known.
std::string editor_link(const Frame& frame, const Report& report);
/// Report::code_url of this place; empty for a file that does not lie in the project, too.
std::string code_link(const Frame& frame, const Report& report);

}  // namespace gridlock::internal::reports
