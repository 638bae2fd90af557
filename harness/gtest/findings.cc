// SPDX-License-Identifier: Apache-2.0
//
// What a process has written to its log. Kinds are read here; everything else is made of it by the command `gridlock report`.
#include <fcntl.h>
#include <gridlock/testing/log.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string_view>

extern char** environ;  // NOLINT(readability-redundant-declaration): libc's

namespace gridlock::testing::internal {
namespace {

/// The first member of that name that is a text; records begin with those that are asked for.
std::string text_member(const std::string& line, const std::string& name) {
  const std::string start = "\"" + name + "\":\"";
  const std::size_t at = line.find(start);
  if (at == std::string::npos) return "";
  const std::size_t first = at + start.size();
  return line.substr(first, line.find('"', first) - first);
}

/// The whole lines of a process, in a log that others may write to as well.
std::vector<std::string> lines_of(pid_t process) {
  std::vector<std::string> lines;
  std::ifstream log(log_of(process), std::ios::binary);
  const std::string own = "\"pid\":" + std::to_string(process) + ",";
  for (std::string line; std::getline(log, line) && !log.eof();) {
    if (line.substr(0, 100).find(own) != std::string::npos) lines.push_back(line);
  }
  return lines;
}

/// A hang that is not proved is a dump.
bool is_finding(const std::string& line) {
  return text_member(line, "record") == "finding" ||
         (text_member(line, "record") == "dump" && text_member(line, "reason") == "hang");
}

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> all;
  for (std::string& word : words) all.push_back(word.data());
  all.push_back(nullptr);
  return all;
}

struct Output {
  bool ended_well = false;
  std::string text;
};

/// What a command prints. It is not to be watched itself.
Output output_of(std::vector<std::string> words) {
  Output output;
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return output;
  std::vector<std::string> variables{"GRIDLOCK_WATCH=0"};
  for (char** one = environ; *one != nullptr; ++one) {
    if (!std::string_view(*one).starts_with("LD_PRELOAD=") &&
        !std::string_view(*one).starts_with("GRIDLOCK_WATCH="))
      variables.emplace_back(*one);
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  pid_t pid = 0;
  const int error = posix_spawn(&pid, words.front().c_str(), &actions, nullptr,
                                pointers(words).data(), pointers(variables).data());
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  std::array<char, 4096> buffer{};
  for (ssize_t got = 0; error == 0;) {
    got = read(ends[0], buffer.data(), buffer.size());
    if (got > 0) output.text.append(buffer.data(), static_cast<std::size_t>(got));
    if (got == 0 || (got < 0 && errno != EINTR)) break;
  }
  close(ends[0]);
  int status = -1;
  while (error == 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  output.ended_well = error == 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
  return output;
}

/// A log with these findings only.
std::string write_extract(pid_t process, const std::vector<Finding>& findings) {
  std::string path = log_of(process) + ".test-XXXXXX";
  const int file = mkstemp(path.data());
  if (file < 0) return "";
  close(file);
  std::ofstream extract(path, std::ios::binary);
  std::string run;
  for (const std::string& line : lines_of(process)) {
    run = text_member(line, "run");
    const bool counts = !is_finding(line) || std::ranges::any_of(findings, [&](const Finding& one) {
      return one.line == line;
    });
    const std::string record = text_member(line, "record");
    if (counts && record != "left-out" && record != "infeasible-cycle" && record != "safe-cycle")
      extract << line << '\n';
  }
  if (process == getpid())  // which goes on, so that it does not look as if it had been killed
    extract << R"({"record":"end","pid":)" << process << R"(,"run":")" << run << "\"}\n";
  return extract.flush() ? path : "";
}

std::string file_name(std::string test) {
  for (char& c : test) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '.' && c != '-') c = '_';
  }
  return test;
}

std::string kinds(const std::vector<Finding>& findings) {
  std::string all;
  for (const Finding& one : findings) all += (all.empty() ? "" : ", ") + one.kind;
  return all;
}

}  // namespace

std::vector<Finding> findings_of(pid_t process) {
  std::vector<Finding> findings;
  for (const std::string& line : lines_of(process)) {
    if (!is_finding(line)) continue;
    const std::string kind = text_member(line, "kind");
    findings.push_back({kind.empty() ? "hang" : kind, line});
  }
  return findings;
}

bool is_watched() {
  static const bool watched = !lines_of(getpid()).empty();  // asked first before there is any copy
  return watched;
}

bool has_dump(pid_t process) {
  return std::ranges::any_of(lines_of(process), [](const std::string& line) {
    return text_member(line, "record") == "dump";
  });
}

std::string text_of(pid_t process, const std::vector<Finding>& findings, const std::string& test) {
  const std::string extract = write_extract(process, findings);
  const std::string gridlock = command();
  if (extract.empty() || gridlock.empty()) {
    return "found: " + kinds(findings) + "; the log " + log_of(process) +
           " has more, but there is no command `gridlock` to read it (GRIDLOCK_COMMAND)\n";
  }
  std::vector<std::string> words{gridlock, "report", "--at-end", test, "--color", "never"};
  if (findings.empty())
    words.emplace_back("-v");  // where each thread is, is all that is known of a hang
  const std::string pages = folder_of_pages();
  std::error_code error;
  std::string page;
  if (!pages.empty()) {
    std::filesystem::create_directories(pages, error);
    page = std::filesystem::absolute(pages + "/" + file_name(test) + ".html").string();
    words.insert(words.end(), {"--text", "--html", page});
  }
  words.insert(words.end(), {"--", extract});
  Output output = output_of(words);
  std::filesystem::remove(extract, error);
  if (!output.ended_well) return "found: " + kinds(findings) + "\n" + output.text;
  if (output.text.empty()) return "";
  if (!page.empty()) output.text += "page: file://" + page + "\n";
  return output.text;
}

}  // namespace gridlock::testing::internal
