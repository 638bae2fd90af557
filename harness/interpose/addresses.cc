// SPDX-License-Identifier: Apache-2.0
#include "harness/interpose/addresses.h"

#include "harness/interpose/address_table.h"
#include "harness/platform/raw_io.h"

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

namespace {

// The lines of /proc/self/maps, "7f12a000-7f12c000 rw-s ...", letter by letter.
class MapsReader {
 public:
  explicit MapsReader(uptr address) noexcept : address_(address) {}

  /// True: the answer is known.
  bool take(char letter) noexcept {
    if (letter == '\n') {
      *this = MapsReader(address_);
    } else if (letter == ' ' && field_ < 2) {
      ++field_;
    } else if (field_ == 0 && letter == '-') {
      start_ = number_;
      number_ = 0;
    } else if (field_ == 0) {
      number_ = number_ * 16 + static_cast<uptr>(letter <= '9' ? letter - '0' : letter - 'a' + 10);
    } else if (field_ == 1 && ++right_ == 4 && start_ <= address_ && address_ < number_) {
      shared_ = letter != 'p';
      return true;
    }
    return false;
  }
  bool shared() const noexcept { return shared_; }

 private:
  uptr address_;
  uptr start_ = 0;
  uptr number_ = 0;
  u32 field_ = 0;
  u32 right_ = 0;
  bool shared_ = true;  // where the kernel does not tell
};

}  // namespace

bool is_in_shared_memory(const void* address) noexcept {
  const int file = open_read("/proc/self/maps");
  if (file < 0) return true;
  MapsReader reader(reinterpret_cast<uptr>(address));
  char text[2048];
  bool known = false;
  for (i64 size = 1; size > 0 && !known;) {
    size = read_some(file, &text[0], sizeof text);
    for (i64 i = 0; i < size && !known; ++i) known = reader.take(text[i]);
  }
  close_fd(file);
  return reader.shared();
}

}  // namespace gridlock::internal
