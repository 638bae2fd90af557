// SPDX-License-Identifier: Apache-2.0
#include "harness/platform/modules.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <linux/stat.h>
#include <sys/auxv.h>

#include "harness/platform/stacks.h"
#include "harness/platform/syscall.h"

namespace gridlock::internal {
namespace {

constexpr u64 kBuildIdNote = 3;  // NT_GNU_BUILD_ID

u64 padded(u64 size) noexcept { return (size + 3) & ~u64{3}; }

// Looks through notes in memory for the build id of the linker, whose owner is "GNU".
bool find_id(const u8* notes, u64 size, ModuleBuild* build) noexcept {
  while (size >= sizeof(ElfW(Nhdr))) {
    const auto* const note = reinterpret_cast<const ElfW(Nhdr)*>(notes);
    const u64 name_size = padded(note->n_namesz);
    const u64 whole = sizeof *note + name_size + padded(note->n_descsz);
    if (whole > size) return false;
    const u8* const name = notes + sizeof *note;
    if (note->n_type == kBuildIdNote && note->n_namesz == 4 && name[0] == 'G' && name[1] == 'N' &&
        name[2] == 'U' && note->n_descsz != 0 && note->n_descsz <= ModuleBuild::kMaxBytes) {
      build->id_size = note->n_descsz;
      for (u32 i = 0; i < build->id_size; ++i) build->id[i] = name[name_size + i];
      return true;
    }
    notes += whole;
    size -= whole;
  }
  return false;
}

// Where the header of the program is mapped; 0: what the kernel says is of something else (the loader was
// started as a command, and then it has mapped the program in one piece).
uptr start_of_program(const link_map* program) noexcept {
  const uptr table = getauxval(AT_PHDR);
  const auto* const segments = reinterpret_cast<const ElfW(Phdr)*>(table);
  for (u64 i = 0, count = getauxval(AT_PHNUM); table != 0 && i < count; ++i) {
    if (segments[i].p_type != PT_LOAD || segments[i].p_offset != 0) continue;
    const uptr start = program->l_addr + segments[i].p_vaddr;
    return table > start && table < start + segments[i].p_filesz ? start : 0;
  }
  return 0;
}

// A library is mapped in one piece. The program need not be: a linker may leave pages between its
// segments (-z max-page-size=0x200000 does, and lld now and then), and then the loader says for each
// of them that the module begins there.
uptr start_of(const dl_find_object& found) noexcept {
  const char* const name = found.dlfo_link_map->l_name;
  const bool is_program = name == nullptr || name[0] == 0;
  const uptr start = is_program ? start_of_program(found.dlfo_link_map) : 0;
  return start != 0 ? start : reinterpret_cast<uptr>(found.dlfo_map_start);
}

// The header of the file is mapped where the module begins, because the linker puts it into the
// first segment.
bool find_id_in_module(uptr start, ModuleBuild* build) noexcept {
  dl_find_object found{};
  if (_dl_find_object(reinterpret_cast<void*>(start), &found) != 0) return false;
  const auto end = reinterpret_cast<uptr>(found.dlfo_map_end);
  if (start + sizeof(ElfW(Ehdr)) > end) return false;
  const auto* const header = reinterpret_cast<const ElfW(Ehdr)*>(start);
  if (header->e_ident[EI_MAG0] != ELFMAG0 || header->e_ident[EI_MAG1] != ELFMAG1 ||
      header->e_ident[EI_MAG2] != ELFMAG2 || header->e_ident[EI_MAG3] != ELFMAG3) {
    return false;
  }
  const uptr table = start + header->e_phoff;
  if (table + header->e_phnum * sizeof(ElfW(Phdr)) > end) return false;
  const auto* const segments = reinterpret_cast<const ElfW(Phdr)*>(table);
  for (u32 i = 0; i < header->e_phnum; ++i) {
    if (segments[i].p_type != PT_NOTE) continue;
    const uptr notes = found.dlfo_link_map->l_addr + segments[i].p_vaddr;
    if (notes < start || notes + segments[i].p_memsz > end) continue;
    if (find_id(reinterpret_cast<const u8*>(notes), segments[i].p_memsz, build)) return true;
  }
  return false;
}

}  // namespace

uptr module_start(uptr address) noexcept {
  dl_find_object found{};
  if (_dl_find_object(reinterpret_cast<void*>(address), &found) != 0) return 0;
  return start_of(found);
}

bool read_module_build(uptr start, const char* path, ModuleBuild* build) noexcept {
  build->id_size = 0;
  build->file_size = build->file_changed_ns = 0;
  if (find_id_in_module(start, build)) return true;
  struct statx file;
  if (raw_syscall(SYS_statx, AT_FDCWD, as_argument(path), 0, STATX_SIZE | STATX_MTIME,
                  as_argument(&file)) != 0) {
    return false;
  }
  build->file_size = file.stx_size;
  build->file_changed_ns =
      static_cast<u64>(file.stx_mtime.tv_sec) * 1'000'000'000u + file.stx_mtime.tv_nsec;
  return true;
}

bool find_unloadable_module(uptr address, Module* module) noexcept {
  const auto* const object = reinterpret_cast<void*>(address);
  dl_find_object found{};
  if (stays_loaded(object) || _dl_find_object(const_cast<void*>(object), &found) != 0) return false;
  *module = {reinterpret_cast<uptr>(found.dlfo_map_start),
             reinterpret_cast<uptr>(found.dlfo_map_end), found.dlfo_link_map->l_addr,
             found.dlfo_link_map->l_name};
  return true;
}

}  // namespace gridlock::internal
