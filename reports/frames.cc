// SPDX-License-Identifier: Apache-2.0
#include "reports/frames.h"

#include "reports/utf8.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace gridlock::internal::reports {
namespace {

constexpr std::string_view kAnonymous = "(anonymous namespace)";

/// "void std::f<int>(int)" -> "std::f<int>(int)": demanglers print the return type of templates. It
/// ends at the last space outside brackets before the parameters.
std::string_view without_return_type(std::string_view function) {
  std::size_t start = 0;
  int depth = 0;
  for (std::size_t i = 0; i < function.size(); ++i) {
    const std::string_view before = function.substr(start, i - start);
    const std::string_view rest = function.substr(i);
    if (depth == 0 && rest.starts_with(kAnonymous)) {
      i += kAnonymous.size() - 1;
    } else if (depth == 0 && rest.starts_with('(') && !before.ends_with("operator") &&
               !before.ends_with("decltype")) {
      break;
    } else if (rest.starts_with('(') || rest.starts_with('<')) {
      ++depth;
    } else if (rest.starts_with(')') || rest.starts_with('>')) {
      depth = std::max(0, depth - 1);
    } else if (depth == 0 && rest.starts_with(' ')) {
      start = i + 1;
    }
  }
  return function.substr(start);
}

bool starts_with_any(std::string_view text, auto prefixes) {
  return std::ranges::any_of(prefixes,
                             [&](std::string_view prefix) { return text.starts_with(prefix); });
}

bool is_library_function(std::string_view function, std::string_view file) {
  constexpr std::array<std::string_view, 7> kPrefixes = {
      "std::", "__gnu_cxx::", "__tsan", "__asan", "__sanitizer", "__interceptor", "___interceptor"};
  const std::string_view name = without_return_type(function);
  if (starts_with_any(name, kPrefixes)) return true;
  if (!name.starts_with("gridlock::")) return false;
  return !name.substr(sizeof("gridlock::") - 1).starts_with(kAnonymous) ||
         file.find("/harness/") != std::string_view::npos;
}

// g++ names functions of an unnamed namespace without any namespace, so what runs below the public
// headers is known by its place: the source tree that this very file was compiled in.
bool is_observer_file(std::string_view file) {
  constexpr std::string_view kHere = __FILE__;  // ROOT/reports/frames.cc
  constexpr std::string_view kRoot = kHere.substr(0, kHere.rfind("reports/"));
  constexpr std::array<std::string_view, 4> kFolders = {"harness/runtime/", "harness/primitives/",
                                                        "harness/platform/", "harness/analysis/"};
  return !kRoot.empty() && file.starts_with(kRoot) &&
         starts_with_any(file.substr(kRoot.size()), kFolders);
}

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
    return one_line(file) + (frame.line > 0 ? ":" + std::to_string(frame.line) : "");
  if (!module.empty()) return one_line(module) + "+" + hex(frame.offset);
  return "an unknown place";
}

}  // namespace

bool is_library_frame(const Frame& frame) {
  // What a library was compiled from may be named in its debug information, far from here.
  constexpr std::array<std::string_view, 3> kSystem = {"/usr/lib", "/lib/", "/lib64/"};
  if (frame.file.starts_with("/usr/") || frame.function == "_start") return true;
  if (starts_with_any(std::string_view(frame.module), kSystem)) return true;
  if (is_library_function(frame.function, frame.file)) return true;
  if (is_observer_file(frame.file)) return true;
  return frame.file.empty() && frame.module.empty() && frame.function.empty();
}

const Frame* site_of(const Stack& stack) {
  if (stack.empty()) return nullptr;
  const auto site = std::ranges::find_if_not(stack, is_library_frame);
  return site == stack.end() ? &stack.front() : &*site;
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
  return frame.function.empty() ? "??" : one_line(frame.function);
}

std::string place_text(const Frame& frame) { return place(frame, frame.file, frame.module); }

std::string short_place_text(const Frame& frame) {
  return place(frame, basename(frame.file), basename(frame.module));
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
