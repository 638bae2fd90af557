// SPDX-License-Identifier: Apache-2.0
//
// Options that several subcommands have, and the checks of their words.
#pragma once

#include "harness/cli/actions.h"
#include "harness/cli/outputs.h"
#include "harness/cli/terminal.h"

#include <string>
#include <vector>

namespace CLI {  // NOLINT(readability-identifier-naming): the library's
class App;
class Option;
}  // namespace CLI

namespace gridlock::internal {

// Each takes one word, and only one: what follows is a name. Of an option that is repeatable, too,
// where CLI11 by itself would take all words up to the next option.
CLI::Option* takes_text(CLI::Option* option, const char* shown_as);
CLI::Option* takes_path(CLI::Option* option, const char* shown_as);
CLI::Option* takes_number(CLI::Option* option, const char* shown_as, int lowest, int highest);
CLI::Option* takes_choice(CLI::Option* option, const char* shown_as,
                          std::vector<std::string> choices);

void add_flag(CLI::App& subcommand, const char* names, bool& value, const char* text);
void add_color(CLI::App& subcommand, ColorMode& color);
void add_suppressions(CLI::App& subcommand, SuppressionArguments& values);
/// --report DIR
void add_report_folder(CLI::App& subcommand, std::string& folder);
/// --source-root DIR; `more` is said besides
void add_source_roots(CLI::App& subcommand, std::vector<std::string>& roots,
                      const std::string& more = {});
/// --output FORMAT=FILE
void add_output(CLI::App& subcommand, std::vector<Output>& outputs);
/// --baseline; only what is new counts for `exit_code`
void add_baseline(CLI::App& subcommand, std::string& baseline, const std::string& exit_code);
/// --baseline and --annotations
void add_comparison(CLI::App& subcommand, std::string& baseline, std::string& annotations);
/// --history
void add_history_file(CLI::App& subcommand, std::string& history);
/// --history of a command that adds no run
void add_past_runs(CLI::App& subcommand, std::string& history);
/// --editor-url and --code-url
void add_place_links(CLI::App& subcommand, PlaceLinks& links);
/// --html FILE, say
void add_short_output(CLI::App& subcommand, const char* format, std::vector<Output>& outputs);

}  // namespace gridlock::internal
