// SPDX-License-Identifier: Apache-2.0
//
// Where the source of a project can be read on the web: from what its clone says of its remote and its commit. Nothing is
// asked of the network or of git, and what is no plain address of a host that is known becomes none.
#pragma once

#include <string>
#include <string_view>

namespace gridlock::internal {

/// "https://github.com/owner/name/blob/COMMIT/{path}#L{line}" for a remote as git has it: https, ssh, git, or
/// "git@host:owner/name". User names and passwords in it are left out. `folder` is that of the project in the repository,
/// "" or "sub/folder". Empty for a host that is not known to be GitHub, GitLab, Bitbucket, Gitea or Forgejo, and for anything
/// that does not look like an address of it or like a commit.
std::string code_url(std::string_view remote, std::string_view commit, std::string_view folder);

/// The same of the repository that the folder lies in; empty if it lies in none.
std::string code_url_of(const std::string& project);

}  // namespace gridlock::internal
