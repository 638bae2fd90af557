// SPDX-License-Identifier: Apache-2.0
#include "tests/support/described_log.h"

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "tests/support/description.h"

namespace gridlock::support {
namespace {

using Json = nlohmann::json;
using Members = std::vector<DescribedMember>;

DescribedMember text(const char* name) { return {.name = name, .type = "string"}; }
DescribedMember texts(const char* name) {
  return {.name = name, .type = "string", .is_list = true};
}
DescribedMember boolean(const char* name) { return {.name = name, .type = "boolean"}; }
DescribedMember number(const char* name) {
  return {.name = name, .type = "integer", .is_unsigned = true};
}

Members with(Members all, std::initializer_list<DescribedMember> more) {
  all.insert(all.end(), more);
  return all;
}

// Records that are no struct of <gridlock/finding.h>: as docs/design/wire.md has them.
const std::map<std::string, Members>& records() {
  static const std::map<std::string, Members> all = {
      {"finding", described<Finding>()},
      {"infeasible-cycle", described<InfeasibleCycle>()},
      {"contention", described<Contention>()},
      {"order", described<LearnedOrder>()},
      {"process", described<ProcessInfo>()},
      {"process-end", described<ProcessInfo>()},
      {"dump", described<ProcessDump>()},
      {"start", {number("v"), boolean("tsan"), text("program"), texts("arguments"), texts("off")}},
      {"module", {text("path"), text("build_id"), number("size"), number("changed_ns")}},
      {"left-out", {text("kind"), number("count")}},
      {"end",
       with(described<WatchingCost>(), {number("undecided"), number("infeasible_cycles_dropped")})},
  };
  return all;
}

class Check {
 public:
  explicit Check(std::string record) : record_(std::move(record)) {}

  void object(const Json& json, const Members& members, const std::string& path) {
    for (const auto& [name, value] : json.items()) {
      const auto member = std::ranges::find(members, name, &DescribedMember::name);
      if (member == members.end()) {
        say(path + name, "is not described");
      } else if (!member->is_list) {
        one(value, *member, path + name);
      } else if (!value.is_array()) {
        say(path + name, "is no list");
      } else {
        for (std::size_t i = 0; i < value.size(); ++i)
          one(value[i], *member, path + name + "[" + std::to_string(i) + "]");
      }
    }
    for (const DescribedMember& member : members) {
      if (member.presence == Presence::kRequired && !json.contains(member.name))
        say(path + member.name, "is missing");
    }
  }
  void say(const std::string& member, const char* what) {
    complaints.push_back(record_ + ": " + member + " " + what);
  }

  std::vector<std::string> complaints;

 private:
  void one(const Json& value, const DescribedMember& member, const std::string& path) {
    const bool good = member.type == "boolean"   ? value.is_boolean()
                      : member.type == "object"  ? value.is_object()
                      : member.type != "integer" ? value.is_string()
                      : member.is_unsigned       ? value.is_number_unsigned()
                                                 : value.is_number_integer();
    if (!good) return say(path, "is of another type");
    if (member.type == "kind" && !finding_kind_from_name(value.get<std::string>()))
      say(path, "is no kind");
    if (member.type == "object") object(value, member.members, path + ".");
  }

  std::string record_;
};

std::vector<std::string> undescribed_in_line(std::string_view line) {
  const Json json = Json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("record")) return {};  // damaged on purpose
  const auto name = json["record"].get<std::string>();
  const auto record = records().find(name);
  Check check(name);
  if (record == records().end()) {
    check.say("the record", "is not described");
    return check.complaints;
  }
  Members members = record->second;
  for (DescribedMember& common : Members{text("record"), text("run"), number("pid")}) {
    if (!std::ranges::count(members, common.name, &DescribedMember::name))
      members.push_back(std::move(common));
  }
  check.object(json, members, "");
  return check.complaints;
}

}  // namespace

std::vector<std::string> undescribed_members(std::string_view log) {
  std::vector<std::string> all;
  for (std::size_t end = log.find('\n'); end != std::string_view::npos; end = log.find('\n')) {
    const std::vector<std::string> found = undescribed_in_line(log.substr(0, end));
    all.insert(all.end(), found.begin(), found.end());
    log.remove_prefix(end + 1);
  }
  return all;
}

}  // namespace gridlock::support
