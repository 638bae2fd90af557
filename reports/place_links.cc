// SPDX-License-Identifier: Apache-2.0
#include "reports/place_links.h"

#include "reports/places.h"

#include <algorithm>
#include <cstddef>

namespace gridlock::internal::reports {
namespace {

/// A path behind a '/' of the address loses its own.
std::string link_text(std::string_view form, std::string_view path, int line) {
  std::string url;
  while (!form.empty()) {
    if (form.starts_with("{path}")) {
      if (url.ends_with('/') && path.starts_with('/')) path.remove_prefix(1);
      url += as_uri(path);
      form.remove_prefix(6);
    } else if (form.starts_with("{line}")) {
      url += std::to_string(std::max(line, 1));
      form.remove_prefix(6);
    } else {
      url += form.front();
      form.remove_prefix(1);
    }
  }
  return url;
}

/// A report may come from anywhere: what is in it is looked at again.
bool is_on_the_web(std::string_view url) {
  return is_place_url(url) && (url.starts_with("https://") || url.starts_with("http://"));
}

}  // namespace

std::string as_uri(std::string_view path) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  constexpr std::string_view kPlain = "-._~/";
  std::string uri;
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || kPlain.find(c) != std::string_view::npos;
    if (is_plain) {
      uri += c;
    } else {
      uri += {'%', kDigits[byte >> 4U], kDigits[byte & 15U]};
    }
  }
  return uri;
}

std::string editor_link(const Frame& frame, const Report& report) {
  if (frame.file.empty() || !is_place_url(report.editor_url)) return {};
  const bool is_absolute = frame.file.starts_with('/');
  if (!is_absolute && report.project.empty()) return {};
  return link_text(report.editor_url, is_absolute ? frame.file : report.project + "/" + frame.file,
                   frame.line);
}

std::string code_link(const Frame& frame, const Report& report) {
  if (frame.file.empty() || !is_on_the_web(report.code_url)) return {};
  const std::string path = path_in_project(frame.file, report);
  if (path.starts_with('/') || path.find("..") != std::string::npos) return {};
  return link_text(report.code_url, path, frame.line);
}

}  // namespace gridlock::internal::reports
