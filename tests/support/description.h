// SPDX-License-Identifier: Apache-2.0
//
// The one description of what findings and reports are made of (harness/scenario/finding_members.h,
// report_members.h) as data, for tests that hold something else against it: the schema, the documents
// of wire.md, what the runtime writes.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/scenario/report_members.h"

namespace gridlock::support {

enum class Presence { kRequired, kAlways, kOptional };

struct DescribedMember {
  std::string name;
  std::string
      type;  ///< "string", "integer", "number", "boolean", "kind", "verdict", "texts", "object"
  bool is_unsigned = false;
  bool is_list = false;  ///< of that type
  Presence presence = Presence::kOptional;
  std::vector<DescribedMember> members = {};  ///< of an object
};

template <typename T>
std::vector<DescribedMember> described();

/// Visits a description as the codec does.
class Describer {
 public:
  template <typename T>
  void required(const char* name, const T& /*member*/) {
    add<T>(name, Presence::kRequired);
  }
  template <typename T>
  void always(const char* name, const T& /*member*/) {
    add<T>(name, Presence::kAlways);
  }
  template <typename T>
  void optional(const char* name, const T& /*member*/) {
    add<T>(name, Presence::kOptional);
  }
  template <typename T>
  void unless(const T& /*absent*/, const char* name, const T& /*member*/) {
    add<T>(name, Presence::kOptional);
  }
  template <typename T>
  void renamed(const char* /*old_name*/, const char* name, const T& value) {
    optional(name, value);
  }
  template <typename T>
  void implied(const T& /*value*/, const T& /*member*/) {}

  std::vector<DescribedMember> members;

 private:
  template <typename T>
  struct Type {
    static void describe(DescribedMember& member) {
      if constexpr (std::same_as<T, bool>) {
        member.type = "boolean";
      } else if constexpr (std::integral<T>) {
        member.type = "integer";
        member.is_unsigned = std::unsigned_integral<T>;
      } else if constexpr (std::floating_point<T>) {
        member.type = "number";
      } else if constexpr (std::same_as<T, std::string>) {
        member.type = "string";
      } else if constexpr (std::same_as<T, FindingKind>) {
        member.type = "kind";
      } else if constexpr (std::same_as<T, Verdict>) {
        member.type = "verdict";
      } else if constexpr (std::same_as<T, std::map<std::string, std::string>>) {
        member.type = "texts";
      } else {
        member.type = "object";
        member.members = described<T>();
      }
    }
  };
  template <typename T>
  struct Type<std::optional<T>> : Type<T> {};
  template <typename T>
  struct Type<std::vector<T>> {
    static void describe(DescribedMember& member) {
      member.is_list = true;
      Type<T>::describe(member);
    }
  };

  template <typename T>
  void add(const char* name, Presence presence) {
    DescribedMember member{.name = name, .type = {}, .presence = presence};
    Type<T>::describe(member);
    members.push_back(std::move(member));
  }
};

template <typename T>
std::vector<DescribedMember> described() {
  using internal::members;
  Describer describer;
  const T value{};
  members(describer, value);
  return describer.members;
}

}  // namespace gridlock::support
