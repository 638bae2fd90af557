// SPDX-License-Identifier: Apache-2.0
//
// What the subcommands do, once the command line is understood. Each returns an exit code and
// throws UsageError for what the user can put right.
#pragma once

#include "harness/cli/outputs.h"
#include "harness/cli/terminal.h"

#include <stdexcept>
#include <string>
#include <vector>

namespace gridlock::internal {

/// One line that says what is wrong and where: exit code 2.
class UsageError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct ListArguments {
  std::vector<std::string> names;    ///< exact; neither names nor filters: all
  std::vector<std::string> filters;  ///< globs
  bool json = false;
  bool markdown = false;
};
int list_scenarios(const ListArguments& arguments);

struct SuppressionArguments {
  std::string file;     ///< empty: the option `suppressions`, if that is set
  bool strict = false;  ///< an entry that matches nothing makes exit code 1
};

/// What places in a page lead to.
struct PlaceLinks {
  std::string editor_url;  ///< as Report has it
  std::string code_url;    ///< the same; "auto" (also if empty): of the clone; "never": none
};
void set_place_links(Report& report, const PlaceLinks& links);

struct RunArguments {
  std::vector<std::string> names;    ///< exact
  std::vector<std::string> filters;  ///< globs, where * matches '/' too
  int jobs = 1;
  double timeout = 30;  ///< seconds
  int hang = 0;         ///< seconds; the option of that name for the scenarios; 0: as it is
  int repeat = 1;
  std::string on_deadlock;
  std::vector<std::string> settings;  ///< NAME=VALUE
  SuppressionArguments suppressions;
  std::string report_folder;  ///< empty: none
  std::string baseline;       ///< a JSON report to compare with; empty: none
  std::string history;        ///< the file that the run is added to; empty: none
  std::string annotations;    ///< "auto" (also if empty), "github", "never"
  PlaceLinks links;
  std::vector<Output> outputs;
  bool verbose = false;
  ColorMode color = ColorMode::kAuto;
  std::vector<std::string> command;
};
int run(const RunArguments& arguments);

struct ReportArguments {
  std::vector<std::string> inputs;  ///< logs of programs and JSON reports, in any order
  std::vector<Output> outputs;
  std::vector<std::string> source_roots;
  SuppressionArguments suppressions;
  std::string baseline;     ///< a JSON report to compare with; empty: none
  std::string history;      ///< the file that says what became of the findings; empty: none
  std::string annotations;  ///< "auto" (also if empty), "github", "never"
  PlaceLinks links;
  std::string run;     ///< of each log only this run: "last", its number, or its id; empty: all
  std::string at_end;  ///< not empty: called for a program of this name at its end; only what was
                       ///< found is printed, and nothing without findings
  bool text = false;   ///< the text too, although an output is for people
  bool verbose = false;
  ColorMode color = ColorMode::kAuto;
  std::vector<std::string> command;
};
int render_report(const ReportArguments& arguments);

/// Runs the body of one scenario, which exists, in this process; what `run` starts for each.
int run_child(const std::string& name);

}  // namespace gridlock::internal
