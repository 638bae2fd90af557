// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/code_host.h"

#include <gridlock/report.h>

#include "harness/scenario/source_text.h"
#include "harness/scenario/text.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace gridlock::internal {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLargest = 1U << 20U;  // a file of git's that is read
constexpr std::size_t kLongest = 200;        // a part of an address

bool is_word(std::string_view text, std::string_view besides) {
  return !text.empty() && text.size() <= kLongest && std::ranges::all_of(text, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           besides.find(c) != std::string_view::npos;
  });
}

bool is_host(std::string_view text) {
  return is_word(text, ".-") && text.front() != '.' && text.front() != '-';
}

bool is_segment(std::string_view text) {
  return is_word(text, "._-~+") && text != "." && text != "..";
}

std::vector<std::string_view> parts_of(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

/// Host (with its port, if that is the web's) and path of a repository.
struct Remote {
  std::string host;
  std::string path;
};

std::optional<Remote> remote_of(std::string_view text) {
  const std::size_t scheme = text.find("://");
  bool is_web = false;
  std::string_view place;
  std::string_view path;
  if (scheme != std::string_view::npos) {
    const std::string_view name = text.substr(0, scheme);
    is_web = name == "https" || name == "http";
    if (!is_web && name != "ssh" && name != "git" && name != "git+ssh") return std::nullopt;
    text.remove_prefix(scheme + 3);
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    place = text.substr(0, slash);
    path = text.substr(slash + 1);
  } else {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos ||
        text.substr(0, colon).find('/') != std::string_view::npos)
      return std::nullopt;  // a folder
    place = text.substr(0, colon);
    path = text.substr(colon + 1);
    if (path.starts_with('/')) path.remove_prefix(1);
  }
  if (const std::size_t at = place.rfind('@'); at != std::string_view::npos)
    place.remove_prefix(at + 1);
  const std::size_t colon = place.find(':');
  const std::string_view host = place.substr(0, colon);
  if (!is_host(host)) return std::nullopt;
  Remote remote{std::string(host), {}};
  if (colon != std::string_view::npos) {
    const std::string_view port = place.substr(colon + 1);
    if (port.empty() || port.size() > 5 ||
        !std::ranges::all_of(port, [](char c) { return c >= '0' && c <= '9'; }))
      return std::nullopt;
    if (is_web) remote.host += ":" + std::string(port);
  }
  while (path.ends_with('/')) path.remove_suffix(1);
  if (path.ends_with(".git")) path.remove_suffix(4);
  const auto segments = parts_of(path, '/');
  if (segments.size() < 2 || !std::ranges::all_of(segments, is_segment)) return std::nullopt;
  remote.path = path;
  return remote;
}

/// What comes between the repository and the commit, and how a line is named; nothing for a host that is not known.
std::optional<std::pair<std::string_view, std::string_view>> form_of(const Remote& remote) {
  const std::string_view host = remote.host;
  const auto labels = parts_of(host.substr(0, host.find(':')), '.');
  const auto has = [&](std::string_view name) { return std::ranges::count(labels, name) > 0; };
  const bool is_pair = std::ranges::count(remote.path, '/') == 1;
  if (has("gitlab")) return std::pair{"/-/blob/", "#L{line}"};
  if (!is_pair) return std::nullopt;  // only GitLab has groups in groups
  if (has("github")) return std::pair{"/blob/", "#L{line}"};
  if (has("bitbucket")) return std::pair{"/src/", "#lines-{line}"};
  if (has("codeberg") || has("gitea") || has("forgejo"))
    return std::pair{"/src/commit/", "#L{line}"};
  return std::nullopt;
}

