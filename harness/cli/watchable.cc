// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/watchable.h"

#include "harness/cli/actions.h"
#include "harness/cli/words.h"

#include <elf.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>
#include <vector>

namespace gridlock::internal {
namespace {

constexpr int kMaxInterpreters =
    4;  // of a script whose interpreter is a script, as the kernel has it

[[noreturn]] void refuse(const std::string& program, const std::string& why) {
  throw UsageError("cannot run " + shown(program) + ": " + why);
}

bool is_executable_file(const std::string& path) {
  std::error_code error;
  return std::filesystem::is_regular_file(path, error) && access(path.c_str(), X_OK) == 0;
}

template <typename T>
bool read_at(std::ifstream& file, std::uint64_t offset, T& value) {
  file.clear();
  file.seekg(static_cast<std::streamoff>(offset));
  return static_cast<bool>(file.read(reinterpret_cast<char*>(&value), sizeof value));
}

// The dynamic linker that starts the program: nothing is preloaded into one that has none. Empty: it has none.
std::string dynamic_linker_of(std::ifstream& file, const Elf64_Ehdr& header) {
  for (unsigned i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr part{};
    if (!read_at(file, header.e_phoff + std::uint64_t{i} * header.e_phentsize, part)) return {};
    if (part.p_type != PT_INTERP) continue;
    std::string path(part.p_filesz, '\0');
    file.clear();
    file.seekg(static_cast<std::streamoff>(part.p_offset));
    if (!file.read(path.data(), static_cast<std::streamsize>(path.size()))) return {};
    path.resize(std::strlen(path.c_str()));  // without the zero behind it
    return path;
  }
  return {};
}

// It is that of this command, which starts the program that it is given, and preloads into that.
bool is_dynamic_linker(const std::string& program) {
  std::ifstream self("/proc/self/exe", std::ios::binary);
  Elf64_Ehdr header{};
  std::error_code error;
  return read_at(self, 0, header) &&
         std::filesystem::equivalent(program, dynamic_linker_of(self, header), error);
}

Elf64_Half this_machine() {
#if defined(__x86_64__)
  return EM_X86_64;
#elif defined(__aarch64__)
  return EM_AARCH64;
#else
  return EM_NONE;
#endif
}

// "#!/bin/sh -e" names /bin/sh; empty if the file is no script.
std::string interpreter_of(std::ifstream& file) {
  file.clear();
  file.seekg(0);
  std::string line;
  std::getline(file, line);
  if (!line.starts_with("#!")) return {};
  std::string name;
  std::istringstream(line.substr(2)) >> name;
  return name;
}

void require_no_more_rights(const std::string& program) {
  struct stat facts{};
  if (stat(program.c_str(), &facts) != 0) return;
  const bool other_user = (facts.st_mode & S_ISUID) != 0 && facts.st_uid != geteuid();
  const bool other_group = (facts.st_mode & S_ISGID) != 0 && facts.st_gid != getegid();
  if (other_user || other_group)
    refuse(program, "it runs with another user's rights, so nothing can be preloaded into it");
}

void require_watchable(const std::string& program, bool through_linker, int scripts_left) {
  std::ifstream file(program, std::ios::binary);
  if (!file) refuse(program, "it cannot be read, so nobody knows whether it can be watched");
  require_no_more_rights(program);
  Elf64_Ehdr header{};
  const bool is_elf =
      read_at(file, 0, header) && std::memcmp(&header.e_ident[0], ELFMAG, SELFMAG) == 0;
  if (!is_elf) {
    const std::string interpreter = interpreter_of(file);
    if (interpreter.empty() || scripts_left == 0) return;  // the kernel says what it thinks of it
    return require_watchable(interpreter, through_linker, scripts_left - 1);
  }
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_machine != this_machine())
    refuse(program, "it is a program for another kind of processor than the library that watches");
  if (!dynamic_linker_of(file, header).empty()) return;
  if (!is_dynamic_linker(program))
    refuse(program, "it is statically linked, so nothing can be preloaded into it");
  if (!through_linker) refuse(program, "it is the dynamic linker; name the program alone");
}

}  // namespace

std::string find_program(const std::string& word) {
  if (word.find('/') != std::string::npos) {
    std::error_code error;
    if (std::filesystem::is_directory(word, error)) refuse(word, "it is a directory");
    if (access(word.c_str(), X_OK) != 0) refuse(word, std::strerror(errno));
    return word;
  }
  const char* const path = std::getenv("PATH");
  std::istringstream folders(path != nullptr ? path : "/bin:/usr/bin");
  for (std::string folder; std::getline(folders, folder, ':');) {
    const std::string file = (folder.empty() ? "." : folder) + "/" + word;
    if (is_executable_file(file)) return file;
  }
  std::error_code error;
  refuse(word, is_executable_file("./" + word) ? "not in PATH; is ./" + word + " meant?"
                                               : "no such program");
}

void require_watchable(const std::string& program, bool through_linker) {
  require_watchable(program, through_linker, kMaxInterpreters);
}

namespace {

std::string find_library(const char* library, const char* variable, const char* built_in) {
  if (const char* const named = std::getenv(variable); named != nullptr && *named != '\0') {
    if (access(named, R_OK) == 0) return std::filesystem::absolute(named).string();
    throw UsageError(std::string(variable) + ": " + shown(named) + ": " + std::strerror(errno));
  }
  std::error_code error;
  const std::filesystem::path folder =
      std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
  const std::vector<std::filesystem::path> places = {
      folder / library, folder / ".." / GRIDLOCK_LIBRARY_FOLDER / library,
      folder / ".." / built_in / library, folder / "../harness" / built_in / library};
  for (const std::filesystem::path& place : places) {
    if (access(place.c_str(), R_OK) == 0)
      return std::filesystem::weakly_canonical(place, error).string();
  }
  throw UsageError(std::string(library) + " is not beside this command; name it in " + variable);
}

}  // namespace

std::string find_watch_library() {
  return find_library("libgridlock_watch.so", "GRIDLOCK_WATCH_LIBRARY", "interpose");
}

std::string find_explore_library() {
  return find_library("libgridlock_whole_program.so", "GRIDLOCK_EXPLORE_LIBRARY", "whole_program");
}

std::string preloaded(const std::string& library) {
  const char* const before = std::getenv("LD_PRELOAD");
  return before != nullptr && *before != '\0' ? library + ":" + before : library;
}

}  // namespace gridlock::internal
