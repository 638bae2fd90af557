// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/temp_dir.h"

#include "harness/scenario/child_env.h"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace gridlock::internal {

TempDir::TempDir() {
  const char* const wish = std::getenv("TMPDIR");
  std::string base = wish != nullptr && *wish != '\0' ? wish : "/tmp";
  std::error_code error;
  base = std::filesystem::absolute(base, error).string();  // processes may change their directory
  if (!fits_into_an_option(base)) {
    note_ = "TMPDIR: '" + base + "' cannot be the value of an option; using /tmp";
    base = "/tmp";
  }
  path_ = base + "/gridlock-XXXXXX";
  if (mkdtemp(path_.data()) == nullptr) {
    throw std::system_error(errno, std::generic_category(), "no temporary directory in " + base);
  }
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace gridlock::internal
