// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/list_markdown.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <string_view>
#include <utility>

namespace gridlock::internal {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kIntro =
    "<!-- SPDX-License-Identifier: Apache-2.0 -->\n"
    "<!-- Made by `gridlock list --markdown`; do not edit. -->\n"
    "# The catalogue of scenarios\n\n"
    "Each scenario is a small program with a declared result. A broken form expects the finding "
    "that it is\nthere to show; its twin is the same program done right, and expects none "
    "(`clean`). What each kind of\nfinding means is in [docs/findings.md](../docs/findings.md).\n\n"
    "```sh\n"
    "build/tsan/scenarios/gridlock list                       # this page as a table\n"
    "build/tsan/scenarios/gridlock run --filter 'GROUP/*'     # one group, each in a process of "
    "its "
    "own\n"
    "build/tsan/scenarios/gridlock run NAME -v                # one, with everything that it "
    "found\n"
    "build/tsan/scenarios/gridlock run NAME --report DIR      # the same as a page, "
    "DIR/index.html\n"
    "```\n\n"
    "A kind that only ThreadSanitizer sees (`data-race`, `tsan-report`) is *not checked* in a "
    "build "
    "without it.\n";

// Text as it is, where Markdown and HTML would read something into it.
std::string plain(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '<') {
      out += "&lt;";
      continue;
    }
    if (std::string_view("\\`*_[]|").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

fs::path common_folder(const std::vector<Scenario>& all) {
  fs::path common;
  bool first = true;
  for (const Scenario& scenario : all) {
    const fs::path folder = fs::path(scenario.file).parent_path();
    if (std::exchange(first, false)) {
      common = folder;
      continue;
    }
    fs::path shared;
    for (auto a = common.begin(), b = folder.begin();
         a != common.end() && b != folder.end() && *a == *b; ++a, ++b) {
      shared /= *a;
    }
    common = shared;
  }
  return common;
}

std::string entry(const Scenario& scenario, const fs::path& root) {
  const std::string file = fs::path(scenario.file).lexically_relative(root).generic_string();
  std::string text =
      "**[" + scenario.name + "](" + file + ")** · expects `" + expects_text(scenario) + "`";
  if (!scenario.twin.empty()) text += " · twin `" + scenario.twin + "`";
  text += "\\\n" + plain(scenario.summary) + "\n\n";
  if (scenario.story.empty()) return text;
  return text + "<details><summary>The story</summary>\n\n" + plain(scenario.story) +
         "\n\n</details>\n\n";
}

}  // namespace

std::string expects_text(const Scenario& scenario) {
  std::string text;
  for (const FindingKind kind : scenario.expect.kinds) {
    if (!text.empty()) text += ", ";
    text += info(kind).name;
  }
  return text.empty() ? "clean" : text;
}

std::string list_markdown(const std::vector<Scenario>& all) {
  const fs::path root = common_folder(all);
  std::map<int, std::string> cases;
  std::map<std::string, std::string> folders;
  for (const Scenario& scenario : all) {
    if (scenario.case_number != 0) {
      cases[scenario.case_number] += entry(scenario, root);
      continue;
    }
    const fs::path file = fs::path(scenario.file).lexically_relative(root);
    folders[file.parent_path().generic_string()] += entry(scenario, root);
  }
  std::string page = std::string(kIntro) + "\n";
  if (!cases.empty()) page += "## By case\n\n";
  for (const auto& [number, entries] : cases) {
    page += "### Case " + std::to_string(number) + "\n\n" + entries;
  }
  if (!folders.empty()) page += "## Without a case number, by folder\n\n";
  for (const auto& [folder, entries] : folders) {
    page += "### " + (folder.empty() ? std::string("here") : plain(folder)) + "\n\n" + entries;
  }
  while (page.ends_with("\n\n")) page.pop_back();
  return page;
}

}  // namespace gridlock::internal
