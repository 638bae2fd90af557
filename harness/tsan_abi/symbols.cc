// SPDX-License-Identifier: Apache-2.0
#include "harness/tsan_abi/symbols.h"

#include <dlfcn.h>
#include <limits.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <vector>

#include "harness/platform/base.h"

namespace gridlock::internal::controlled {
namespace {

struct Place {
  uptr address = 0;
  uptr offset = 0;
  std::string name;
  bool is_the_programs = false;  ///< neither the system's code nor this library's
};

std::string module_path(const Dl_info& info, bool is_program) {
  char resolved[PATH_MAX];
  const char* const path = is_program ? "/proc/self/exe" : info.dli_fname;
  return realpath(path, resolved) != nullptr ? resolved : path;
}

std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) {
    if (c == '\'') {
      result += "'\\''";
    } else {
      result += c;
    }
  }
  return result + "'";
}

std::string hex(uptr value) {
  char text[24];
  snprintf(text, sizeof text, "0x%zx", static_cast<size_t>(value));
  return text;
}

/// The command's lines; none where it could not be run.
std::vector<std::string> lines_of(const std::string& command) {
  std::vector<std::string> lines;
  FILE* const pipe = popen(command.c_str(), "re");
  if (pipe == nullptr) return lines;
  char line[4096];
  while (fgets(line, sizeof line, pipe) != nullptr) {
    std::string text = line;
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
    lines.push_back(text);
  }
  pclose(pipe);
  return lines;
}

/// One of the calls that the compiler made into one.
struct Inlined {
  std::string function;
  std::string where;
};

bool contains(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

// What is compiled into the observer, and what the primitives have in their headers.
constexpr const char* kOurs[] = {
    "/harness/analysis/",      "/harness/composed/", "/harness/controlled/", "/harness/platform/",
    "/harness/primitives/",    "/harness/runtime/",  "/harness/schedule/",   "/harness/tsan_abi/",
    "/harness/whole_program/", "/include/gridlock/",
};

bool is_the_programs(const Inlined& frame) {
  return frame.where.rfind("??", 0) != 0 && frame.where.rfind("/usr/", 0) != 0 &&
         frame.where[0] != ':' && frame.where.rfind("./", 0) != 0 &&
         frame.function != "gridlock_fiber_start" &&
         std::none_of(std::begin(kOurs), std::end(kOurs),
                      [&](const char* part) { return contains(frame.where, part); });
}

void name_place(Place& place, const std::vector<Inlined>& frames) {
  const auto ours = std::find_if(frames.begin(), frames.end(), is_the_programs);
  place.is_the_programs = ours != frames.end();
  if (frames.empty()) return;
  const Inlined& shown = place.is_the_programs ? *ours : frames.front();
  if (shown.function != "??") place.name = shown.function;
  if (contains(shown.function, "gridlock::internal::call_explored")) place.name = "the test's body";
  if (shown.where.rfind("??", 0) != 0) place.name += " (" + shown.where + ")";
}

// With -a -i there is a line with the address, then two lines for each call, innermost first.
void name_places(const std::string& module, std::vector<Place*>& places) {
  std::string offsets;
  for (Place* place : places) {
    offsets += ' ';
    offsets += hex(place->offset - 1);  // the call lies before the address to which it returns
    place->name = module.substr(module.rfind('/') + 1) + "+" + hex(place->offset);
  }
  const auto lines =
      lines_of("exec addr2line -a -i -f -C -e " + quoted(module) + offsets + " 2>/dev/null");
  std::size_t at = 0;
  for (Place* place : places) {
    std::vector<Inlined> frames;
    if (at < lines.size() && lines[at].rfind("0x", 0) == 0) ++at;
    while (at + 1 < lines.size() && lines[at].rfind("0x", 0) != 0) {
      frames.push_back({lines[at], lines[at + 1].substr(0, lines[at + 1].find(" (discriminator"))});
      at += 2;
    }
    name_place(*place, frames);
  }
}

/// Text up to a place, the place's address, and where the text goes on; false: there is no further one.
bool next_place(const std::string& text, std::size_t from, std::size_t& begin, std::size_t& end,
                uptr& address) {
  for (begin = from; (begin = text.find("0x", begin)) != std::string::npos; ++begin) {
    if (begin == 0 || (text[begin - 1] != '{' && text[begin - 1] != '[')) continue;
    char* stop = nullptr;
    address = strtoull(text.c_str() + begin, &stop, 16);
    end = static_cast<std::size_t>(stop - text.c_str());
    if (end < text.size() && (text[end] == '}' || text[end] == ']')) {
      --begin;
      ++end;
      return true;
    }
  }
  return false;
}

int add_code(dl_phdr_info* info, size_t /*size*/, void* argument) {
  u64& hash = *static_cast<u64*>(argument);
  for (u32 i = 0; i < info->dlpi_phnum; ++i) {
    const auto& header = info->dlpi_phdr[i];
    if (header.p_type != PT_LOAD || (header.p_flags & PF_X) == 0) continue;
    const auto* const words = reinterpret_cast<const u64*>(info->dlpi_addr + header.p_vaddr);
    for (u64 at = 0; at < header.p_filesz / sizeof(u64); ++at) hash = mix(hash ^ words[at]);
  }
  return 1;  // the program comes first
}

}  // namespace

