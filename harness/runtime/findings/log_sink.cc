// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/findings/log_sink.h"

#include "harness/platform/privileges.h"
#include "harness/platform/utf8.h"
#include "harness/runtime/core/options.h"

namespace gridlock::internal {
namespace {

constexpr u32 kDigits = 12;

u32 put_number(char* out, int number) noexcept {
  char digits[kDigits];
  u32 count = 0;
  for (; number != 0; number /= 10) digits[count++] = static_cast<char>('0' + number % 10);
  for (u32 i = 0; i < count; ++i) out[i] = digits[count - 1 - i];
  return count;
}

}  // namespace

// Absolute where that fits: the program may change its folder before the file has to be opened again.
void LogSink::set_path(const char* pattern) noexcept {
  if (path_set_) return;
  path_set_ = true;
  const u32 pattern_length = length_of(pattern);
  u32 n = 0;
  if (*pattern != '/') n = current_folder(&path_[0], sizeof path_);
  if (n + pattern_length + 2 * kDigits > sizeof path_) n = 0;
  folder_length_ = n;
  for (; *pattern != 0 && n + 2 * kDigits < sizeof path_; ++pattern) {
    if (pattern[0] != '%' || pattern[1] != 'p') {
      path_[n++] = *pattern;
      continue;
    }
    ++pattern;
    n += put_number(&path_[n], process_id());
  }
  path_[n] = 0;
}

// With more rights than its caller has: the file that it made, and nothing that lies there instead.
bool LogSink::open_again() noexcept {
  const bool is_careful = has_more_rights_than_its_caller();
  fd_ = is_careful ? open_append_again(&path_[0]) : open_append(&path_[0], false);
  if (fd_ < 0) return false;
  const FileIdentity now = identify(fd_);
  if (is_careful && !same_file(now, identity_)) {
    close_fd(fd_);
    fd_ = -1;
    return false;
  }
  identity_ = now;
  return true;
}

bool LogSink::open() noexcept {
  if (fd_ >= 0 || failed_) return fd_ >= 0;
  fd_ = open_append(&path_[0], has_more_rights_than_its_caller());
  if (fd_ >= 0) {
    identity_ = identify(fd_);
    size_before_ = identity_.size;
    return true;
  }
  failed_ = true;
  say("gridlock: cannot write findings to '");
  say_shown(name());
  say("' (option log_path)\n");
  return false;
}

LogSink::Written LogSink::append(const char* line, u64 size, bool limited) noexcept {
  FileIdentity now = identify(fd_);
  if (!same_file(now, identity_)) {
    if (!open_again()) return Written::kNo;
    now = identity_;
  }
  if (limited) {
    // What others write to it counts, forked processes above all. A pipe has no size.
    const u64 limit = u64{options().log_limit} << 20;
    const u64 grown = now.size > size_before_ ? now.size - size_before_ : 0;
    if ((grown > limited_bytes_ ? grown : limited_bytes_) + size > limit)
      return Written::kOverLimit;
    limited_bytes_ += size;
  }
  return write_all(fd_, line, size) ? Written::kYes : Written::kNo;
}

void LogSink::leave() noexcept {
  if (fd_ >= 0 && same_file(identify(fd_), identity_)) close_fd(fd_);
  fd_ = -1;
  path_set_ = false;
  failed_ = false;
  limited_bytes_ = 0;
}

}  // namespace gridlock::internal
