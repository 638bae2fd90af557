// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/command_options.h"

#include "harness/cli/command_table.h"
#include "harness/cli/words.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <utility>

namespace gridlock::internal {
namespace {

// "json (everything, for programs), text (...)"
std::string formats_help() {
  std::string all;
  for (const ReportFormat& format : report_formats()) {
    all += (all.empty() ? "" : ", ") + std::string(format.name) + " (" + std::string(format.text) +
           ")";
  }
  return all;
}

std::string folder_help() {
  const auto formats = report_formats();
  std::string all;
  for (const ReportFormat& format : formats) {
    if (!all.empty()) all += &format == &formats.back() ? " and " : ", ";
    all += format.file;
  }
  return all;
}

}  // namespace

CLI::Option* takes_text(CLI::Option* option, const char* shown_as) {
  return option->option_text(shown_as)->type_size(1)->allow_extra_args(false);
}

CLI::Option* takes_path(CLI::Option* option, const char* shown_as) {
  return takes_text(option, shown_as)->type_name(kPathMark)->check(path_error);
}

CLI::Option* takes_number(CLI::Option* option, const char* shown_as, int lowest, int highest) {
  return takes_text(option, shown_as)->check([lowest, highest](const std::string& word) {
    return whole_number_error(word, lowest, highest);
  });
}

CLI::Option* takes_choice(CLI::Option* option, const char* shown_as,
                          std::vector<std::string> choices) {
  std::string mark = kChoiceMark;
  for (const std::string& choice : choices) mark += " " + choice;
  return takes_text(option, shown_as)
      ->type_name(mark)
      ->check([choices = std::move(choices)](const std::string& word) {
        return choice_error(word, choices);
      });
}

void add_flag(CLI::App& subcommand, const char* names, bool& value, const char* text) {
  subcommand.add_flag(names, value, text)->disable_flag_override();
}

void add_color(CLI::App& subcommand, ColorMode& color) {
  takes_choice(subcommand.add_option_function<std::string>(
                   "--color", [&color](const std::string& word) { color = color_mode(word); },
                   "Colours: auto (default: on a terminal), always, never"),
               "WHEN", {"auto", "always", "never"});
}

void add_report_folder(CLI::App& subcommand, std::string& folder) {
  takes_path(subcommand.add_option("--report", folder, "Write " + folder_help() + " into DIR"),
             "DIR")
      ->check([](const std::string& word) {
        const bool is_output =
            std::ranges::any_of(report_formats(), [&](const ReportFormat& format) {
              return word.starts_with(std::string(format.name) + "=");
            });
        return is_output ? "takes a folder; --output " + word + " writes one format" : "";
      });
}

void add_source_roots(CLI::App& subcommand, std::vector<std::string>& roots,
                      const std::string& more) {
  takes_path(subcommand
                 .add_option("--source-root", roots,
                             "Show lines of the sources below DIR, too; repeatable" + more)
                 ->expected(1)
                 ->take_all(),
             "DIR");
}

void add_suppressions(CLI::App& subcommand, SuppressionArguments& values) {
  takes_path(subcommand.add_option(
                 "--suppressions", values.file,
                 "Findings that do not count: lock:GLOB, site:GLOB or fingerprint:HEX a line, each "
                 "with KIND/ before it if it is about one kind only"),
             "FILE");
  add_flag(subcommand, "--strict-suppressions", values.strict,
           "Exit code 1 if an entry of that file matches nothing");
}

void add_output(CLI::App& subcommand, std::vector<Output>& outputs) {
  takes_text(subcommand
                 .add_option_function<std::vector<std::string>>(
                     "--output",
                     [&outputs](const std::vector<std::string>& words) {
                       for (const std::string& word : words) outputs.push_back(output_of(word));
                     },
                     "Write the report to FILE; repeatable. FORMAT is " + formats_help())
                 ->take_all(),
             "FORMAT=FILE")
      ->check(output_error);
}

void add_baseline(CLI::App& subcommand, std::string& baseline, const std::string& exit_code) {
  takes_path(subcommand.add_option(
                 "--baseline", baseline,
                 "Compare with the JSON report of an earlier run: findings are new, unchanged or "
                 "fixed, and only what is new makes " +
                     exit_code),
             "FILE");
}

void add_comparison(CLI::App& subcommand, std::string& baseline, std::string& annotations) {
  add_baseline(subcommand, baseline, "exit code 1");
  takes_choice(subcommand.add_option(
                   "--annotations", annotations,
                   "Annotations and a summary for GitHub's actions: auto (default: in a step of "
                   "them), github, never"),
               "WHERE", {"auto", "github", "never"});
}

void add_history_file(CLI::App& subcommand, std::string& history) {
  takes_path(subcommand.add_option("--history", history,
                                   "Add this run to a history, which is made if there is none: "
                                   "gridlock history FILE shows it"),
             "FILE");
}

void add_past_runs(CLI::App& subcommand, std::string& history) {
  takes_path(subcommand.add_option(
                 "--history", history,
                 "Say of each finding when a run of a history had it first and last, in how many "
                 "of them it was, and whether it is flaky or steady; adds no run"),
             "FILE");
}

namespace {

/// What is wrong with an address that a page is to link to.
std::string address_error(const std::string& word) {
  if (word == "auto" || word == "never") return {};
  if (word.find("{path}") == std::string::npos)
    return shown(word) + " does not say where the {path} comes";
  if (!is_place_url(word)) return shown(word) + " is no address to link to";
  return {};
}

std::string editor_error(const std::string& word) {
  return word == "auto" ? shown(word) + " is no address" : address_error(word);
}

/// The page would leave out any other, as it does that of a hostile report.
std::string code_error(const std::string& word) {
  std::string error = address_error(word);
  if (!error.empty() || word == "auto" || word == "never") return error;
  if (word.starts_with("https://") || word.starts_with("http://")) return {};
  return shown(word) + " is no address on the web: https://..., http://...";
}

}  // namespace

void add_place_links(CLI::App& subcommand, PlaceLinks& links) {
  takes_text(
      subcommand.add_option("--editor-url", links.editor_url,
                            "Places in the page open your editor: vscode://file/{path}:{line}, "
                            "say"),
      "URL")
      ->check(editor_error);
  takes_text(subcommand.add_option(
                 "--code-url", links.code_url,
                 "Places in the page lead to the code on the web: auto (default: the remote and "
                 "commit of the clone that the project is in), never, or an address with {path} "
                 "and {line}"),
             "URL")
      ->check(code_error);
}

void set_place_links(Report& report, const PlaceLinks& links) {
  if (links.editor_url != "never") report.editor_url = links.editor_url;
  if (links.code_url == "never") {
    report.code_url.clear();
  } else if (!links.code_url.empty() && links.code_url != "auto") {
    report.code_url = links.code_url;
  }
}

void add_short_output(CLI::App& subcommand, const char* format, std::vector<Output>& outputs) {
  const std::string option = std::string("--") + format;
  takes_path(subcommand.add_option_function<std::string>(
                 option,
                 [&outputs, format, option](const std::string& file) {
                   outputs.push_back(short_output(format, file, option));
                 },
                 "Short for --output " + std::string(format) + "=FILE"),
             "FILE");
}

}  // namespace gridlock::internal
