// SPDX-License-Identifier: Apache-2.0
//
// Only the beginning of each line is looked at, `{"record":"finding","pid":7,"run":"..."`: the runtime writes
// these first, and the reader of a line finds what is wrong with the rest of it.
#include "harness/scenario/log_runs.h"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <utility>

namespace gridlock::internal {
namespace {

// Within a text its quotation marks would be escaped.
constexpr std::string_view kRecord = R"({"record":")";

class Beginning {
 public:
  explicit Beginning(std::string_view line) : rest_(line) {}

  bool take(char c) {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r"), rest_.size()));
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  /// A string without escapes.
  std::optional<std::string_view> take_text() {
    if (!take('"')) return std::nullopt;
    const std::size_t end = rest_.find_first_of("\"\\");
    if (end == std::string_view::npos || rest_[end] != '"') return std::nullopt;
    const std::string_view text = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    return text;
  }

  bool skip_number() {
    const std::size_t start = std::min(rest_.find_first_not_of(' '), rest_.size());
    const std::size_t end = std::min(rest_.find_first_not_of("0123456789", start), rest_.size());
    rest_.remove_prefix(end);
    return end != start;
  }

 private:
  std::string_view rest_;
};

struct Owner {
  bool is_record = false;
  bool is_start = false;
  std::string_view run;
};

Owner owner_of(std::string_view line) {
  Beginning at(line);
  if (!at.take('{') || at.take_text() != "record" || !at.take(':')) return {};
  const std::optional<std::string_view> type = at.take_text();
  Owner owner{type.has_value(), type == "start", {}};
  std::optional<std::string_view> name = at.take(',') ? at.take_text() : std::nullopt;
  if (name == "pid" && at.take(':') && at.skip_number())
    name = at.take(',') ? at.take_text() : std::nullopt;
  if (name == "run" && at.take(':')) owner.run = at.take_text().value_or("");
  return owner;
}

}  // namespace

std::vector<LogRun> runs_of_log(std::string_view text, std::size_t most) {
  std::vector<LogRun> runs;
  std::map<std::string, std::size_t, std::less<>> known;
  LogRun unowned;  // what comes before the first record
  std::size_t current = 0;
  std::size_t number = 1;
  const auto take = [&](std::string_view line) {
    const Owner owner = owner_of(line);
    auto found = known.find(owner.run);
    // A version that wrote no runs wrote a `start` at least.
    const bool says_whose =
        owner.is_record && (!owner.run.empty() || owner.is_start || found != known.end());
    if (says_whose) {
      if (found == known.end()) {
        if (runs.size() < most) runs.emplace_back(std::exchange(unowned, {})).id = owner.run;
        found = known.emplace(owner.run, runs.size() - 1).first;
      }
      current = found->second;
    }
    LogRun& run = runs.empty() ? unowned : runs[current];
    run.text += line;
    run.lines.push_back(number);
  };
  for (; !text.empty(); ++number) {
    std::string_view line = text.substr(0, std::min(text.find('\n'), text.size() - 1) + 1);
    text.remove_prefix(line.size());
    // One died while it wrote; the next one wrote on behind that.
    while (line.find(kRecord, 1) != std::string_view::npos) {
      const std::string_view cut = line.substr(0, line.find(kRecord, 1));
      take(std::string(cut) + '\n');
      line.remove_prefix(cut.size());
    }
    if (line != "\n") take(line);
  }
  if (runs.empty()) runs.push_back(std::move(unowned));
  return runs;
}

}  // namespace gridlock::internal