u16 hash_of_code() {
  static u64 hash = 0;
  if (hash == 0) dl_iterate_phdr(add_code, &hash);
  return static_cast<u16>(hash & 0xffff);
}

bool find_code(uptr address, std::string& module, uptr& offset) {
  Dl_info info{};
  Dl_info program{};
  link_map* map = nullptr;
  void** const out = reinterpret_cast<void**>(&map);
  // Where its own headers lie, which the kernel says: this code may be in a library.
  dladdr(reinterpret_cast<const void*>(getauxval(AT_PHDR)), &program);
  if (dladdr1(reinterpret_cast<const void*>(address - 1), &info, out, RTLD_DL_LINKMAP) == 0 ||
      map == nullptr) {
    return false;
  }
  offset = address - 1 - map->l_addr;
  module = module_path(info, info.dli_fbase == program.dli_fbase);
  return true;
}

bool is_inside_own_library(uptr address) {
  Dl_info own{};
  Dl_info program{};
  Dl_info info{};
  ElfW(Sym)* symbol = nullptr;
  void** const out = reinterpret_cast<void**>(&symbol);
  dladdr(reinterpret_cast<const void*>(&with_places), &own);
  dladdr(reinterpret_cast<const void*>(getauxval(AT_PHDR)), &program);
  if (own.dli_fbase == program.dli_fbase ||
      dladdr1(reinterpret_cast<const void*>(address - 1), &info, out, RTLD_DL_SYMENT) == 0 ||
      info.dli_fbase != own.dli_fbase) {
    return false;
  }
  return symbol == nullptr ||
         address - 1 - reinterpret_cast<uptr>(info.dli_saddr) >= symbol->st_size;
}

std::string with_places(const std::string& text) {
  std::map<uptr, Place> places;
  std::size_t begin = 0;
  std::size_t end = 0;
  uptr address = 0;
  for (std::size_t from = 0; next_place(text, from, begin, end, address); from = end) {
    places[address].address = address;
  }
  std::map<std::string, std::vector<Place*>> modules;
  for (auto& [at, place] : places) {
    std::string module;
    if (!find_code(at, module, place.offset)) {
      place.name = hex(at);
      continue;
    }
    ++place.offset;
    modules[module].push_back(&place);
  }
  for (auto& [module, in_module] : modules) name_places(module, in_module);
  std::string result;
  std::size_t from = 0;
  while (next_place(text, from, begin, end, address)) {
    result.append(text, from, begin - from);
    from = end;
    const Place& place = places[address];
    if (text[begin] == '{' || place.is_the_programs) {
      result += place.name;
      continue;
    }
    result.resize(result.rfind('\n') == std::string::npos ? 0 : result.rfind('\n') + 1);
    if (from < text.size() && text[from] == '\n') ++from;
  }
  return result.append(text, from);
}

}  // namespace gridlock::internal::controlled
