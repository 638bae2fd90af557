// SPDX-License-Identifier: Apache-2.0
//
// write_samples DIR: every sample report as DIR/<name>.json, .txt and .html.
// write_samples --members: what a report is described to be made of, as JSON.
// write_samples --many N: a report of N findings in each format: its bytes, and the processor time that it took.
#include "tests/support/description.h"
#include "tests/support/sample_history.h"
#include "tests/support/sample_lock_graph.h"
#include "tests/support/sample_reports.h"

#include <array>
#include <cstddef>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

bool write(const std::filesystem::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) std::cerr << "cannot write " << path.string() << '\n';
  return static_cast<bool>(file);
}

constexpr std::array<const char*, 3> kPresences = {"required", "always", "optional"};

void print_values(const std::string& type) {
  if (type != "kind" && type != "verdict") return;
  std::string values;
  const auto add = [&](std::string_view name) {
    values.append(values.empty() ? "\"" : ",\"").append(name).append("\"");
  };
  if (type == "kind") {
    for (const auto& row : gridlock::finding_kinds()) add(row.name);
  } else {
    for (int i = 0; gridlock::name(static_cast<gridlock::Verdict>(i)) != "unknown"; ++i)
      add(gridlock::name(static_cast<gridlock::Verdict>(i)));
  }
  std::cout << ",\"values\":[" << values << ']';
}

void print(const std::vector<gridlock::support::DescribedMember>& members) {
  std::cout << '[';
  for (bool is_first = true; const auto& member : members) {
    std::cout << (is_first ? "" : ",\n") << R"({"name":")" << member.name << R"(","type":")"
              << member.type << R"(","is_list":)" << (member.is_list ? "true" : "false")
              << R"(,"presence":")" << kPresences.at(static_cast<std::size_t>(member.presence))
              << "\"";
    print_values(member.type);
    std::cout << ",\"members\":";
    print(member.members);
    std::cout << '}';
    is_first = false;
  }
  std::cout << ']';
}

/// Its drawing is as Graphviz might have it.
gridlock::Report laid_out_report() {
  gridlock::Report report = gridlock::support::crowded_report();
  const auto graph = gridlock::internal::reports::lock_graph(report.outcomes.at(0).findings.at(0),
                                                             report.outcomes.at(0));
  for (std::string& asked : gridlock::graphs_to_lay_out(report))
    report.laid_out.emplace(std::move(asked), gridlock::support::plain_answer(graph));
  return report;
}

int measure(std::size_t count) {
  for (const bool spread : {false, true}) {
    const gridlock::Report report = gridlock::support::many_findings(count, spread);
    for (const gridlock::ReportFormat& format : gridlock::report_formats()) {
      const std::clock_t before = std::clock();
      const std::size_t size = format.render(report).size();
      const auto took = static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC;
      std::cout << count << " findings " << (spread ? "in as many outcomes, " : "in one outcome, ")
                << format.name << ": " << size << " bytes, " << took << " s\n"
                << std::flush;
    }
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3 && std::string_view(argv[1]) == "--many") return measure(std::stoul(argv[2]));
  if (argc != 2) {
    std::cerr << "usage: write_samples DIR\n";
    return 2;
  }
  if (std::string_view(argv[1]) == "--members") {
    using gridlock::support::DescribedMember;
    std::vector<DescribedMember> report = {
        {.name = "version", .type = "integer", .presence = gridlock::support::Presence::kRequired},
        {.name = "frames",
         .type = "object",
         .is_list = true,
         .presence = gridlock::support::Presence::kOptional,
         .members = gridlock::support::described<gridlock::Frame>()}};
    for (DescribedMember& member : gridlock::support::described<gridlock::Report>())
      report.push_back(std::move(member));
    print(report);
    return 0;
  }
  const std::filesystem::path folder = argv[1];
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  bool good =
      write(folder / "history.html", gridlock::to_html(gridlock::support::sample_history())) &&
      write(folder / "lock_graph.html", gridlock::to_html(laid_out_report())) &&
      write(folder / "twins.html", gridlock::to_html(gridlock::support::twins_report(true)));
  for (const auto& [name, report] : gridlock::support::samples()) {
    good = write(folder / (name + ".json"), gridlock::to_json(report)) &&
           write(folder / (name + ".txt"), gridlock::to_text(report, {.verbose = true})) &&
           write(folder / (name + ".html"), gridlock::to_html(report)) && good;
    for (const gridlock::ReportFormat& format : gridlock::report_formats()) {
      if (format.name == "json" || format.name == "text" || format.name == "html") continue;
      const std::string suffix = format.name == "sarif" ? "sarif" : std::string(format.file);
      good = write(folder / (name + "." + suffix), format.render(report)) && good;
    }
  }
  // Large enough to have its frames in a list.
  good = write(folder / "many.json",
               gridlock::to_json(gridlock::support::many_findings(900, false))) &&
         good;
  return good ? 0 : 3;
}
