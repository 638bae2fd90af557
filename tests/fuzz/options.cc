// SPDX-License-Identifier: Apache-2.0
//
// GRIDLOCK_OPTIONS, by its two readers: the runtime in the program, and the command that checks what it
// passes on. They accept the same.
#include "harness/runtime/core/options.h"

#include "harness/platform/utf8.h"
#include "harness/scenario/option_table.h"
#include "tests/fuzz/rendered.h"

#include <csetjmp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

extern "C" char** environ;  // NOLINT(readability-redundant-declaration): libc's

namespace {

std::jmp_buf g_refused;
std::string g_said;

}  // namespace

// In place of the runtime's own (--wrap in CMakeLists.txt).
// NOLINTBEGIN(readability-identifier-naming,bugprone-reserved-identifier): the linker's names
extern "C" {
[[noreturn]] void __wrap__ZN8gridlock8internal8exit_nowEi(int code) {
  gridlock::fuzz::require(code == 2, "refused with another code");
  // NOLINTNEXTLINE(cert-err52-cpp): the caller must not go on, and is compiled without exceptions
  std::longjmp(g_refused, 1);
}
void __wrap__ZN8gridlock8internal3sayEPKc(const char* text) { g_said += text; }
void __wrap__ZN8gridlock8internal3sayEPKcm(const char* text, std::size_t size) {
  g_said.append(text, size);
}
void __real__ZN8gridlock8internal9say_shownEPKcm(const char* text, std::size_t size);
void __wrap__ZN8gridlock8internal9say_shownEPKcm(const char* text, std::size_t size) {
  __real__ZN8gridlock8internal9say_shownEPKcm(text, size);
}
}
// NOLINTEND(readability-identifier-naming,bugprone-reserved-identifier)

namespace {

bool runtime_accepts(std::string variable) {
  variable.insert(0, "GRIDLOCK_OPTIONS=");
  char* entries[] = {variable.data(), nullptr};
  char** const own = environ;
  environ = &entries[0];
  static gridlock::internal::Options options;
  g_said.clear();
  volatile bool accepted = false;
  if (setjmp(g_refused) == 0) {  // NOLINT(cert-err52-cpp): the runtime has no exceptions
    gridlock::internal::read_options(options);
    accepted = true;
  }
  environ = own;
  return accepted;
}

bool command_accepts(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(':'), text.size());
    const std::string_view one = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!one.empty() && gridlock::internal::setting_error(one)) return false;
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string text(reinterpret_cast<const char*>(data), size);
  text.resize(text.find('\0') == std::string::npos ? text.size() : text.find('\0'));
  const bool accepted = runtime_accepts(text);
  gridlock::fuzz::require(accepted == command_accepts(text),
                          "one reader refuses what the other takes");
  gridlock::fuzz::require(accepted == g_said.empty(), "refused without a word");
  if (!g_said.empty()) {
    gridlock::fuzz::require(g_said.ends_with('\n') && g_said.find('\n') + 1 == g_said.size(),
                            "not one line");
    gridlock::fuzz::require_printable(g_said, "the message can steer a terminal");
  }
  gridlock::internal::option_value("log_path", {text});
  return 0;
}
