// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/modules.h"

#include "harness/scenario/limits.h"
#include "harness/scenario/regular_file.h"
#include "harness/scenario/stacks.h"
#include "harness/scenario/text.h"
#include "harness/scenario/wire.h"

#include <elf.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace gridlock::internal {
namespace {

constexpr std::size_t kMaxNotes = 1U << 20U;

bool read_at(const Fd& file, std::uint64_t offset, void* out, std::size_t size) {
  return offset < kLargestModule &&
         pread(file.get(), out, size, static_cast<off_t>(offset)) == static_cast<ssize_t>(size);
}

std::string hex(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) {
    const auto value = static_cast<unsigned char>(byte);
    text += "0123456789abcdef"[value >> 4U];
    text += "0123456789abcdef"[value & 15U];
  }
  return text;
}

// Notes are a header, the owner's name and what it says, each padded to four bytes.
std::string build_id_in(std::string_view notes) {
  const auto padded = [](std::size_t size) { return (size + 3) & ~std::size_t{3}; };
  Elf64_Nhdr note{};
  while (notes.size() >= sizeof note) {
    std::memcpy(&note, notes.data(), sizeof note);
    const std::size_t start = sizeof note + padded(note.n_namesz);
    const std::size_t whole = start + padded(note.n_descsz);
    if (whole > notes.size()) break;
    const std::string_view owner = notes.substr(sizeof note, note.n_namesz);
    if (note.n_type == NT_GNU_BUILD_ID && owner == std::string_view("GNU\0", 4)) {
      return hex(notes.substr(start, note.n_descsz));
    }
    notes.remove_prefix(whole);
  }
  return {};
}

bool is_regular(const std::string& path) { return open_regular(path, kLargestModule).valid(); }

std::string folder_of(const std::string& path) { return path.substr(0, path.rfind('/') + 1); }

enum class State : std::uint8_t { kSame, kChanged, kGone, kNoProgram };

State state_of(const LoggedModule& build) {
  const std::string path = original_bytes(build.path);
  struct stat file{};
  if (stat(path.c_str(), &file) != 0) return State::kGone;
  if (!is_regular(path)) return State::kNoProgram;
  bool same = false;
  if (!build.build_id.empty()) {
    same = build_id_of_file(path) == build.build_id;
  } else {
    const auto changed = static_cast<std::uint64_t>(file.st_mtim.tv_sec) * 1'000'000'000U +
                         static_cast<std::uint64_t>(file.st_mtim.tv_nsec);
    same = static_cast<std::uint64_t>(file.st_size) == build.size && changed == build.changed_ns;
  }
  return same ? State::kSame : State::kChanged;
}

void for_each_stack_of(WireLog& log, const std::function<void(Stack&)>& visit) {
  for (Finding& finding : log.findings) for_each_stack(finding, visit);
  for (InfeasibleCycle& safe : log.infeasible_cycles) for_each_stack(safe.claim, visit);
  for (Contention& contention : log.contention) for_each_stack(contention, visit);
  for (LearnedOrder& order : log.learned_order) for_each_stack(order, visit);
  if (log.dump) for_each_stack(*log.dump, visit);
}

// What the kernel gives every program has no file.
bool has_file(const std::string& path) { return path.starts_with('/'); }

std::string basename(std::string_view path) {
  return std::string(path.substr(path.rfind('/') + 1));
}

}  // namespace

Fd open_program(const std::string& path) {
  Fd file = open_regular(path, kLargestModule);
  std::array<char, SELFMAG> magic{};
  const bool is_elf = file.valid() && read_at(file, 0, magic.data(), magic.size()) &&
                      std::memcmp(magic.data(), ELFMAG, SELFMAG) == 0;
  return is_elf ? std::move(file) : Fd();
}

std::string build_id_of_file(const std::string& path) {
  const Fd file = open_program(path);
  Elf64_Ehdr header{};
  if (!file.valid() || !read_at(file, 0, &header, sizeof header)) return {};
  std::size_t read = 0;
  for (unsigned i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment{};
    if (!read_at(file, header.e_phoff + i * sizeof segment, &segment, sizeof segment)) return {};
    if (segment.p_type != PT_NOTE || segment.p_filesz > kMaxNotes) continue;
    read += segment.p_filesz;
    if (read > kMaxNotes) return {};
    std::string notes(segment.p_filesz, '\0');
    if (!read_at(file, segment.p_offset, notes.data(), notes.size())) return {};
    if (std::string id = build_id_in(notes); !id.empty()) return id;
  }
  return {};
}

CheckedModules forget_other_builds(WireLog& log) {
  CheckedModules checked;
  std::map<std::string, State> others;
  for (const LoggedModule& build : log.modules) {
    if (!has_file(build.path)) continue;
    if (const State state = state_of(build); state != State::kSame) {
      others[build.path] = state;
    } else if (!build.build_id.empty()) {
      checked.folders.push_back(folder_of(original_bytes(build.path)));
    }
  }
  if (others.empty()) return checked;
  for_each_stack_of(log, [&](Stack& stack) {
    for (Frame& frame : stack) {
      if (frame.module
              .empty()) {  // a place that the program named: which of its files, it does not say
        frame.line = 0;
        frame.column = 0;
      } else if (others.contains(frame.module)) {
        frame.module += kOtherBuild;
      }
    }
  });
  for (const auto& [path, state] : others) {
    if (state == State::kNoProgram) {
      checked.notes.push_back(path + " is no program: no lines are shown");
      continue;
    }
    const std::string what = state == State::kGone ? " is no longer there" : " was rebuilt";
    checked.notes.push_back(basename(path) + what +
                            " since this log was written: no lines are shown; run it again (" +
                            path + ")");
  }
  return checked;
}

void MissingLines::look_at(const Stack& stack) {
  const Frame* site = user_site(stack);
  if (site == nullptr) {
    const auto hidden = std::ranges::find_if(stack, may_hide_user_code);
    if (hidden != stack.end()) site = &*hidden;
  }
  if (site == nullptr || site->module.empty() || site->module.ends_with(kOtherBuild)) return;
  auto count = std::ranges::find(counts_, site->module, &Count::module);
  if (count == counts_.end()) count = counts_.insert(counts_.end(), Count{site->module});
  ++(site->file.empty() || site->line == 0 ? count->without_line : count->with_line);
}

std::vector<std::string> MissingLines::notes() const {
  std::vector<std::string> notes;
  for (const Count& count : counts_) {
    if (count.without_line == 0) continue;
    if (!has_symbolizer_) {
      notes.emplace_back(
          "no llvm-symbolizer: install one (package llvm) or name it in GRIDLOCK_SYMBOLIZER to see "
          "lines");
      break;
    }
    notes.push_back((count.with_line > 0 ? "parts of " : "") + basename(count.module) +
                    (count.with_line > 0 ? " have" : " has") +
                    " no debug information: compile with -g to see lines");
  }
  return notes;
}

}  // namespace gridlock::internal
