// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/findings/short_text.h"

#include "harness/platform/utf8.h"

namespace gridlock::internal {
namespace {

constexpr u32 kMaxNamed = 4;  // threads, and steps of a cycle; more are counted

// A piece of JSON that FindingLine wrote: what it is about is well-formed, but may be cut.
struct Json {
  const char* at = nullptr;
  const char* end = nullptr;
  GRIDLOCK_INLINE bool empty() const noexcept { return at == end; }
};

// Behind the value that begins at `at`.
const char* behind_value(const char* at, const char* end) noexcept {
  u32 depth = 0;
  bool in_text = false;
  for (; at != end; ++at) {
    if (in_text) {
      if (*at == '\\' && at + 1 != end) {
        ++at;
      } else if (*at == '"') {
        in_text = false;
        if (depth == 0) return at + 1;
      }
    } else if (*at == '"') {
      in_text = true;
    } else if (*at == '{' || *at == '[') {
      ++depth;
    } else if (*at == '}' || *at == ']') {
      if (depth == 0) return at;  // of what encloses a number
      if (--depth == 0) return at + 1;
    } else if (*at == ',' && depth == 0) {
      return at;
    }
  }
  return end;
}

bool same(Json text, const char* plain) noexcept {
  const u64 length = length_of(plain);
  return static_cast<u64>(text.end - text.at) == length &&
         same_text(text.at, plain, static_cast<u32>(length));
}

bool same(Json a, Json b) noexcept {
  const u64 length = static_cast<u64>(a.end - a.at);
  return static_cast<u64>(b.end - b.at) == length &&
         same_text(a.at, b.at, static_cast<u32>(length));
}

// Without its quotes.
Json unquoted(Json text) noexcept {
  if (text.end - text.at >= 2 && *text.at == '"') return {text.at + 1, text.end - 1};
  return text;
}

/// The member of an object; empty if it has none.
Json member_of(Json object, const char* name) noexcept {
  const char* at = object.empty() ? object.end : object.at + 1;
  while (at != object.end && *at == '"') {
    const char* const key_end = behind_value(at, object.end);
    const Json key = unquoted({at, key_end});
    if (key_end == object.end) break;
    const char* const value = key_end + 1;  // behind the colon
    const char* const value_end = behind_value(value, object.end);
    if (same(key, name)) return {value, value_end};
    at = value_end;
    if (at != object.end && *at == ',') ++at;
  }
  return {};
}

Json text_of(Json object, const char* name) noexcept { return unquoted(member_of(object, name)); }

/// The elements of a list, one after the other; empty at its end.
class Elements {
 public:
  explicit Elements(Json list) noexcept
      : at_(list.empty() ? list.end : list.at + 1), end_(list.end) {}
  Json next() noexcept {
    if (at_ == end_ || *at_ == ']') return {};
    const char* const first = at_;
    at_ = behind_value(at_, end_);
    const Json element{first, at_};
    if (at_ != end_ && *at_ == ',') ++at_;
    return element;
  }

 private:
  const char* at_;
  const char* end_;
};

Json first_of(Json list) noexcept { return Elements(list).next(); }

u32 count_of_elements(Json list) noexcept {
  Elements elements(list);
  u32 count = 0;
  while (!elements.next().empty()) ++count;
  return count;
}

class Sentence {
 public:
  Sentence(Json finding, char* out, u32 room) noexcept
      : finding_(finding),
        threads_(member_of(finding, "threads")),
        objects_(member_of(finding, "objects")),
        out_(out),
        room_(room) {}

  u32 write() noexcept {
    const Json kind = text_of(finding_, "kind");
    if (kind.empty()) return write_dump();
    is_race_ = same(kind, "data-race") || same(kind, "tsan-report");
    is_stuck_ = same(kind, "deadlock") || same(kind, "self-deadlock") || same(kind, "starvation") ||
                same(kind, "lost-wakeup");
    put(title_of(kind));
    put_detail(kind);
    const Json cycle = member_of(finding_, "cycle");
    if (!first_of(cycle).empty()) {
      put_cycle(cycle);
    } else if (!is_race_) {
      put_what_it_is_about();
    }
    put_threads();
    put(" [");
    put_text(kind);
    put("]");
    return size_;
  }

