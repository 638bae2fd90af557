// SPDX-License-Identifier: Apache-2.0
//
// How much is read of what somebody else wrote. A log or a report may be hostile, or damaged: it costs
// a bounded time and memory, and what is more than that is said in one line. Nothing that the runtime
// writes comes near.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace gridlock::internal {

inline constexpr std::size_t kLargestInput = 512U << 20U;  ///< a log or a JSON report, in bytes
inline constexpr std::size_t kLongestLine = 16U << 20U;    ///< of a log; the runtime's are 4 MiB
inline constexpr std::size_t kDeepestJson = 64;            ///< arrays and objects in each other
inline constexpr std::size_t kMaxJsonObjects = 2'000'000;  ///< in one document, or one log
inline constexpr std::size_t kMaxJsonValues = 8'000'000;   ///< the same, of whatever sort
inline constexpr std::size_t kMaxFindings = 10'000;        ///< of one log
inline constexpr std::size_t kMaxRecords = 20'000;         ///< of one log and any other type
inline constexpr std::size_t kMaxDamaged = 100'000;  ///< lines; then the rest is not looked at
inline constexpr std::size_t kMaxFrames = 1'000;     ///< of one stack
inline constexpr std::size_t kMaxInList = 50'000;    ///< of any other list in a finding
inline constexpr std::size_t kLongestMessage = 400;  ///< bytes that an error quotes

inline constexpr std::size_t kLargestSource = 1U << 20U;  ///< a source file
inline constexpr std::size_t kMaxSources = 64U << 20U;    ///< all of a report
inline constexpr std::uint64_t kLargestModule = 16ULL << 30U;

inline constexpr std::size_t kLargestSuppressions = 1U << 20U;
inline constexpr std::size_t kMaxSuppressions = 10'000;
inline constexpr std::size_t kLongestPattern = 4'096;

/// Limits of llvm-symbolizer: one run, all runs of a report, memory, and answers.
inline constexpr std::chrono::milliseconds kSymbolizerRun = std::chrono::seconds(30);
inline constexpr std::chrono::milliseconds kSymbolizerAll = std::chrono::seconds(60);
inline constexpr std::uint64_t kSymbolizerMemory = 8ULL << 30U;
inline constexpr std::uint64_t kSymbolizerAnswers = 128ULL << 20U;

/// Limits of Graphviz's dot: the drawings of a page, memory, and the answer.
inline constexpr std::chrono::milliseconds kGraphvizRun = std::chrono::seconds(2);
inline constexpr std::uint64_t kGraphvizMemory = 1ULL << 30U;
inline constexpr std::uint64_t kGraphvizAnswer = 4ULL << 20U;

}  // namespace gridlock::internal
