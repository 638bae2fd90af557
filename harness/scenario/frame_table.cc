// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/frame_table.h"

#include "harness/scenario/finding_members.h"
#include "harness/scenario/report_members.h"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

namespace gridlock::internal {
namespace {

auto parts_of(const Frame& frame) {
  return std::tie(frame.offset, frame.line, frame.column, frame.inlined, frame.function, frame.file,
                  frame.module);
}

}  // namespace

/// Visits a report as the codec does, so that no stack can be forgotten.
class FrameCollector {
 public:
  explicit FrameCollector(FrameTable* table) : table_(table) {}

  template <typename T>
  void always(const char* /*name*/, const T& value) {
    take(value);
  }
  template <typename T>
  void required(const char* /*name*/, const T& value) {
    take(value);
  }
  template <typename T>
  void optional(const char* /*name*/, const T& value) {
    take(value);
  }
  template <typename T>
  void unless(const T& /*absent*/, const char* /*name*/, const T& value) {
    take(value);
  }
  template <typename T>
  void renamed(const char* /*old_name*/, const char* /*name*/, const T& value) {
    take(value);
  }
  template <typename T>
  void implied(const T& /*value*/, const T& /*member*/) {}

  std::size_t count() const { return count_; }

 private:
  template <typename T>
  void take(const std::optional<T>& value) {
    if (value) take(*value);
  }
  template <typename T>
  void take(const std::vector<T>& values) {
    if constexpr (!std::is_arithmetic_v<T>) {
      for (const T& value : values) take(value);
    }
  }
  void take(const Stack& stack) {
    count_ += stack.size();
    if (table_ == nullptr) return;
    for (const Frame& frame : stack) {
      if (table_->numbers_.try_emplace(&frame, table_->frames_.size()).second)
        table_->frames_.push_back(&frame);
    }
  }
  template <typename T>
  void take(const T& value) {
    constexpr bool kHasNoMembers = std::is_arithmetic_v<T> || std::is_enum_v<T> ||
                                   std::is_same_v<T, std::string> ||
                                   std::is_same_v<T, std::map<std::string, std::string>>;
    if constexpr (!kHasNoMembers) members(*this, value);
  }

  FrameTable* const table_;  // nullptr: they are counted
  std::size_t count_ = 0;
};

std::size_t FrameTable::Hash::operator()(const Frame* frame) const {
  const std::hash<std::string_view> of_text;
  std::size_t hash = frame->offset * 0x9E37'79B9'7F4A'7C15U + static_cast<std::size_t>(frame->line);
  for (const std::string* text : {&frame->function, &frame->file})
    hash = (hash ^ of_text(*text)) * 0x9E37'79B9'7F4A'7C15U;
  return hash;
}

bool FrameTable::Same::operator()(const Frame* one, const Frame* other) const {
  return parts_of(*one) == parts_of(*other);
}

FrameTable FrameTable::of(const Report& report) {
  FrameTable table;
  FrameCollector counter(nullptr);
  members(counter, report);
  if (counter.count() < kWorthwhile) return table;
  FrameCollector collector(&table);
  members(collector, report);
  return table;
}

}  // namespace gridlock::internal
