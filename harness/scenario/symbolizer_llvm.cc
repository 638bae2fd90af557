// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/limits.h"
#include "harness/scenario/modules.h"
#include "harness/scenario/own_environment.h"
#include "harness/scenario/spawn.h"
#include "harness/scenario/symbolizer.h"
#include "harness/scenario/text.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace gridlock::internal {
namespace {

using LlvmJson = nlohmann::json;

Frame to_frame(const LlvmJson& symbol) {
  Frame frame;
  frame.function = symbol.value("FunctionName", "");
  frame.file = symbol.value("FileName", "");
  frame.line = symbol.value("Line", 0);
  frame.column = symbol.value("Column", 0);
  if (frame.function == "??") frame.function.clear();
  if (frame.file == "??") frame.file.clear();
  return frame;
}

enum class Style : std::uint8_t { kJson, kPlain };

Answer run(const std::string& symbolizer, const std::string& questions, Style style,
           std::chrono::milliseconds at_most) {
  SpawnSpec spec;
  spec.argv = {symbolizer, style == Style::kJson ? "--output-style=JSON" : "--output-style=LLVM",
               "--inlines", "--demangle"};
  spec.environment = own_environment();
  spec.most_memory = kSymbolizerMemory;
  spec.most_written = kSymbolizerAnswers;
  return ask(std::move(spec), questions, at_most);
}

/// What the modules are called in a question. A path that has a quotation mark, a newline, or bytes
/// that JSON cannot repeat is asked for as the descriptor that leads to it.
class Modules {
 public:
  /// Empty if the module is no program.
  const std::string& question(const std::string& module, std::vector<std::string>& notes) {
    const auto known = asked_as_.find(module);
    if (known != asked_as_.end()) return known->second;
    const std::string path = original_bytes(module);
    Fd file = open_program(path);
    std::string& name = asked_as_[module];
    if (!file.valid()) {
      if (access(path.c_str(), F_OK) == 0)
        notes.push_back(module + " is no program: its places have no names");
      return name;
    }
    name = path;
    if (path.find_first_of("\"\n") != std::string::npos || printable(path) != path) {
      fcntl(file.get(), F_SETFD, 0);  // the symbolizer inherits it
      name = "/proc/self/fd/" + std::to_string(file.get());
      kept_.push_back(std::move(file));
    }
    modules_[name] = module;
    return name;
  }
  const std::string& module(const std::string& name) const { return modules_.at(name); }

 private:
  std::map<std::string, std::string> asked_as_;
  std::map<std::string, std::string> modules_;
  std::vector<Fd> kept_;
};

/// The questions to one symbolizer about addresses in some modules.
class Questions {
 public:
  Questions(const std::string& symbolizer, std::span<const CodeAddress> addresses,
            std::chrono::milliseconds at_most, std::chrono::milliseconds each_at_most,
            std::vector<std::string>& notes)
      : symbolizer_(symbolizer),
        notes_(notes),
        each_at_most_(each_at_most),
        deadline_(Clock::now() + at_most) {
    for (const CodeAddress& address : addresses) {
      if (!modules_.question(address.module, notes).empty()) addresses_.push_back(address);
    }
  }

  /// Gives each answer to `read`, with the address that was asked for; it may throw. `command` comes
  /// before each question: "", or "DATA ".
  template <typename Read>
  void ask(std::string_view command, Read read) {
    std::vector<CodeAddress> rest = addresses_;
    while (!rest.empty()) {
      const auto left =
          std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - Clock::now());
      const auto at_most = std::min(each_at_most_, left);
      if (at_most.count() <= 0) return;
      const Answer answers = run(symbolizer_, text_of(rest, command), Style::kJson, at_most);
      bool understood = true;
      const std::size_t answered = read_lines(answers.text, [&](std::string_view line) {
        try {
          require_readable_json(line);
          const LlvmJson answer = LlvmJson::parse(line);
          read(asked(answer), answer);
        } catch (const std::exception&) {
          understood = false;
        }
      });
      if (!answers.end.timed_out) {
        if (answers.end.exit_code != 0 || !understood) {
          note(" does not answer as llvm-symbolizer does; some frames may have no names");
        }
        return;
      }
      note(" did not finish within " +
           std::to_string(std::chrono::ceil<std::chrono::seconds>(at_most).count()) +
           " s; some frames may have no names");
      forget_what_took_long(rest, answered);
    }
  }

