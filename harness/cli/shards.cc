// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/shards.h"

#include "harness/cli/actions.h"
#include "harness/cli/words.h"

#include <charconv>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <system_error>

namespace gridlock::internal {
namespace {

constexpr std::uint64_t kMostShards = 1'000'000;

std::optional<std::uint64_t> number_of(std::string_view word) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc() || end != word.data() + word.size()) return std::nullopt;
  return value;
}

const char* setting(const char* name) {
  const char* const value = name == nullptr ? nullptr : std::getenv(name);
  return value != nullptr && *value != '\0' ? value : nullptr;
}

std::uint64_t required(const char* name) {
  const std::optional<std::uint64_t> value = number_of(setting(name));
  if (!value) throw UsageError(std::string(name) + ": " + shown(setting(name)) + " is no number");
  return *value;
}

/// A pair of variables.
struct Source {
  const char* index;
  const char* count;
  std::uint64_t first;  ///< of the index
};

constexpr Source kSources[] = {
    {"GTEST_SHARD_INDEX", "GTEST_TOTAL_SHARDS", 0},
    {"JOB_COMPLETION_INDEX", "GRIDLOCK_SHARDS", 0},
    {"CI_NODE_INDEX", "CI_NODE_TOTAL", 1},
    {"CIRCLE_NODE_INDEX", "CIRCLE_NODE_TOTAL", 0},
    {"BUILDKITE_PARALLEL_JOB", "BUILDKITE_PARALLEL_JOB_COUNT", 0},
    {"AWS_BATCH_JOB_ARRAY_INDEX", "AWS_BATCH_JOB_ARRAY_SIZE", 0},
};

Shard checked(std::uint64_t index, std::uint64_t of, const std::string& from) {
  if (of == 0 || of > kMostShards || index >= of)
    throw UsageError(from + ": there is no shard " + std::to_string(index + 1) + " of " +
                     std::to_string(of));
  return {index + 1, of, from};
}

// Arrays begin at any number and may leave some out: --array=10-40:10 has 4 tasks.
std::optional<Shard> of_slurm() {
  if (setting("SLURM_ARRAY_TASK_ID") == nullptr) return std::nullopt;
  const std::uint64_t id = required("SLURM_ARRAY_TASK_ID");
  if (setting("SLURM_ARRAY_TASK_COUNT") == nullptr || setting("SLURM_ARRAY_TASK_MIN") == nullptr)
    throw UsageError(
        "SLURM_ARRAY_TASK_ID is set without SLURM_ARRAY_TASK_COUNT and SLURM_ARRAY_TASK_MIN: say "
        "--shard");
  const std::uint64_t first = required("SLURM_ARRAY_TASK_MIN");
  const std::uint64_t step =
      setting("SLURM_ARRAY_TASK_STEP") != nullptr ? required("SLURM_ARRAY_TASK_STEP") : 1;
  if (step == 0 || id < first || (id - first) % step != 0)
    throw UsageError("SLURM_ARRAY_TASK_ID: " + std::to_string(id) +
                     " is no task of an array that begins with " + std::to_string(first) +
                     " and has steps of " + std::to_string(step) + ": say --shard");
  return checked((id - first) / step, required("SLURM_ARRAY_TASK_COUNT"), "SLURM_ARRAY_TASK_ID");
}

std::optional<Shard> of_pair(const Source& source) {
  if (setting(source.index) == nullptr) return std::nullopt;
  if (setting(source.count) == nullptr) {
    if (std::string_view(source.index) != "JOB_COMPLETION_INDEX") return std::nullopt;
    throw UsageError(
        "JOB_COMPLETION_INDEX is set, but not how many completions the job has: set "
        "GRIDLOCK_SHARDS, or say --shard");
  }
  const std::uint64_t index = required(source.index);
  if (index < source.first)
    throw UsageError(std::string(source.index) + ": begins with " + std::to_string(source.first));
  return checked(index - source.first, required(source.count), source.index);
}

}  // namespace

std::string shard_error(const std::string& word) {
  const std::size_t slash = word.find('/');
  const auto number = number_of(std::string_view(word).substr(0, slash));
  const auto of = slash == std::string::npos ? std::nullopt
                                             : number_of(std::string_view(word).substr(slash + 1));
  if (!number || !of) return shown(word) + " is not NUMBER/OF, as 2/4 is";
  if (*number == 0 || *of == 0 || *number > *of || *of > kMostShards)
    return shown(word) + ": the first is 1/" + std::to_string(*of == 0 ? 1 : *of) + ", the last " +
           std::to_string(*of) + "/" + std::to_string(*of);
  return {};
}

Shard shard_of_word(const std::string& word) {
  const std::size_t slash = word.find('/');
  return {*number_of(std::string_view(word).substr(0, slash)),
          *number_of(std::string_view(word).substr(slash + 1)),
          {}};
}

Shard shard_of_surroundings() {
  if (const char* const own = setting("GRIDLOCK_SHARD")) {
    if (const std::string error = shard_error(own); !error.empty())
      throw UsageError("GRIDLOCK_SHARD: " + error);
    Shard shard = shard_of_word(own);
    shard.from = "GRIDLOCK_SHARD";
    return shard;
  }
  if (auto shard = of_pair(kSources[0])) return *shard;
  if (auto shard = of_slurm()) return *shard;
  for (const Source& source : kSources) {
    if (auto shard = of_pair(source)) return *shard;
  }
  return {};
}

}  // namespace gridlock::internal
