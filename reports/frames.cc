// SPDX-License-Identifier: Apache-2.0
#include "reports/frames.h"

#include "reports/render_index.h"
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

std::string place(const Frame& frame, std::string_view file, std::string_view module) {
  if (!file.empty())
    return printable_line(file) + (frame.line > 0 ? ":" + std::to_string(frame.line) : "");
  if (!module.empty()) return printable_line(module) + "+" + hex_text(frame.offset);
  return "an unknown place";
}

}  // namespace

std::string hex_text(std::uint64_t value) {
  std::array<char, 16> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, 16).ptr;
  return "0x" + std::string(digits.data(), end);
}

bool is_library_frame(const Frame& frame) {
  RenderIndex* const index = RenderIndex::any();
  return index == nullptr ? !is_user_frame(frame) : !index->is_user(frame);
}

const Frame* site_of(const Stack& stack) {
  const auto site = std::ranges::find_if_not(stack, is_library_frame);
  return site == stack.end() ? nullptr : &*site;
}

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
  if (RenderIndex* const index = RenderIndex::of(report)) return index->line(file, line);
  return RenderIndex(report).line(file, line);
}

int source_lines(const Report& report, std::string_view file) {
  if (RenderIndex* const index = RenderIndex::of(report)) return index->lines(file);
  return RenderIndex(report).lines(file);
}

}  // namespace gridlock::internal::reports
