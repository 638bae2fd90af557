// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/source_text.h"

#include "harness/scenario/regular_file.h"

#include <algorithm>
#include <cctype>

namespace gridlock::internal {
namespace {

bool word_character(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// Goes through C++ text and returns only the characters that are punctuation of the program itself.
class Punctuation {
 public:
  Punctuation(std::string_view text, std::size_t at) : text_(text), at_(at) {}

  /// The next one, or '\0' at the end of the text.
  char next() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (starts("//")) {
        skip_line_comment();
      } else if (starts("/*")) {
        skip_past("*/", at_ + 2);
      } else if (c == '"' || c == '\'') {
        skip_quoted(c);
      } else if (std::isdigit(static_cast<unsigned char>(c)) != 0) {
        skip_number();
      } else if (word_character(c)) {
        skip_word();
      } else {
        ++at_;
        if (std::isspace(static_cast<unsigned char>(c)) == 0) return c;
      }
    }
    return '\0';
  }

  std::size_t at() const { return at_; }

 private:
  bool starts(std::string_view what) const { return text_.substr(at_).starts_with(what); }

  void skip_past(std::string_view what, std::size_t from) {
    const std::size_t found = text_.find(what, from);
    at_ = found == std::string_view::npos ? text_.size() : found + what.size();
  }

  void skip_line_comment() {
    do {
      skip_past("\n", at_);
    } while (at_ >= 2 && at_ < text_.size() &&
             text_[at_ - 2] == '\\');  // continued on the next line
  }

  void skip_quoted(char quote) {
    for (++at_; at_ < text_.size() && text_[at_] != quote && text_[at_] != '\n'; ++at_) {
      if (text_[at_] == '\\') ++at_;
    }
    at_ = std::min(at_ + 1, text_.size());
  }

  void skip_number() {  // with its separators: 1'000'000
    while (at_ < text_.size() &&
           (word_character(text_[at_]) || text_[at_] == '.' ||
            (text_[at_] == '\'' && at_ + 1 < text_.size() && word_character(text_[at_ + 1])))) {
      ++at_;
    }
  }

  void skip_word() {
    const std::size_t start = at_;
    while (at_ < text_.size() && word_character(text_[at_])) ++at_;
    const std::string_view word = text_.substr(start, at_ - start);
    const bool raw = word == "R" || word == "LR" || word == "uR" || word == "UR" || word == "u8R";
    if (!raw || at_ >= text_.size() || text_[at_] != '"') return;
    const std::size_t open = text_.find('(', at_);
    if (open == std::string_view::npos) return;
    std::string close = ")";
    close.append(text_.substr(at_ + 1, open - at_ - 1)).append("\"");
    skip_past(close, open + 1);
  }

  std::string_view text_;
  std::size_t at_;
};

// Reads up to the bracket that closes the first `open` met; false if the text ends first.
bool skip_balanced(Punctuation& punctuation, char open, char close) {
  int depth = 0;
  for (char c = punctuation.next(); c != '\0'; c = punctuation.next()) {
    if (c == open) ++depth;
    if (c == close && depth > 0 && --depth == 0) return true;
  }
  return false;
}

// Offset of the first character of a line; npos if the text has not so many.
std::size_t start_of_line(std::string_view text, int number) {
  std::size_t start = 0;
  for (int line = 1; line < number; ++line) {
    start = text.find('\n', start);
    if (start == std::string_view::npos) return start;
    ++start;
  }
  return start;
}

}  // namespace

std::optional<std::string> read_file(const std::string& path, std::size_t at_most) {
  return read_whole(open_regular(path, at_most));
}

int last_line_of_body(std::string_view text, int first_line) {
  const std::size_t start = start_of_line(text, first_line);
  if (start == std::string_view::npos) return 0;
  Punctuation punctuation(text, start);
  if (first_line < 1 || !skip_balanced(punctuation, '(', ')') ||
      !skip_balanced(punctuation, '{', '}')) {
    return 0;
  }
  const std::string_view body = text.substr(start, punctuation.at() - start);
  return first_line + static_cast<int>(std::count(body.begin(), body.end(), '\n'));
}

LineRange scenario_lines(std::string_view text, int line) {
  const std::size_t next = start_of_line(text, line + 1);
  const std::size_t macro = text.substr(0, next).rfind("GRIDLOCK_SCENARIO(");
  if (line >= 1 && macro != std::string_view::npos) {
    const std::string_view before = text.substr(0, macro);
    const int first = 1 + static_cast<int>(std::count(before.begin(), before.end(), '\n'));
    const int last = last_line_of_body(text, first);
    if (last >= line) return {first, last};
  }
  return {line, last_line_of_body(text, line)};
}

}  // namespace gridlock::internal
