// SPDX-License-Identifier: Apache-2.0
//
// What a renderer looks up again and again: where the lines of a source begin, and whether a frame is the user's. So the
// thousandth place in a long file costs no more than the first one.
#pragma once

#include <gridlock/report.h>

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace gridlock::internal::reports {

/// While one lives, source_line() and source_lines() of this report, and site_of(), look here if they are called in the
/// same thread. The report must outlive
/// it, unchanged.
class RenderIndex {
 public:
  explicit RenderIndex(const Report& report);
  RenderIndex(const RenderIndex&) = delete;
  RenderIndex& operator=(const RenderIndex&) = delete;
  ~RenderIndex();

  /// The innermost one of this thread that is about the report; nullptr if there is none.
  static RenderIndex* of(const Report& report);
  /// The innermost one of this thread, whatever it is about; nullptr if there is none.
  static RenderIndex* any();

  /// As the functions of frames.h.
  std::string_view line(std::string_view file, int line);
  int lines(std::string_view file);
  /// As is_user_frame().
  bool is_user(const Frame& frame);

 private:
  struct Lines {
    std::string_view text;
    std::vector<std::size_t> begins;  ///< of each line
  };
  const Lines& lines_of(std::string_view file);

  const Report& report_;
  RenderIndex* const outer_;
  std::map<std::string, Lines, std::less<>> files_;  // those that were asked for
  std::unordered_map<std::string, bool> is_user_;    // by function, file and module
  std::string key_;
};

}  // namespace gridlock::internal::reports
