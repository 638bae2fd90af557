// SPDX-License-Identifier: Apache-2.0
//
// write_samples DIR: every sample report as DIR/<name>.json, .txt and .html.
#include "tests/support/sample_reports.h"

#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>

namespace {

bool write(const std::filesystem::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) std::cerr << "cannot write " << path.string() << '\n';
  return static_cast<bool>(file);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: write_samples DIR\n";
    return 2;
  }
  const std::filesystem::path folder = argv[1];
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  bool good = true;
  for (const auto& [name, report] : gridlock::testing::samples()) {
    good = write(folder / (name + ".json"), gridlock::to_json(report)) &&
           write(folder / (name + ".txt"), gridlock::to_text(report, {.verbose = true})) &&
           write(folder / (name + ".html"), gridlock::to_html(report)) && good;
  }
  return good ? 0 : 3;
}
