// SPDX-License-Identifier: Apache-2.0
#include "reports/render_index.h"

namespace gridlock::internal::reports {
namespace {

thread_local RenderIndex* innermost = nullptr;

}  // namespace

RenderIndex::RenderIndex(const Report& report) : report_(report), outer_(innermost) {
  innermost = this;
}

RenderIndex::~RenderIndex() { innermost = outer_; }

RenderIndex* RenderIndex::of(const Report& report) {
  return innermost != nullptr && &innermost->report_ == &report ? innermost : nullptr;
}

RenderIndex* RenderIndex::any() { return innermost; }

bool RenderIndex::is_user(const Frame& frame) {
  key_ = frame.function;
  for (const std::string* part : {&frame.file, &frame.module}) (key_ += '\0') += *part;
  const auto it = is_user_.find(key_);
  return it != is_user_.end() ? it->second : (is_user_[key_] = is_user_frame(frame));
}

const RenderIndex::Lines& RenderIndex::lines_of(std::string_view file) {
  if (const auto it = files_.find(file); it != files_.end()) return it->second;
  Lines& lines = files_[std::string(file)];
  const auto source = report_.sources.find(std::string(file));
  if (source == report_.sources.end()) return lines;
  lines.text = source->second;
  for (std::size_t at = 0; at < lines.text.size();) {
    lines.begins.push_back(at);
    const std::size_t newline = lines.text.find('\n', at);
    at = newline == std::string_view::npos ? lines.text.size() : newline + 1;
  }
  return lines;
}

std::string_view RenderIndex::line(std::string_view file, int line) {
  const Lines& lines = lines_of(file);
  if (line < 1 || static_cast<std::size_t>(line) > lines.begins.size()) return {};
  std::string_view text = lines.text.substr(lines.begins[static_cast<std::size_t>(line) - 1]);
  text = text.substr(0, text.find('\n'));
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

int RenderIndex::lines(std::string_view file) {
  return static_cast<int>(lines_of(file).begins.size());
}

}  // namespace gridlock::internal::reports
