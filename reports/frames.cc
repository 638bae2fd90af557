// SPDX-License-Identifier: Apache-2.0
#include "reports/frames.h"

#include "reports/utf8.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace gridlock::internal::reports {
namespace {

std::string_view basename(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string hex(std::uint64_t value) {
  std::array<char, 16> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, 16).ptr;
  return "0x" + std::string(digits.data(), end);
}

std::string place(const Frame& frame, std::string_view file, std::string_view module) {
  if (!file.empty())
    return printable_line(file) + (frame.line > 0 ? ":" + std::to_string(frame.line) : "");
  if (!module.empty()) return printable_line(module) + "+" + hex(frame.offset);
  return "an unknown place";
}

}  // namespace

bool is_library_frame(const Frame& frame) { return !is_user_frame(frame); }

const Frame* site_of(const Stack& stack) { return user_site(stack); }

ShownStack shown(const Stack& stack, std::size_t limit) {
  ShownStack result;
  const Frame* site = site_of(stack);
  std::size_t frames = 0;
  for (std::size_t i = 0; i < stack.size(); ++i) {
    const Frame& frame = stack[i];
    if (&frame != site && is_library_frame(frame)) {
      if (result.items.empty() || result.items.back().folded == 0)
        result.items.push_back({&frame, 0});
      ++result.items.back().folded;
    } else if (frames == limit) {
      result.left_out = static_cast<int>(stack.size() - i);
      break;
    } else {
      result.items.push_back({&frame, 0});
      ++frames;
    }
  }
  return result;
}

std::string function_text(const Frame& frame) {
  return frame.function.empty() ? "??" : printable_line(frame.function);
}

std::string place_text(const Frame& frame) { return place(frame, frame.file, frame.module); }

std::string short_place_text(const Frame& frame) {
  return place(frame, basename(frame.file), basename(frame.module));
}

std::string place_not_known_text(const Stack& stack) {
  const bool is_old = std::ranges::any_of(
      stack, [](const Frame& frame) { return frame.module.ends_with("(another build)"); });
  if (is_old) return "not known: the program was rebuilt since";
  // The user's function was expanded into one of our headers.
  const bool is_lineless = std::ranges::any_of(stack, [](const Frame& frame) {
    return frame.file.empty() && frame.function.find("gridlock::") != std::string::npos;
  });
  if (is_lineless) return "not known without debug information: compile with -g";
  return "not known: no frame of the program is left (a last call compiled as a jump? "
         "-fno-optimize-sibling-calls keeps it)";
}

std::string short_site_text(const Stack& stack) {
  const Frame* const site = site_of(stack);
  return site == nullptr ? "a place not known" : short_place_text(*site);
}

std::string_view source_line(const Report& report, std::string_view file, int line) {
  const auto it = report.sources.find(std::string(file));
  if (it == report.sources.end() || line < 1) return {};
  std::string_view text = it->second;
  for (int i = 1; i < line; ++i) {
    const std::size_t newline = text.find('\n');
    if (newline == std::string_view::npos) return {};
    text.remove_prefix(newline + 1);
  }
  text = text.substr(0, text.find('\n'));
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

int source_lines(const Report& report, std::string_view file) {
  const auto it = report.sources.find(std::string(file));
  if (it == report.sources.end() || it->second.empty()) return 0;
  const auto newlines = std::ranges::count(it->second, '\n');
  return static_cast<int>(newlines) + (it->second.back() == '\n' ? 0 : 1);
}

}  // namespace gridlock::internal::reports
