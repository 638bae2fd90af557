// SPDX-License-Identifier: Apache-2.0
#include "harness/tsan_abi/log_file.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "harness/tsan_abi/symbols.h"

namespace gridlock::internal::controlled {
namespace {

struct BuildId {
  const std::string& file;
  std::string found;
};

int look_for_build_id(dl_phdr_info* info, size_t /*size*/, void* argument) {
  auto& wanted = *static_cast<BuildId*>(argument);
  std::string module;
  uptr offset = 0;
  for (u32 i = 0; i < info->dlpi_phnum; ++i) {
    const auto& header = info->dlpi_phdr[i];
    if (header.p_type == PT_LOAD && (header.p_flags & PF_X) != 0 &&
        (!find_code(info->dlpi_addr + header.p_vaddr + 1, module, offset) ||
         module != wanted.file)) {
      return 0;
    }
  }
  for (u32 i = 0; i < info->dlpi_phnum; ++i) {
    const auto& header = info->dlpi_phdr[i];
    if (header.p_type != PT_NOTE) continue;
    uptr at = info->dlpi_addr + header.p_vaddr;
    const uptr end = at + header.p_memsz;
    while (at + sizeof(Elf64_Nhdr) <= end) {
      const auto& note = *reinterpret_cast<const Elf64_Nhdr*>(at);
      const uptr name = at + sizeof note;
      const uptr bytes = name + ((note.n_namesz + 3U) & ~3U);
      if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4) {
        for (u32 k = 0; k < note.n_descsz; ++k) {
          char digits[4];
          snprintf(digits, sizeof digits, "%02x", reinterpret_cast<const u8*>(bytes)[k]);
          wanted.found += digits;
        }
        return 1;
      }
      at = bytes + ((note.n_descsz + 3U) & ~3U);
    }
  }
  return 1;
}

}  // namespace

std::string json(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char escaped[8];
      snprintf(escaped, sizeof escaped, "\\u%04x", static_cast<unsigned>(c));
      result += escaped;
    } else {
      result += c;
    }
  }
  return result + '"';
}

std::string member(const char* name, const std::string& list) {
  return list.empty() ? "" : std::string(",\"") + name + "\":[" + list + "]";
}

std::string program_file() {
  char path[4096];
  const ssize_t size = readlink("/proc/self/exe", path, sizeof path);
  return size > 0 ? std::string(path, static_cast<std::size_t>(size)) : "";
}

std::string program_arguments() {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  const std::string all((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  std::string list;
  std::size_t from = all.find('\0');
  from = from == std::string::npos ? all.size() : from + 1;
  while (from < all.size() && list.size() < 2000) {
    const std::size_t end = std::min(all.find('\0', from), all.size());
    list += (list.empty() ? "" : ",") + json(all.substr(from, end - from));
    from = end + 1;
  }
  return list;
}

LogFile::LogFile(const std::string& file)
    : fd_(open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644)) {
  char run[40];
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  static u64 calls = 0;
  const u64 id =
      mix(mix(static_cast<u64>(now.tv_sec) * 1000000000U + static_cast<u64>(now.tv_nsec)) +
          static_cast<u64>(getpid()) * 0x10001U + ++calls);
  snprintf(run, sizeof run, "%016llx", static_cast<unsigned long long>(id));
  run_ = run;
}

LogFile::~LogFile() {
  if (fd_ >= 0) close(fd_);
}

void LogFile::record(const char* what, const std::string& members) {
  const std::string line = std::string("{\"record\":\"") + what +
                           "\",\"pid\":" + std::to_string(getpid()) + ",\"run\":\"" + run_ + "\"" +
                           (members.empty() ? "" : ",") + members + "}\n";
  std::size_t done = 0;
  while (fd_ >= 0 && done < line.size()) {
    const ssize_t written = write(fd_, line.data() + done, line.size() - done);
    if (written <= 0) return;
    done += static_cast<std::size_t>(written);
  }
}

std::string LogFile::frames(const uptr* addresses, u32 count) {
  std::string list;
  for (u32 i = 0; i < count; ++i) {
    std::string module;
    uptr offset = 0;
    if (addresses[i] == 0 || is_inside_own_library(addresses[i]) ||
        !find_code(addresses[i], module, offset)) {
      continue;
    }
    if (modules_.emplace(module, true).second) write_module(module);
    list += (list.empty() ? "" : ",") + ("{\"module\":" + json(module)) +
            ",\"offset\":" + std::to_string(offset) + "}";
  }
  return list;
}

void LogFile::name_modules(const std::string& members) {
  constexpr std::string_view kModule = "\"module\":\"";
  for (std::size_t at = members.find(kModule); at != std::string::npos;
       at = members.find(kModule, at)) {
    std::string module;
    for (at += kModule.size(); at < members.size() && members[at] != '"'; ++at) {
      if (members[at] == '\\') ++at;
      if (at < members.size()) module += members[at];
    }
    if (modules_.emplace(module, true).second) write_module(module);
  }
}

void LogFile::write_module(const std::string& file) {
  BuildId id{file, {}};
  dl_iterate_phdr(look_for_build_id, &id);
  std::string facts = "\"path\":" + json(file);
  struct stat state{};
  if (!id.found.empty()) {
    facts += ",\"build_id\":\"" + id.found + "\"";
  } else if (stat(file.c_str(), &state) == 0) {
    facts += ",\"size\":" + std::to_string(state.st_size) + ",\"changed_ns\":" +
             std::to_string(static_cast<u64>(state.st_mtim.tv_sec) * 1000000000U +
                            static_cast<u64>(state.st_mtim.tv_nsec));
  }
  record("module", facts);
}

}  // namespace gridlock::internal::controlled
