// SPDX-License-Identifier: Apache-2.0
//
// Texts of a user's that are no text, or too long.
#include <gridlock/assert.h>
#include <gridlock/gridlock.h>
#include <pthread.h>

#include <array>
#include <cstdio>
#include <mutex>
#include <string>
#include <string_view>

#include "tests/runtime/probe.h"

namespace gridlock::probe {
namespace {

void misuse(std::string_view name) {
  Lock lock{name};
  lock.unlock();
}

void bytes_in_names(int) {
  misuse(
      "a\xFF"
      "b\xC0\xAF\xED\xA0\x80\xC3");
  misuse("own \\xff of the user");
  misuse("\x1b]0;title\a\xE2\x80\xAE\xE2\x80\xA8\xE2\x80\x8B\xC2\x85");
  Thread thread{"\xF0\x9F\x94", [] { misuse("in a thread"); }};
  thread.join();
}

// Two, three and four bytes, cut behind each of them.
void names_cut_in_a_character(int) {
  for (const std::string_view character : {"\u00e9", "\u540d", "\U0001F512"}) {
    for (std::size_t kept = 1; kept < character.size(); ++kept)
      misuse(std::string(255 - kept, 'x') + std::string(character));
  }
  misuse(std::string(255 - 2, 'x') + "\u00e9");  // fits
}

void names_of_control_characters(int) {
  for (int i = 0; i < 10; ++i) misuse(std::string(250, '\x01') + std::to_string(i));
}

void long_assertion(int) {
  assert_that(false, std::string(510, 'x') + "\u540d");
  assert_that(false, "bytes \xFF\xFE");
}

void declared_names(int) {
  Lock first{std::string(254, 'a') + "\u00e9"};
  Lock second{"b\xFF"};
  declare_order(first, second);
  const std::lock_guard wrong(second);
  const std::lock_guard way(first);
}

void thread_name_of_the_kernel(int) {
  Thread thread{"12345678901234\u00e9", [] {
                  std::array<char, 32> name{};
                  pthread_getname_np(pthread_self(), name.data(), name.size());
                  std::printf("kernel's name %s\n", name.data());
                }};
  thread.join();
}

}  // namespace

std::span<const Situation> texts() {
  static constexpr Situation kAll[] = {
      {"bytes-in-names", bytes_in_names},
      {"names-cut-in-a-character", names_cut_in_a_character},
      {"names-of-control-characters", names_of_control_characters},
      {"long-assertion", long_assertion},
      {"declared-names", declared_names},
      {"thread-name-of-the-kernel", thread_name_of_the_kernel},
  };
  return kAll;
}

}  // namespace gridlock::probe
