// SPDX-License-Identifier: Apache-2.0
#include "harness/tsan_abi/symbols.h"

#include <dlfcn.h>
#include <limits.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <map>
#include <vector>

#include "harness/platform/base.h"

namespace gridlock::internal::controlled {
namespace {

struct Place {
  uptr address = 0;
  uptr offset = 0;
  std::string name;
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

void name_places(const std::string& module, std::vector<Place*>& places) {
  std::string offsets;
  for (const Place* place : places) {
    offsets += ' ';
    offsets += hex(place->offset - 1);  // the call lies before the address to which it returns
  }
  const std::string file = quoted(module);
  const auto lines = lines_of("exec addr2line -f -C -e " + file + offsets + " 2>/dev/null");
  for (std::size_t i = 0; i < places.size(); ++i) {
    Place& place = *places[i];
    place.name = module.substr(module.rfind('/') + 1) + "+" + hex(place.offset);
    if (2 * i + 1 >= lines.size()) continue;
    const std::string& function = lines[2 * i];
    std::string where = lines[2 * i + 1];
    where.resize(where.find(" (discriminator") == std::string::npos
                     ? where.size()
                     : where.find(" (discriminator"));
    if (function != "??") place.name = function;
    if (where.rfind("??", 0) != 0) place.name += " (" + where + ")";
  }
}

}  // namespace

std::string with_places(const std::string& text) {
  std::map<uptr, Place> places;
  for (std::size_t at = text.find("{0x"); at != std::string::npos; at = text.find("{0x", at + 1)) {
    const uptr address = strtoull(text.c_str() + at + 1, nullptr, 16);
    places[address].address = address;
  }
  Dl_info program{};
  dladdr(reinterpret_cast<const void*>(&with_places), &program);
  std::map<std::string, std::vector<Place*>> modules;
  for (auto& [address, place] : places) {
    Dl_info info{};
    link_map* map = nullptr;
    void** const out = reinterpret_cast<void**>(&map);
    const auto* const inside = reinterpret_cast<const void*>(address - 1);
    if (dladdr1(inside, &info, out, RTLD_DL_LINKMAP) == 0 || map == nullptr) {
      place.name = hex(address);
      continue;
    }
    place.offset = address - map->l_addr;
    modules[module_path(info, info.dli_fbase == program.dli_fbase)].push_back(&place);
  }
  for (auto& [module, in_module] : modules) name_places(module, in_module);
  std::string result;
  std::size_t from = 0;
  for (std::size_t at = text.find("{0x"); at != std::string::npos; at = text.find("{0x", from)) {
    const std::size_t end = text.find('}', at);
    if (end == std::string::npos) break;
    result.append(text, from, at - from);
    result += places[strtoull(text.c_str() + at + 1, nullptr, 16)].name;
    from = end + 1;
  }
  return result.append(text, from);
}

}  // namespace gridlock::internal::controlled
