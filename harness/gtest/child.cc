// SPDX-License-Identifier: Apache-2.0
//
// What the copy says: a letter, and what belongs to it as numbers and texts with their lengths.
#include <fcntl.h>
#include <gridlock/testing/internals.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <iostream>

extern "C" {
__attribute__((weak)) void __gcov_dump();               // NOLINT: of libgcov
__attribute__((weak)) int __llvm_profile_write_file();  // NOLINT: of clang's
}

namespace gridlock::testing::internal {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int kLookMs = 200;

int g_to_original = -1;

class Message {
 public:
  explicit Message(char letter) : text_(1, letter) {}
  Message& number(long value) {
    text_.append(reinterpret_cast<const char*>(&value), sizeof value);
    return *this;
  }
  Message& text(const std::string& value) {
    number(static_cast<long>(value.size()));
    text_ += value;
    return *this;
  }
  void send() const {
    const char* at = text_.data();
    for (std::size_t left = text_.size(); left != 0;) {
      const ssize_t written = write(g_to_original, at, left);
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return;
      at += written;
      left -= static_cast<std::size_t>(written);
    }
  }

 private:
  std::string text_;
};

/// Takes messages from the front of what has come so far.
class Reader {
 public:
  void add(const char* bytes, std::size_t size) { text_.append(bytes, size); }

  /// Tells GoogleTest of each whole message.
  void take(Child::End& end) {
    for (at_ = 0; at_ < text_.size() && take_one(end);) text_.erase(0, at_), at_ = 0;
  }

 private:
  bool number(long& value) {
    if (text_.size() - at_ < sizeof value) return false;
    std::memcpy(&value, &text_[at_], sizeof value);
    at_ += sizeof value;
    return true;
  }
  bool text(std::string& value) {
    long size = 0;
    if (!number(size) || text_.size() - at_ < static_cast<std::size_t>(size)) return false;
    value = text_.substr(at_, static_cast<std::size_t>(size));
    at_ += static_cast<std::size_t>(size);
    return true;
  }
  bool part() {
    long type = 0;
    long line = 0;
    std::string file;
    std::string message;
    if (!number(type) || !number(line) || !text(file) || !text(message)) return false;
    const auto kind = static_cast<::testing::TestPartResult::Type>(type);
    GTEST_MESSAGE_AT_(file.empty() ? nullptr : file.c_str(), static_cast<int>(line),
                      message.c_str(), kind);
    return true;
  }
  bool property() {
    std::string key;
    std::string value;
    if (!text(key) || !text(value)) return false;
    ::testing::Test::RecordProperty(key, value);
    return true;
  }
  bool take_one(Child::End& end) {
    const char letter = text_[at_++];
    long finding = 0;
    switch (letter) {
      case 'P':
        return part();
      case 'R':
        return property();
      case 'T':
        return end.raced = true;
      case 'D':
        return end.done = true;
      case 'K':
        if (!number(finding)) return false;
        end.known.push_back(static_cast<std::size_t>(finding));
        return true;
      default:
        return false;
    }
  }

  std::string text_;
  std::size_t at_ = 0;
};

}  // namespace

bool Child::fork() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return false;
  std::cout.flush();
  std::cerr.flush();
  std::fflush(nullptr);
  pid_ = ::fork();
  if (pid_ == 0) {
    close(ends[0]);
    g_to_original = ends[1];
    prctl(PR_SET_PDEATHSIG, SIGKILL);  // whatever ends the original ends this
    return true;
  }
  close(ends[1]);
  pipe_ = ends[0];
  return false;
}

Child::End Child::wait() {
  End end;
  Reader reader;
  const std::chrono::seconds patience{internal::patience()};
  auto last_work = Clock::now();
  std::string work;
  bool open = pipe_ >= 0;
  while (pid_ > 0) {
    const pid_t ended = waitpid(pid_, &end.status, WNOHANG);
    pollfd watched{.fd = open ? pipe_ : -1, .events = POLLIN, .revents = 0};
    poll(&watched, 1, ended == 0 ? (open ? kLookMs : 1) : 0);
    if ((watched.revents & (POLLIN | POLLHUP)) != 0) {
      std::array<char, 65536> buffer{};
      const ssize_t got = read(pipe_, buffer.data(), buffer.size());
      if (got > 0) reader.add(buffer.data(), static_cast<std::size_t>(got));
      if (got == 0) open = false;
      reader.take(end);
      if (got > 0) continue;
    }
    if (ended != 0) break;
    if (std::string now = work_of(pid_); now != work) {
      work = std::move(now);
      last_work = Clock::now();
    } else if (patience.count() > 0 && Clock::now() - last_work > patience) {
      end.is_hung = true;
      kill_hung(pid_);
      last_work = Clock::now();
    }
  }
  if (pipe_ >= 0) close(pipe_);
  pipe_ = -1;
  return end;
}

bool Child::is_copy() { return g_to_original >= 0; }

void Child::tell_part(const ::testing::TestPartResult& part) {
  Message('P')
      .number(part.type())
      .number(part.line_number())
      .text(part.file_name() != nullptr ? part.file_name() : "")
      .text(part.message())
      .send();
}

void Child::tell_property(const std::string& key, const std::string& value) {
  Message('R').text(key).text(value).send();
}
void Child::tell_known(std::size_t finding) {
  Message('K').number(static_cast<long>(finding)).send();
}
void Child::tell_race() { Message('T').send(); }

void Child::end() {
  Message('D').send();
  std::cout.flush();
  std::cerr.flush();
  std::fflush(nullptr);
  if (&__gcov_dump != nullptr) __gcov_dump();
  if (&__llvm_profile_write_file != nullptr) __llvm_profile_write_file();
  _exit(0);
}

std::string ending(const Child::End& end) {
  if (end.is_hung) {
    return "killed, because it did nothing for " + std::to_string(patience()) +
           " s (GRIDLOCK_TEST_TIMEOUT)";
  }
  if (WIFSIGNALED(end.status)) {
    const int signal = WTERMSIG(end.status);
    return "ended by signal " + std::to_string(signal) + " (" + strsignal(signal) + ")";
  }
  return "ended with exit code " + std::to_string(WEXITSTATUS(end.status)) + ", in the middle";
}

}  // namespace gridlock::testing::internal
