// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/manual.h"

#include "harness/cli/completion.h"
#include "harness/scenario/option_table.h"

#include <algorithm>
#include <cctype>
#include <sstream>
#include <vector>

namespace gridlock::internal {
namespace {

// As roff wants it: no character means more than itself.
std::string roff(std::string_view text) {
  std::string out;
  bool at_start = true;
  for (const char c : text) {
    if (at_start && (c == '.' || c == '\'')) out += "\\&";
    at_start = c == '\n';
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
  }
  return out;
}

std::string bold(std::string_view text) { return "\\fB" + roff(text) + "\\fR"; }
std::string slanted(std::string_view text) { return "\\fI" + roff(text) + "\\fR"; }

std::string title(std::string_view text) {
  std::string upper(text);
  std::ranges::transform(upper, upper.begin(),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return ".SH " + roff(upper) + "\n";
}

std::string row(const std::string& head, std::string_view text) {
  return ".TP\n" + head + "\n" + roff(text) + "\n";
}

std::string option_row(const OptionText& option) {
  std::string head;
  for (const std::string& name : option.names) head += (head.empty() ? "" : ", ") + bold(name);
  if (!option.shown_as.empty()) head += " " + slanted(option.shown_as);
  return row(head, option.description);
}

std::string words_of(const CommandText& command) {
  std::string text;
  for (const WordText& word : command.words) {
    const std::string one = slanted(word.name) + (word.several ? "..." : "");
    text += word.required || runs_a_program(command) ? " " + one : " [" + one + "]";
  }
  if (runs_a_program(command))
    text += " [\\fB\\-\\-\\fR] " + slanted("PROGRAM") + " [" + slanted("ARGUMENT") + "...]";
  return text;
}

std::string synopsis(const CommandText& gridlock) {
  std::string text = title("Synopsis");
  for (const CommandText& command : gridlock.commands) {
    text += (text.ends_with("SYNOPSIS\n") ? "" : ".br\n") + bold("gridlock " + command.name) +
            " [" + slanted("OPTION") + "...]" + words_of(command) + "\n";
    for (const CommandText& part : command.commands) {
      text += ".br\n" + bold("gridlock " + command.name + " " + part.name) + words_of(part) + "\n";
    }
  }
  return text;
}

std::string command_section(const CommandText& command) {
  std::string text = ".SS " + roff(command.name) + "\n" + roff(command.description) + ".\n";
  for (const WordText& word : command.words) text += row(slanted(word.name), word.description);
  for (const OptionText& option : command.options) {
    if (option.names.back() != "--help") text += option_row(option);
  }
  for (const CommandText& part : command.commands) {
    text += ".PP\n" + bold(command.name + " " + part.name) + ": " + roff(part.description) + ".\n";
    for (const WordText& word : part.words) text += row(slanted(word.name), word.description);
  }
  return text;
}

// One of the footer's rows, which may go on in the next lines: "  KEY  text" and "       more text".
struct FooterRow {
  std::string key;
  std::string text;
};

std::string shown_row(FooterRow& pending) {
  std::string text;
  if (!pending.key.empty()) text = row(bold(pending.key), pending.text);
  pending = {};
  return text;
}

std::string footer_sections(std::string_view footer) {
  std::istringstream lines{std::string(footer)};
  std::string text;
  FooterRow pending;
  for (std::string line; std::getline(lines, line);) {
    if (line.empty()) continue;
    const std::size_t start = line.find_first_not_of(' ');
    if (start == 0) {
      text += shown_row(pending) + title(line.substr(0, line.find(':')));
    } else if (start == 2) {
      const std::size_t gap = line.find("  ", start);
      const std::size_t rest = line.find_first_not_of(' ', gap);
      text += shown_row(pending);
      pending.key = line.substr(start, gap - start);
      pending.text = rest == std::string::npos ? "" : line.substr(rest);
    } else {
      pending.text += "\n" + line.substr(start);
    }
  }
  return text + shown_row(pending);
}

std::string runtime_options() {
  std::string text = title("Options of the runtime") +
                     roff("In GRIDLOCK_OPTIONS, or with --set; name=value, colons between them.") +
                     "\n";
  for (const OptionRow& option : option_rows()) {
    const std::string_view fallback = option.default_value;
    text += row(bold(option.name) + " (" + roff(value_text(option)) + "; default " +
                    roff(fallback.empty() ? "none" : fallback) + ")",
                option.description);
  }
  return text;
}

}  // namespace

std::string man_page(const CommandText& gridlock, std::string_view footer,
                     std::string_view version) {
  std::string text =
      ".\\\" SPDX-License-Identifier: Apache-2.0\n"
      ".\\\" Made by `gridlock --man` from the table of options.\n"
      ".TH GRIDLOCK 1 \"\" \"Gridlock " +
      roff(version) + "\" \"User Commands\"\n" + title("Name") +
      "gridlock \\- finds deadlocks and data races in programs\n" + synopsis(gridlock) +
      title("Description") + roff(gridlock.description) + "\n" + title("Commands");
  for (const CommandText& command : gridlock.commands) text += command_section(command);
  text += title("Options");
  for (const OptionText& option : gridlock.options) text += option_row(option);
  return text + footer_sections(footer) + runtime_options() + title("Examples") +
         row(bold("gridlock exec ./server --port 80"),
             "Says on stderr, when the server ends or hangs, which of its locks can deadlock.") +
         row(bold("gridlock explore --time 60 -- ./bank_test"),
             "Runs each test of a program again and again, in another order of its threads each "
             "time.") +
         row(bold("gridlock why 4711"), "Says what a process that hangs now waits for.") +
         row(bold("gridlock report --html page.html gridlock.*.jsonl"),
             "Makes a page of what programs have written.");
}

}  // namespace gridlock::internal
