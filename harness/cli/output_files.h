// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace gridlock::internal {

/// Makes the directory if there is none; throws UsageError unless files can be made in it. For
/// finding out before the work is done. `option` is what the message names.
void require_writable_directory(const std::string& folder, std::string_view option);

/// The same for the directory of a file that is to be written, and for the file not being a
/// directory itself.
void require_writable_file(const std::string& file, std::string_view option);

/// Writes the file in full or leaves what was there before: a temporary file beside it, then
/// rename. Of a symbolic link the file at its end. What is no regular file (/dev/null, /dev/stdout,
/// a FIFO that somebody reads) is written and stays what it is. Throws UsageError.
void write_file(const std::string& named, std::string_view text);

}  // namespace gridlock::internal