 private:
  // For a process that does not go on, although no finding says why.
  u32 write_dump() noexcept {
    is_stuck_ = true;
    put("No thread goes on; the log has where each of them is");
    put_threads();
    put(" [");
    put_text(text_of(finding_, "reason"));
    put(']');
    return size_;
  }

  static const char* title_of(Json kind) noexcept {
#define GRIDLOCK_FINDING_KIND(enumerator, name, title, source, meaning, fix) \
  if (same(kind, name)) return title;
#include <gridlock/finding_kinds.def>
#undef GRIDLOCK_FINDING_KIND
    return "Finding";
  }

  void put(char c) noexcept {
    if (size_ < room_) {
      out_[size_++] = c;
    } else if (room_ != 0) {  // full, perhaps in the middle of a character
      room_ = 0;
      size_ = static_cast<u32>(without_cut_character(out_, size_));
    }
  }
  void put(const char* text) noexcept {
    for (; *text != 0; ++text) put(*text);
  }
  void put_number(u32 number) noexcept {
    char digits[10];
    u32 n = 0;
    do {
      digits[n++] = static_cast<char>('0' + number % 10);
      number /= 10;
    } while (number != 0);
    while (n > 0) put(digits[--n]);
  }
  // JsonWriter has written what is hidden as "\u202e". It is shown as its bytes, as everywhere.
  void put_text(Json text) noexcept {
    for (const char* at = text.at; at != text.end; ++at) {
      const bool escapes = *at == '\\' && at + 1 != text.end;
      if (escapes && at[1] == 'u' && text.end - at >= 6) {
        put_character(at + 2, text.end);
        at += 5;
      } else {
        put(escapes && (at[1] == '"' || at[1] == '\\') ? *++at : *at);
      }
    }
  }

  void put_byte(u32 byte) noexcept {
    constexpr char kDigits[] = "0123456789abcdef";
    put("\\x");
    put(kDigits[byte >> 4 & 15]);
    put(kDigits[byte & 15]);
  }

  static u32 number_of(const char* digits) noexcept {
    u32 number = 0;
    for (u32 i = 0; i < 4; ++i)
      number =
          number * 16 + static_cast<u32>(digits[i] <= '9' ? digits[i] - '0' : digits[i] - 'a' + 10);
    return number;
  }

  // From the four digits behind "\u". Of the two halves of a character the first puts all.
  void put_character(const char* digits, const char* end) noexcept {
    u32 character = number_of(digits);
    if (character >= 0xDC00 && character <= 0xDFFF) return;
    if (character >= 0xD800 && character <= 0xDBFF && end - digits >= 10)
      character = 0x10000 + ((character & 0x3FF) << 10) + (number_of(digits + 6) & 0x3FF);
    if (character >= 0x10000) put_byte(0xF0 | character >> 18);
    if (character >= 0x10000) put_byte(0x80 | (character >> 12 & 0x3F));
    if (character < 0x10000 && character >= 0x800) put_byte(0xE0 | character >> 12);
    if (character >= 0x800) put_byte(0x80 | (character >> 6 & 0x3F));
    if (character < 0x800 && character >= 0x80) put_byte(0xC0 | character >> 6);
    put_byte(character >= 0x80 ? 0x80 | (character & 0x3F) : character);
  }

  // What the name of the kind does not say. The operation that was misused, one word, it does say.
  void put_detail(Json kind) noexcept {
    const Json detail = text_of(finding_, "detail");
    bool is_word = true;
    for (const char* at = detail.at; at != detail.end; ++at)
      is_word = is_word && *at != ' ' && *at != '-';
    const bool alone = first_of(threads_).empty();
    if (detail.empty() || same(detail, kind) || (is_word && !alone)) return;
    lead();
    put_text(detail);
  }

  // Between what has been said and what comes.
  void lead() noexcept {
    put(said_ ? "; " : ": ");
    said_ = true;
  }

