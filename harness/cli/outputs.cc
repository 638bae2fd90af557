// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/outputs.h"

#include <gridlock/text.h>

#include "harness/cli/actions.h"
#include "harness/cli/graphviz.h"
#include "harness/cli/output_files.h"
#include "harness/cli/words.h"
#include "harness/scenario/nearest.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <ostream>
#include <system_error>
#include <utility>

namespace gridlock::internal {
namespace {

const ReportFormat* find_format(std::string_view name) {
  for (const ReportFormat& format : report_formats()) {
    if (format.name == name) return &format;
  }
  return nullptr;
}

std::string wrong_format(const std::string& name) {
  std::vector<std::string> names;
  for (const ReportFormat& format : report_formats()) names.emplace_back(format.name);
  return "no format is called " + shown(name) +
         did_you_mean(name, names, "; there is " + output_formats());
}

}  // namespace

bool is_same_file(const std::string& one, const std::string& other) {
  std::error_code error;
  const auto status = std::filesystem::status(one, error);
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) return false;
  const auto place = [&](const std::string& file) {
    return std::filesystem::weakly_canonical(std::filesystem::absolute(file), error);
  };
  return place(one) == place(other);
}

std::string output_formats() {
  const auto formats = report_formats();
  std::string names;
  for (std::size_t i = 0; i < formats.size(); ++i) {
    if (i > 0) names += i + 1 == formats.size() ? " or " : ", ";
    names += formats[i].name;
  }
  return names;
}

std::string output_error(const std::string& word) {
  const std::size_t equals = word.find('=');
  if (equals == std::string::npos) {
    return shown(word) + " is not FORMAT=FILE; the format is " + output_formats();
  }
  const std::string name = word.substr(0, equals);
  if (find_format(name) == nullptr) return wrong_format(name);
  return path_error(word.substr(equals + 1));
}

Output output_of(const std::string& word) {
  const std::size_t equals = word.find('=');
  return {find_format(word.substr(0, equals)), word.substr(equals + 1), "--output"};
}

Output short_output(std::string_view format, std::string file, std::string option) {
  return {find_format(format), std::move(file), std::move(option)};
}

void require_writable(const std::vector<Output>& outputs) {
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const Output& output = outputs[i];
    require_writable_file(output.file, output.option);
    const auto before = outputs.begin() + static_cast<std::ptrdiff_t>(i);
    if (std::any_of(outputs.begin(), before,
                    [&](const Output& other) { return is_same_file(output.file, other.file); })) {
      throw UsageError(output.option + ": " + shown(output.file) + " is named twice");
    }
  }
}

void write_outputs(const std::vector<Output>& outputs, Report& report) {
  const bool any_page = std::ranges::any_of(
      outputs, [](const Output& output) { return output.format->name == "html"; });
  if (any_page) lay_out_graphs(report, find_dot());
  for (const Output& output : outputs) write_file(output.file, output.format->render(report));
}

bool any_for_people(const std::vector<Output>& outputs) {
  return std::ranges::any_of(
      outputs, [](const Output& output) { return output.format->reader == ReportReader::kPeople; });
}

void require_report_folder(const std::string& folder) {
  if (!folder.empty()) require_writable_directory(folder, "--report");
}

void write_report_folder(const std::string& folder, Report& report, std::ostream& says) {
  if (folder.empty()) return;
  lay_out_graphs(report, find_dot());
  for (const ReportFormat& format : report_formats()) {
    write_file(folder + "/" + std::string(format.file), format.render(report));
  }
  says << "report: " << printable_line(folder) << "/index.html\n" << std::flush;
}

}  // namespace gridlock::internal
