// SPDX-License-Identifier: Apache-2.0
//
// A core file: the registers of each thread are notes (NT_PRSTATUS), memory is its loadable segments, and the modules
// are those of the files that it was mapped from, as long as they are still the same.
#include <fcntl.h>
#include <sys/procfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <string_view>

#include "harness/scenario/spawn.h"
#include "harness/why/unwinding.h"

namespace gridlock::internal {
namespace {

struct ElfEnd {
  void operator()(Elf* elf) const { elf_end(elf); }
};

class CoreFile : public InspectedProcess::Source {
 public:
  explicit CoreFile(const std::string& path)
      : path_(path), file_(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (file_.get() < 0) throw std::runtime_error(path + ": " + std::strerror(errno));
    elf_version(EV_CURRENT);
    elf_.reset(elf_begin(file_.get(), ELF_C_READ_MMAP, nullptr));
    GElf_Ehdr header{};
    if (elf_kind(elf_.get()) != ELF_K_ELF || gelf_getehdr(elf_.get(), &header) == nullptr ||
        header.e_type != ET_CORE)
      throw std::runtime_error(path + ": is no core file");
    std::size_t count = 0;
    elf_getphdrnum(elf_.get(), &count);
    for (std::size_t i = 0; i < count; ++i) {
      GElf_Phdr segment{};
      if (gelf_getphdr(elf_.get(), static_cast<int>(i), &segment) != nullptr)
        segments_.push_back(segment);
    }
  }

  /// The threads with their registers, and the session over the core file's modules.
  void read_into(InspectedProcess& process) {
    for (const GElf_Phdr& segment : segments_) {
      if (segment.p_type == PT_NOTE) read_notes(segment, process);
    }
    if (process.threads.empty()) throw std::runtime_error(path_ + ": has no thread");
    session_ = begin_session(dwfl_build_id_find_elf);
    const char* const executable = process.program.empty() ? nullptr : process.program.c_str();
    if (dwfl_core_file_report(session_.get(), elf_.get(), executable) < 0 ||
        dwfl_report_end(session_.get(), nullptr, nullptr) != 0 ||
        dwfl_core_file_attach(session_.get(), elf_.get()) < 0)
      throw std::runtime_error(dwfl_error(path_));
    read_stacks(session_.get(), process);
  }

  bool read(std::uint64_t address, std::span<std::byte> into) const override {
    for (const GElf_Phdr& segment : segments_) {
      if (segment.p_type != PT_LOAD || address < segment.p_vaddr ||
          address + into.size() > segment.p_vaddr + segment.p_filesz)
        continue;
      const auto offset = static_cast<off_t>(segment.p_offset + (address - segment.p_vaddr));
      return pread(file_.get(), into.data(), into.size(), offset) ==
             static_cast<ssize_t>(into.size());
    }
    return false;
  }
  // A core file does not say which of its memory was shared.
  bool is_private(std::uint64_t /*address*/) const override { return false; }
  std::string variable_at(std::uint64_t address) const override {
    return symbol_at(session_.get(), address);
  }

 private:
  void read_notes(const GElf_Phdr& segment, InspectedProcess& process) const {
    Elf_Data* const data = elf_getdata_rawchunk(
        elf_.get(), static_cast<std::int64_t>(segment.p_offset), segment.p_filesz, ELF_T_NHDR);
    if (data == nullptr) throw std::runtime_error(path_ + ": its notes cannot be read");
    GElf_Nhdr note{};
    std::size_t name = 0;
    std::size_t content = 0;
    for (std::size_t at = 0; (at = gelf_getnote(data, at, &note, &name, &content)) != 0;) {
      const auto* const bytes = static_cast<const char*>(data->d_buf) + content;
      if (note.n_type == NT_PRSTATUS && note.n_descsz >= sizeof(elf_prstatus)) {
        elf_prstatus status{};
        std::memcpy(&status, bytes, sizeof status);
        InspectedThread& thread = process.threads.emplace_back();
        thread.tid = status.pr_pid;
        thread.asleep = call_of(&status.pr_reg);
      } else if (note.n_type == NT_PRPSINFO && note.n_descsz >= sizeof(elf_prpsinfo)) {
        elf_prpsinfo info{};
        std::memcpy(&info, bytes, sizeof info);
        process.pid = info.pr_pid;
      } else if (note.n_type == NT_FILE && process.program.empty()) {
        process.program = first_file({bytes, note.n_descsz});
      }
    }
  }

  // count, page size, then begin, end and offset of each, then the names: the first is the executable's.
  static std::string first_file(std::string_view note) {
    std::uint64_t count = 0;
    if (note.size() < sizeof count) return {};
    std::memcpy(&count, note.data(), sizeof count);
    constexpr std::uint64_t kMaxFiles = 1U << 20U;
    if (count == 0 || count > kMaxFiles) return {};
    const std::size_t names = 8 * (2 + 3 * static_cast<std::size_t>(count));
    if (note.size() <= names) return {};
    const std::string_view name = note.substr(names);
    return std::string(name.substr(0, name.find('\0')));
  }

  std::string path_;
  Fd file_;
  std::unique_ptr<Elf, ElfEnd> elf_;
  std::vector<GElf_Phdr> segments_;
  DwflSession session_;  // ends before the file that it reads
};

}  // namespace

InspectedProcess InspectedProcess::of_core(const std::string& core, const std::string& program) {
  if (std::error_code error; !std::filesystem::is_regular_file(core, error))
    throw std::runtime_error(core + (error ? ": " + error.message() : ": is no file"));
  InspectedProcess process;
  process.program = program;
  auto file = std::make_shared<CoreFile>(core);
  file->read_into(process);
  process.source = std::move(file);
  // The thread that ended the process comes first in the file.
  std::ranges::sort(process.threads, {}, [&](const InspectedThread& thread) {
    return std::pair(thread.tid != process.pid, thread.tid);
  });
  process.keep_words();
  return process;
}

}  // namespace gridlock::internal