  // "bank.cc:9" of the first frame, if that is a place in the source.
  bool put_place(Json stack, const char* before) noexcept {
    const Json frame = first_of(stack);
    const Json file = text_of(frame, "file");
    if (file.empty()) return false;
    const char* base = file.at;
    for (const char* at = file.at; at != file.end; ++at) {
      if (*at == '/') base = at + 1;
    }
    put(before);
    put_text({base, file.end});
    put(':');
    put_text(member_of(frame, "line"));
    return true;
  }

  // "alice (M1, bank.cc:9)", "M1 (bank.cc:9)"; of a thread with a name "gift (T2)".
  void put_described(Json id, Json described, bool with_place) noexcept {
    const Json name = text_of(described, "name");
    if (name.empty()) {
      put_text(id);
      if (put_place(member_of(described, "created"), " (")) put(')');
      return;
    }
    put_text(name);
    put(" (");
    put_text(id);
    if (with_place) put_place(member_of(described, "created"), ", ");
    put(')');
  }

  static Json find(Json list, Json id) noexcept {
    Elements elements(list);
    for (Json each = elements.next(); !each.empty(); each = elements.next()) {
      if (same(text_of(each, "id"), id)) return each;
    }
    return {};
  }

  void put_object(Json id) noexcept { put_described(id, find(objects_, id), true); }

  void put_cycle(Json cycle) noexcept {
    lead();
    Elements ids(cycle);
    u32 count = 0;
    for (Json id = ids.next(); !id.empty(); id = ids.next()) {
      if (++count <= kMaxNamed) {
        put_object(unquoted(id));
        put(" => ");
      }
    }
    if (count > kMaxNamed) {
      put("... ");
      put_number(count - kMaxNamed);
      put(" more => ");
    }
    const Json first = unquoted(first_of(cycle));
    const Json name = text_of(find(objects_, first), "name");
    put_text(name.empty() ? first : name);
  }

  static bool is_thread(Json object) noexcept {
    const Json type = text_of(object, "type");
    return same(type, "Thread") || same(type, "Process");
  }

  // The first thing of all that a finding mentions is what it is about.
  void put_what_it_is_about() noexcept {
    Elements objects(objects_);
    for (Json each = objects.next(); !each.empty(); each = objects.next()) {
      if (is_thread(each)) continue;
      if (somebody_waits()) return;  // put_threads() says for what
      lead();
      return put_described(text_of(each, "id"), each, true);
    }
  }

  // Elsewhere it is what a thread happens to do meanwhile.
  bool somebody_waits() const noexcept {
    if (!is_stuck_) return false;
    Elements threads(threads_);
    for (Json each = threads.next(); !each.empty(); each = threads.next()) {
      if (!member_of(each, "wants").empty()) return true;
    }
    return false;
  }

  void put_threads() noexcept {
    const u32 all = count_of_elements(threads_);
    if (all == 0) return;
    lead();
    const bool in_cycle = !first_of(member_of(finding_, "cycle")).empty();
    if (in_cycle) put(all == 1 ? "thread " : "threads ");
    Elements threads(threads_);
    for (u32 i = 0; i < all && i < kMaxNamed; ++i) {
      if (i > 0) put(i + 1 == all ? " and " : ", ");
      const Json thread = threads.next();
      put_described(text_of(thread, "id"), thread, false);
      const Json wanted = text_of(member_of(thread, "wants"), "object");
      if (in_cycle || !is_stuck_ || wanted.empty()) continue;
      put(" waits for ");
      put_object(wanted);
    }
    if (all > kMaxNamed) {
      put(" and ");
      put_number(all - kMaxNamed);
      put(" more");
    }
  }

  Json finding_;
  Json threads_;
  Json objects_;
  char* out_;
  u32 room_;
  u32 size_ = 0;
  bool said_ = false;
  bool is_race_ = false;
  bool is_stuck_ = false;
};

}  // namespace

u32 short_text(const char* record, u64 size, char* out, u32 room) noexcept {
  return Sentence({record, record + size}, out, room).write();
}

}  // namespace gridlock::internal