bool is_commit(std::string_view text) {
  return (text.size() == 40 || text.size() == 64) && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

std::string text_of(const fs::path& file) {
  const std::optional<std::string> text = read_file(file.string(), kLargest);
  return text ? std::string(trimmed(*text)) : std::string();
}

/// What git keeps of a clone: its own, and what several working trees of one clone share.
struct Repository {
  fs::path top;
  fs::path own;
  fs::path shared;
};

std::optional<Repository> repository_around(const std::string& folder) {
  constexpr int kDeepest = 64;
  std::error_code error;
  fs::path at = fs::weakly_canonical(folder, error);
  if (error) return std::nullopt;
  for (int i = 0; i < kDeepest; ++i, at = at.parent_path()) {
    fs::path git = at / ".git";
    if (fs::is_regular_file(git, error)) {
      const std::string text = text_of(git);
      if (!text.starts_with("gitdir:")) return std::nullopt;
      git = at / trimmed(std::string_view(text).substr(7));
    }
    if (fs::is_directory(git, error)) {
      const std::string shared = text_of(git / "commondir");
      return Repository{at, git, shared.empty() ? git : git / shared};
    }
    if (at == at.root_path()) break;
  }
  return std::nullopt;
}

std::string commit_of(const Repository& repository) {
  constexpr std::string_view kRef = "ref: ";
  std::string head = text_of(repository.own / "HEAD");
  if (!head.starts_with(kRef)) return head;
  const std::string name(trimmed(std::string_view(head).substr(kRef.size())));
  if (!name.starts_with("refs/") || name.find("..") != std::string::npos) return {};
  for (const fs::path& folder : {repository.own, repository.shared}) {
    if (std::string commit = text_of(folder / name); !commit.empty()) return commit;
  }
  const std::string packed = text_of(repository.shared / "packed-refs");
  for (const std::string_view line : parts_of(packed, '\n')) {
    const std::size_t blank = line.find(' ');
    if (blank != std::string_view::npos && trimmed(line.substr(blank)) == name)
      return std::string(line.substr(0, blank));
  }
  return {};
}

/// That of "origin"; else the first.
std::string remote_of(const Repository& repository) {
  const std::string config = text_of(repository.shared / "config");
  std::string first;
  std::string_view section;
  for (const std::string_view raw : parts_of(config, '\n')) {
    const std::string_view line = trimmed(raw);
    if (line.starts_with('[')) section = line;
    if (!section.starts_with("[remote ") || !line.starts_with("url")) continue;
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos || !trimmed(line.substr(3, equals - 3)).empty()) continue;
    const std::string_view url = trimmed(line.substr(equals + 1));
    if (section == "[remote \"origin\"]") return std::string(url);
    if (first.empty()) first = url;
  }
  return first;
}

}  // namespace

std::string code_url(std::string_view remote, std::string_view commit, std::string_view folder) {
  const std::optional<Remote> parts = remote_of(trimmed(remote));
  if (!parts || !is_commit(commit)) return {};
  const auto form = form_of(*parts);
  const auto segments = parts_of(folder, '/');
  if (!form || (!folder.empty() && !std::ranges::all_of(segments, is_segment))) return {};
  return "https://" + parts->host + "/" + parts->path + std::string(form->first) +
         std::string(commit) + "/" + (folder.empty() ? "" : std::string(folder) + "/") + "{path}" +
         std::string(form->second);
}

std::string code_url_of(const std::string& project) {
  if (project.empty()) return {};
  const std::optional<Repository> repository = repository_around(project);
  if (!repository) return {};
  std::error_code error;
  const fs::path inside = fs::weakly_canonical(project, error).lexically_relative(repository->top);
  const std::string folder = inside == "." ? std::string() : inside.generic_string();
  return code_url(remote_of(*repository), commit_of(*repository), folder);
}

}  // namespace gridlock::internal

namespace gridlock {

bool is_place_url(std::string_view url) noexcept {
  constexpr std::array<std::string_view, 6> kRefused = {"javascript", "data",  "vbscript",
                                                        "blob",       "about", "filesystem"};
  constexpr std::size_t kLongestUrl = 1000;
  const std::size_t colon = url.find(':');
  if (colon == std::string_view::npos || colon == 0 || url.size() > kLongestUrl) return false;
  const std::string_view scheme = url.substr(0, colon);
  const bool is_scheme =
      scheme.front() >= 'a' && scheme.front() <= 'z' && std::ranges::all_of(scheme, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
      });
  const bool is_plain = std::ranges::all_of(url, [](char c) {
    return c > ' ' && c <= '~' && std::string_view("\"'<>`\\^|").find(c) == std::string_view::npos;
  });
  return is_scheme && is_plain && std::ranges::find(kRefused, scheme) == kRefused.end() &&
         url.find("{path}") > colon && url.find("{path}") != std::string_view::npos;
}

}  // namespace gridlock
