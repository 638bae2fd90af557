// SPDX-License-Identifier: Apache-2.0
//
// Questions and answers go through memory files instead of pipes: neither side can block on the
// other, so the only wait is the bounded one for the end of the process.
#include "harness/scenario/spawn.h"
#include "harness/scenario/symbolizer.h"

#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <exception>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

extern char** environ;  // NOLINT(readability-redundant-declaration): POSIX leaves it to the program

namespace gridlock::internal {
namespace {

using Json = nlohmann::json;

// `command` comes before each: "", or "DATA ".
std::string questions(std::span<const CodeAddress> addresses, std::string_view command) {
  std::string text;
  for (const CodeAddress& address : addresses) {
    text.append(command).append("\"").append(address.module).append("\" ");
    text.append(std::to_string(address.offset)).append("\n");
  }
  return text;
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return lseek(fd, 0, SEEK_SET) == 0;
}

std::string read_all(int fd) {
  std::string text;
  std::array<char, 65536> buffer;
  off_t at = 0;
  for (ssize_t got = 0; (got = pread(fd, buffer.data(), buffer.size(), at)) > 0; at += got) {
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return text;
}

std::vector<std::string> own_environment() {
  std::vector<std::string> result;
  for (char** variable = environ; *variable != nullptr; ++variable) result.emplace_back(*variable);
  return result;
}

Frame to_frame(const Json& symbol) {
  Frame frame;
  frame.function = symbol.value("FunctionName", "");
  frame.file = symbol.value("FileName", "");
  frame.line = symbol.value("Line", 0);
  frame.column = symbol.value("Column", 0);
  if (frame.function == "??") frame.function.clear();
  if (frame.file == "??") frame.file.clear();
  return frame;
}

// The question that an answer repeats.
CodeAddress asked(const Json& answer) {
  return {answer.at("ModuleName").get<std::string>(),
          std::stoull(answer.at("Address").get<std::string>(), nullptr, 16)};
}

void read_answer(const Json& answer, SymbolTable& symbols) {
  Stack stack;
  for (const Json& symbol : answer.value("Symbol", Json::array())) {
    Frame frame = to_frame(symbol);
    if (!frame.function.empty()) stack.push_back(std::move(frame));
  }
  if (!stack.empty()) symbols.emplace(asked(answer), std::move(stack));
}

void read_variable(const Json& answer, std::map<CodeAddress, Variable>& variables) {
  const auto data = answer.find("Data");
  if (data == answer.end() || !data->is_object()) return;
  Variable variable{data->value("Name", ""), 0};
  if (variable.name.empty() || variable.name == "??") return;
  variable.size = std::stoull(data->value("Size", "0x0"), nullptr, 16);
  variables.emplace(asked(answer), std::move(variable));
}

// `read` is given each answer, and may throw.
template <typename Read>
void ask(const std::string& symbolizer, const std::string& what, std::chrono::milliseconds at_most,
         std::vector<std::string>& notes, Read read) {
  try {
    const Fd input(memfd_create("gridlock-questions", MFD_CLOEXEC));
    const Fd output(memfd_create("gridlock-answers", MFD_CLOEXEC));
    if (!write_all(input.get(), what)) {
      notes.push_back("no memory for the questions to " + symbolizer);
      return;
    }
    SpawnSpec spec;
    spec.argv = {symbolizer, "--output-style=JSON", "--inlines", "--demangle"};
    spec.environment = own_environment();
    spec.stdin_fd = input.get();
    spec.output_fd = output.get();
    spec.merge_stderr = false;
    const ProcessEnd end = wait_bounded(spawn(spec), at_most);

    const std::string text = read_all(output.get());
    std::string_view rest = text;
    bool understood = true;
    for (std::size_t length = 0; (length = rest.find('\n')) != std::string_view::npos;
         rest.remove_prefix(length + 1)) {
      try {
        if (length > 0) read(Json::parse(rest.substr(0, length)));
      } catch (const std::exception&) {
        understood = false;
      }
    }
    if (end.timed_out) {
      notes.push_back(symbolizer + " did not finish within " +
                      std::to_string(std::chrono::ceil<std::chrono::seconds>(at_most).count()) +
                      " s; some frames may have no names");
    } else if (end.exit_code != 0 || !understood) {
      notes.push_back(symbolizer +
                      " does not answer as llvm-symbolizer does; some frames may have no names");
    }
  } catch (const std::exception& error) {
    notes.push_back(symbolizer + ": " + error.what());
  }
}

}  // namespace

SymbolTable resolve_with_llvm(const std::string& symbolizer, std::span<const CodeAddress> addresses,
                              std::chrono::milliseconds at_most, std::vector<std::string>& notes) {
  SymbolTable symbols;
  ask(symbolizer, questions(addresses, ""), at_most, notes,
      [&](const Json& answer) { read_answer(answer, symbols); });
  return symbols;
}

std::map<CodeAddress, Variable> variables_with_llvm(const std::string& symbolizer,
                                                    std::span<const CodeAddress> addresses,
                                                    std::chrono::milliseconds at_most,
                                                    std::vector<std::string>& notes) {
  std::map<CodeAddress, Variable> variables;
  ask(symbolizer, questions(addresses, "DATA "), at_most, notes,
      [&](const Json& answer) { read_variable(answer, variables); });
  return variables;
}

}  // namespace gridlock::internal
