// SPDX-License-Identifier: Apache-2.0
#include "harness/interpose/addresses.h"

#include "harness/interpose/address_table.h"
#include "harness/platform/mappings.h"

namespace gridlock::internal {
namespace {

struct Entry {
  std::atomic<uptr> address;
  std::atomic<ObjectId> object;
};
constinit AddressTable<Entry, 1u << 14> g_addresses;
constinit Entry g_others{};

ObjectId add_address(uptr address) noexcept {
  const ObjectId object = add_object(ObjectType::kAddress, 0, CallSite{}, false);
  if (object == 0 || address == 0) return object;
  char text[2 + 16];
  u32 size = 0;
  text[size++] = '0';
  text[size++] = 'x';
  bool leading = true;
  for (int shift = 60; shift >= 0; shift -= 4) {
    const u32 digit = (address >> shift) & 15;
    leading = leading && digit == 0 && shift != 0;
    if (!leading) text[size++] = static_cast<char>(digit < 10 ? '0' + digit : 'a' + digit - 10);
  }
  name_object(object, {&text[0], size});
  return object;
}

}  // namespace

// If two threads come here with the same address, one wins; the number of the other one is used for nothing.
ObjectId object_at(const void* address, bool adds) noexcept {
  Entry* entry = g_addresses.find(address, adds);
  if (entry == nullptr && !adds) return 0;
  if (entry == nullptr) entry = &g_others;
  ObjectId seen = entry->object.load();
  if (seen != 0 || !adds) return seen;
  const ObjectId fresh = add_address(entry->address.load());
  return entry->object.compare_exchange_strong(seen, fresh) ? fresh : seen;
}

bool is_in_shared_memory(const void* address) noexcept {
  const auto at = reinterpret_cast<uptr>(address);
  const bool is_private = find_mapping<128>([&](const Mapping& mapping, const char* /*line*/) {
    return at >= mapping.first && at < mapping.last && !mapping.shared;
  });
  return !is_private;  // also where the kernel does not tell
}

}  // namespace gridlock::internal
