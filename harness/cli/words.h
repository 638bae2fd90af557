// SPDX-License-Identifier: Apache-2.0
//
// The words of a command line: what is wrong with a value, and how a word is shown in a message.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gridlock::internal {

/// In quotes, as printable_line(), and the middle of a very long word left out.
std::string shown(std::string_view word);

/// A very long message without its middle, because what is wrong stands at its start and what helps at
/// its end.
std::string shortened(std::string_view message);

/// What is wrong with a value, or empty. Decimal digits only: 0x10, 010 and 1e2 are slips here.
std::string whole_number_error(const std::string& word, int lowest, int highest);
/// The same for seconds, which may have a fraction.
std::string seconds_error(const std::string& word, double lowest, double highest);
/// For the name of a file or of a directory: not empty, and not the next option by mistake.
std::string path_error(const std::string& word);
/// For one word of a few.
std::string choice_error(const std::string& word, const std::vector<std::string>& choices);
/// For what --set was given: what the runtime would refuse, or a setting of `ours` (its name and "=", and what the message says of it).
std::string settings_error(const std::vector<std::string>& settings,
                           const std::vector<std::pair<std::string_view, std::string_view>>& ours);

/// "--jobs=" without anything behind it, among the words before "--"; empty if there is none.
std::string option_without_value(int argc, const char* const* argv);

}  // namespace gridlock::internal
