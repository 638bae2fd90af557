// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/address_names.h"

#include <algorithm>
#include <set>
#include <utility>

namespace gridlock::internal {
namespace {

using Places = std::vector<std::pair<Object*, CodeAddress>>;

void take_places(std::vector<Object>& objects, Places& places) {
  for (Object& object : objects) {
    if (object.type != "Address" || object.created.empty()) continue;
    const Frame& frame = object.created.front();
    if (!frame.module.empty())
      places.emplace_back(&object, CodeAddress{frame.module, frame.offset});
    object.created.clear();
  }
}

void name_places(const Places& places, const Symbolizer& symbolizer,
                 std::vector<std::string>& notes) {
  if (places.empty() || symbolizer.empty()) return;
  std::set<CodeAddress> wanted;
  for (const auto& [object, address] : places) wanted.insert(address);
  const std::vector<CodeAddress> addresses(wanted.begin(), wanted.end());
  const auto variables = symbolizer.variables(addresses, notes);
  for (const auto& [object, address] : places) {
    const auto found = variables.find(address);
    if (found != variables.end() && !found->second.name.empty()) object->name = found->second.name;
  }
}

}  // namespace

void name_addresses(Outcome& outcome, const Symbolizer& symbolizer,
                    std::vector<std::string>& notes) {
  Places places;
  for (Finding& finding : outcome.findings) take_places(finding.objects, places);
  for (Finding& finding : outcome.suppressed) take_places(finding.objects, places);
  if (outcome.dump) take_places(outcome.dump->objects, places);
  name_places(places, symbolizer, notes);
}

void name_addresses(std::vector<Finding>& findings, const Symbolizer& symbolizer,
                    std::vector<std::string>& notes) {
  Places places;
  for (Finding& finding : findings) take_places(finding.objects, places);
  name_places(places, symbolizer, notes);
}

}  // namespace gridlock::internal
