// SPDX-License-Identifier: Apache-2.0
//
// A file of suppressions, held against findings with awkward names.
#include "harness/scenario/suppressions.h"

#include "tests/fuzz/rendered.h"

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace gridlock::fuzz {
namespace {

std::vector<Finding> findings() {
  Finding finding;
  finding.kind = FindingKind::kDataRace;
  finding.fingerprint = "0123456789abcdef";
  const std::string longest = std::string(200, 'a') + "\xFF[" + std::string(200, 'b');
  for (const std::string& name :
       {std::string("log"), longest, std::string("operator()(int) const")}) {
    Frame frame;
    frame.function = name;
    frame.file = "/src/" + name + "/a.cc";
    frame.line = 3;
    ThreadInfo thread;
    thread.id = "T1";
    thread.stack = {frame};
    finding.threads.push_back(thread);
    Object object;
    object.id = "M" + std::to_string(finding.objects.size() + 1);
    object.name = name;
    finding.objects.push_back(object);
  }
  return {finding, finding};
}

}  // namespace
}  // namespace gridlock::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gridlock;  // NOLINT(google-build-using-namespace): one function
  try {
    auto entries =
        internal::Suppressions::parse({reinterpret_cast<const char*>(data), size}, "known");
    std::vector<Finding> counting = fuzz::findings();
    std::vector<Finding> suppressed;
    const std::size_t all = counting.size();
    entries.apply(counting, suppressed);
    fuzz::require(counting.size() + suppressed.size() == all, "a finding was lost");
    Report report;
    report.suppressions = entries.entries();
    Outcome outcome;
    outcome.suppressed = std::move(suppressed);
    report.outcomes.push_back(std::move(outcome));
    fuzz::require_safe(report);
  } catch (const std::runtime_error& error) {
    fuzz::require(std::string(error.what()).starts_with("known:"), "an error without a place");
  }
  return 0;
}
