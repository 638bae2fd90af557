// SPDX-License-Identifier: Apache-2.0
//
// The user's own expressions, read from the line of source that a finding shows. Not a parser: a
// line that looks like anything else gives no words, and the advice then names the objects instead.
#include "reports/situation.h"

#include <array>
#include <cctype>
#include <cstddef>

namespace gridlock::internal::reports {
namespace {

bool in_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// Something that can be named again elsewhere in the function: "from.lock", "forks[i]", "*mutex".
bool is_expression(std::string_view text) {
  if (text.empty() || text.size() > 60) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool arrow = c == '-' && i + 1 < text.size() && text[i + 1] == '>';
    const bool after_arrow = c == '>' && i > 0 && text[i - 1] == '-';
    const bool plain =
        in_word(c) || std::string_view(".:[]()*+% ").find(c) != std::string_view::npos;
    if (!plain && !arrow && !after_arrow) return false;
  }
  return true;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

/// What stands in the brackets that open at `at`; empty if they do not close.
std::string_view bracketed(std::string_view line, std::size_t at) {
  int depth = 0;
  for (std::size_t i = at; i < line.size(); ++i) {
    if (line[i] == '(' || line[i] == '{' || line[i] == '[') ++depth;
    if (line[i] == ')' || line[i] == '}' || line[i] == ']') --depth;
    if (depth == 0) return line.substr(at + 1, i - at - 1);
  }
  return {};
}

/// `name` as a word of its own; npos if it is not there.
std::size_t word_at(std::string_view line, std::string_view name) {
  for (std::size_t at = line.find(name); at != std::string_view::npos;
       at = line.find(name, at + 1)) {
    const std::size_t end = at + name.size();
    if ((at == 0 || !in_word(line[at - 1])) && (end == line.size() || !in_word(line[end])))
      return at;
  }
  return std::string_view::npos;
}

std::string of_guard(std::string_view line) {
  constexpr std::array<std::string_view, 7> kGuards = {"lock_guard",  "unique_lock", "scoped_lock",
                                                       "shared_lock", "Guard",       "SharedGuard",
                                                       "TimedGuard"};
  for (const std::string_view guard : kGuards) {
    std::size_t at = word_at(line, guard);
    if (at == std::string_view::npos) continue;
    at += guard.size();
    if (at < line.size() && line[at] == '<') at = line.find('>', at);
    at = line.find_first_of("({", at);
    if (at == std::string_view::npos) continue;
    std::string_view inside = bracketed(line, at);
    inside = trimmed(inside.substr(0, inside.find(',')));
    if (is_expression(inside)) return std::string(inside);
  }
  return {};
}

/// The receiver of a call: "from.lock" of `from.lock.lock();` with `name` "lock".
std::string receiver(std::string_view line, std::string_view name) {
  for (const std::string_view link : {std::string_view("."), std::string_view("->")}) {
    const std::string call = std::string(link) + std::string(name) + "(";
    const std::size_t end = line.find(call);
    if (end == std::string_view::npos) continue;
    std::size_t start = end;
    int depth = 0;
    while (start > 0) {
      const char c = line[start - 1];
      if (c == ']' || c == ')') ++depth;
      if (c == '[' || c == '(') --depth;
      const bool arrow = c == '>' && start > 1 && line[start - 2] == '-';
      const bool part = in_word(c) || c == '.' || c == ':' || c == ']' || c == ')' || arrow ||
                        (c == '-' && line[start] == '>');
      if (depth < 0 || (depth == 0 && !part && c != '[' && c != '(')) break;
      --start;
    }
    const std::string_view what = trimmed(line.substr(start, end - start));
    if (!is_expression(what)) continue;
    return (link == "->" ? "*" : "") + std::string(what);
  }
  return {};
}

}  // namespace

std::string locked_expression(std::string_view line) {
  if (const std::string guarded = of_guard(line); !guarded.empty()) return guarded;
  for (const std::string_view call : {"lock", "try_lock", "lock_shared", "acquire"}) {
    if (const std::string what = receiver(line, call); !what.empty()) return what;
  }
  return {};
}

std::string wait_with_test(std::string_view line) {
  const std::string condition = receiver(line, "wait");
  const std::size_t at = line.find("wait(");
  if (condition.empty() || condition.front() == '*' || at == std::string_view::npos) return {};
  const std::string_view inside = trimmed(bracketed(line, at + 4));
  if (inside.find(',') != std::string_view::npos || !is_expression(inside)) return {};
  return condition + ".wait(" + std::string(inside) + ", [&] { return ready; });";
}

}  // namespace gridlock::internal::reports