  /// One address in the plain style, whose file names are the bytes that the program has.
  std::vector<std::string> files_of(const CodeAddress& address) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - Clock::now());
    if (left.count() <= 0) return {};
    const Answer answers = run(symbolizer_, text_of({{address}}, ""), Style::kPlain, left);
    std::vector<std::string> files;
    std::size_t number = 0;
    read_lines(answers.text, [&](std::string_view line) {
      if (number++ % 2 == 1) files.push_back(valid_utf8(without_place(line)));
    });
    return files;
  }

 private:
  using Clock = std::chrono::steady_clock;

  std::string text_of(const std::vector<CodeAddress>& addresses, std::string_view command) {
    std::string text;
    for (const CodeAddress& address : addresses) {
      text.append(command).append("\"").append(modules_.question(address.module, notes_));
      text.append("\" ").append(std::to_string(address.offset)).append("\n");
    }
    return text;
  }

  // How many lines have something in them.
  template <typename Read>
  static std::size_t read_lines(std::string_view text, Read read) {
    std::size_t count = 0;
    for (std::size_t length = 0; (length = text.find('\n')) != std::string_view::npos;
         text.remove_prefix(length + 1)) {
      if (length == 0) continue;
      ++count;
      read(text.substr(0, length));
    }
    return count;
  }

  // The question that an answer repeats.
  CodeAddress asked(const LlvmJson& answer) const {
    return {modules_.module(answer.at("ModuleName").get<std::string>()),
            std::stoull(answer.at("Address").get<std::string>(), nullptr, 16)};
  }

  // "/src/a.cc" of "/src/a.cc:12:3"
  static std::string_view without_place(std::string_view line) {
    for (int i = 0; i < 2; ++i) line = line.substr(0, line.rfind(':'));
    return line;
  }

  static void forget_what_took_long(std::vector<CodeAddress>& rest, std::size_t answered) {
    const std::size_t at = std::min(answered, rest.size() - 1);
    const std::string module = rest[at].module;
    rest.erase(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(at));
    std::erase_if(rest, [&](const CodeAddress& one) { return one.module == module; });
  }

  void note(const std::string& what) {
    if (std::ranges::find(notes_, symbolizer_ + what) == notes_.end())
      notes_.push_back(symbolizer_ + what);
  }

  const std::string& symbolizer_;
  std::vector<std::string>& notes_;
  Modules modules_;
  std::vector<CodeAddress> addresses_;
  std::chrono::milliseconds each_at_most_;
  Clock::time_point deadline_;
};

Stack stack_of(const LlvmJson& answer) {
  Stack stack;
  for (const LlvmJson& symbol : answer.value("Symbol", LlvmJson::array())) {
    Frame frame = to_frame(symbol);
    if (!frame.function.empty()) stack.push_back(std::move(frame));
    if (stack.size() == kMaxFrames) break;
  }
  return stack;
}

// JSON has U+FFFD for what is not UTF-8.
bool has_lost_bytes(const Stack& stack) {
  return std::ranges::any_of(stack, [](const Frame& frame) {
    return frame.file.find("\xEF\xBF\xBD") != std::string::npos;
  });
}

void restore_files(Questions& questions, SymbolTable& symbols) {
  constexpr int kMax = 32;  // a process each
  int asked = 0;
  for (auto& [address, stack] : symbols) {
    if (!has_lost_bytes(stack) || ++asked > kMax) continue;
    const std::vector<std::string> files = questions.files_of(address);
    for (std::size_t i = 0; i < stack.size() && files.size() == stack.size(); ++i)
      stack[i].file = files[i];
  }
}

Variable variable_of(const LlvmJson& answer) {
  Variable variable;
  const auto data = answer.find("Data");
  if (data == answer.end() || !data->is_object()) return variable;
  variable.name = data->value("Name", "");
  if (variable.name == "??") variable.name.clear();
  if (!variable.name.empty()) variable.size = std::stoull(data->value("Size", "0x0"), nullptr, 16);
  return variable;
}

}  // namespace

SymbolTable resolve_with_llvm(const std::string& symbolizer, std::span<const CodeAddress> addresses,
                              std::chrono::milliseconds at_most, std::vector<std::string>& notes,
                              std::chrono::milliseconds each_at_most) {
  SymbolTable symbols;
  try {
    Questions questions(symbolizer, addresses, at_most, each_at_most, notes);
    questions.ask("", [&](const CodeAddress& address, const LlvmJson& answer) {
      if (Stack stack = stack_of(answer); !stack.empty())
        symbols.emplace(address, std::move(stack));
    });
    restore_files(questions, symbols);
  } catch (const std::exception& error) {
    notes.push_back(symbolizer + ": " + error.what());
  }
  return symbols;
}

std::map<CodeAddress, Variable> variables_with_llvm(const std::string& symbolizer,
                                                    std::span<const CodeAddress> addresses,
                                                    std::chrono::milliseconds at_most,
                                                    std::vector<std::string>& notes) {
  std::map<CodeAddress, Variable> variables;
  try {
    Questions questions(symbolizer, addresses, at_most, kSymbolizerRun, notes);
    questions.ask("DATA ", [&](const CodeAddress& address, const LlvmJson& answer) {
      if (Variable variable = variable_of(answer); !variable.name.empty())
        variables.emplace(address, std::move(variable));
    });
  } catch (const std::exception& error) {
    notes.push_back(symbolizer + ": " + error.what());
  }
  return variables;
}

}  // namespace gridlock::internal
