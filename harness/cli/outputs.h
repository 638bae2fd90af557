// SPDX-License-Identifier: Apache-2.0
//
// The files that a report is written to: --output FORMAT=FILE, and the options that are short for it.
#pragma once

#include <gridlock/report.h>

#include <string>
#include <string_view>
#include <vector>

namespace gridlock::internal {

/// A report in one format in one file.
struct Output {
  const ReportFormat* format;
  std::string file;
  std::string option;  ///< that named it, for messages: "--output", "--json"
};

/// "json, text, html or dot": the formats' names.
std::string output_formats();
/// What is wrong with FORMAT=FILE, or empty.
std::string output_error(const std::string& word);
/// The output that a word without an error stands for.
Output output_of(const std::string& word);
/// The same of an option that is short for a format of this name.
Output short_output(std::string_view format, std::string file, std::string option);

/// Two names of one file would be written one after the other, and the first be lost. What is no regular file keeps both
/// (/dev/stdout).
bool is_same_file(const std::string& one, const std::string& other);

/// Before the work is done: throws UsageError unless each of them can be written, and none twice.
void require_writable(const std::vector<Output>& outputs);
/// Throws UsageError for the first that cannot be written. Drawings are laid out first, if there is a page.
void write_outputs(const std::vector<Output>& outputs, Report& report);
/// One of them is for the reader of the printed text.
bool any_for_people(const std::vector<Output>& outputs);

/// Throws UsageError if the report cannot be written there. No folder ("") is none to complain of.
void require_report_folder(const std::string& folder);
/// Each format in the folder under its own name, and on `says` where. Drawings are laid out first. Nothing for no folder.
void write_report_folder(const std::string& folder, Report& report, std::ostream& says);

}  // namespace gridlock::internal
