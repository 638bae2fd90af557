// SPDX-License-Identifier: Apache-2.0
//
// The vDSO is a shared library that the kernel maps into each process; libc keeps the address of its clock for itself.
// So the symbol is looked up once more, in the library's own tables.
#include "harness/platform/vdso.h"

#include <elf.h>
#include <link.h>
#include <sys/auxv.h>

#include <atomic>

#include "harness/platform/base.h"

namespace gridlock::internal {
namespace {

using Clock = int (*)(clockid_t, timespec*);

#if defined(__x86_64__)
constexpr char kName[] = "__vdso_clock_gettime";
#else
constexpr char kName[] = "__kernel_clock_gettime";
#endif

bool is_clock(const char* name) noexcept {
  for (u32 i = 0; i < sizeof kName; ++i) {
    if (name[i] != kName[i]) return false;
  }
  return true;
}

struct Tables {
  uptr bias = 0;  ///< what the addresses in it are less than those in memory
  const ElfW(Sym) * symbols = nullptr;
  const char* names = nullptr;
  const u32* gnu_hash = nullptr;
  const u32* hash = nullptr;
};

// Of a hash table of GNU's: the last symbol of the fullest chain is the last of all.
u32 symbols_in(const u32* gnu_hash) noexcept {
  const u32 buckets = gnu_hash[0];
  const u32 first = gnu_hash[1];
  const u32* const bucket = gnu_hash + 4 + gnu_hash[2] * (sizeof(uptr) / sizeof(u32));
  const u32* const chain = bucket + buckets;
  u32 last = 0;
  for (u32 i = 0; i < buckets; ++i) last = bucket[i] > last ? bucket[i] : last;
  if (last < first) return 0;
  while ((chain[last - first] & 1) == 0) ++last;
  return last + 1;
}

Tables tables_of(uptr image) noexcept {
  Tables tables;
  const auto* const head = reinterpret_cast<const ElfW(Ehdr)*>(image);
  const auto* const parts = reinterpret_cast<const ElfW(Phdr)*>(image + head->e_phoff);
  const ElfW(Dyn)* entry = nullptr;
  for (u32 i = 0; i < head->e_phnum; ++i) {
    if (parts[i].p_type == PT_LOAD && tables.bias == 0)
      tables.bias = image + parts[i].p_offset - parts[i].p_vaddr;
    if (parts[i].p_type == PT_DYNAMIC)
      entry = reinterpret_cast<const ElfW(Dyn)*>(image + parts[i].p_offset);
  }
  for (; entry != nullptr && entry->d_tag != DT_NULL; ++entry) {
    const uptr at = tables.bias + entry->d_un.d_ptr;
    if (entry->d_tag == DT_SYMTAB) tables.symbols = reinterpret_cast<const ElfW(Sym)*>(at);
    if (entry->d_tag == DT_STRTAB) tables.names = reinterpret_cast<const char*>(at);
    if (entry->d_tag == DT_HASH) tables.hash = reinterpret_cast<const u32*>(at);
    if (entry->d_tag == DT_GNU_HASH) tables.gnu_hash = reinterpret_cast<const u32*>(at);
  }
  return tables;
}

Clock find_clock() noexcept {
  const uptr image = getauxval(AT_SYSINFO_EHDR);
  if (image == 0) return nullptr;
  const Tables tables = tables_of(image);
  if (tables.symbols == nullptr || tables.names == nullptr) return nullptr;
  u32 count = tables.hash != nullptr ? tables.hash[1] : 0;
  if (count == 0 && tables.gnu_hash != nullptr) count = symbols_in(tables.gnu_hash);
  for (u32 i = 0; i < count; ++i) {
    const ElfW(Sym)& symbol = tables.symbols[i];
    if (symbol.st_shndx != SHN_UNDEF && is_clock(tables.names + symbol.st_name))
      return reinterpret_cast<Clock>(tables.bias + symbol.st_value);
  }
  return nullptr;
}

int no_clock(clockid_t, timespec*) noexcept { return -1; }

// Found by all that come first, who find the same.
int first_look(clockid_t clock, timespec* out) noexcept;
constinit std::atomic<Clock> g_clock{&first_look};

int first_look(clockid_t clock, timespec* out) noexcept {
  const Clock found = find_clock();
  const Clock use = found != nullptr ? found : &no_clock;
  g_clock.store(use, std::memory_order_relaxed);
  return use(clock, out);
}

}  // namespace

bool vdso_clock(clockid_t clock, timespec* out) noexcept {
  return g_clock.load(std::memory_order_relaxed)(clock, out) == 0;
}

}  // namespace gridlock::internal
