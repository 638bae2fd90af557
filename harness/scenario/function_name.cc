// SPDX-License-Identifier: Apache-2.0
//
// One function, as it is spelled:
//   pay()::$_0::operator()() const                 clang's linkage name
//   pay()::'lambda'()::operator()() const          g++'s linkage name, as LLVM demangles it
//   pay()::{lambda()#1}::operator()() const        the same, as libiberty does
//   auto pay()::(anonymous class)::operator()()    clang's source_location
//   pay()::<lambda()> [with auto:14 = int]         g++'s source_location
//   operator()                                     inlined: DWARF without a linkage name
#include "harness/scenario/function_name.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

namespace gridlock::internal {
namespace {

constexpr std::string_view kCall = "operator()";
constexpr const char* kLambda = " lambda";
constexpr std::array<std::string_view, 5> kLambdas = {"$_", "<lambda", "{lambda", "'lambda",
                                                      "(anonymous class)"};

bool starts_lambda(std::string_view text) {
  return std::ranges::any_of(kLambdas,
                             [&](std::string_view lambda) { return text.starts_with(lambda); });
}

bool opens(char c) { return c == '(' || c == '<' || c == '{' || c == '['; }
bool closes(char c) { return c == ')' || c == '>' || c == '}' || c == ']'; }

// Behind the bracket that closes the one at `at`; the end, if none does.
std::size_t behind_bracket(std::string_view text, std::size_t at) {
  int depth = 0;
  for (; at < text.size(); ++at) {
    if (opens(text[at])) ++depth;
    if (closes(text[at]) && !(text[at] == '>' && text[at - 1] == '-') && --depth == 0)
      return at + 1;
  }
  return at;
}

// "operator", and behind it what is no letter: "operator()", "operator<<", "operator[]".
std::size_t operator_length(std::string_view text) {
  constexpr std::string_view kWord = "operator";
  if (!text.starts_with(kWord)) return 0;
  if (text.starts_with(kCall)) return kCall.size();
  constexpr std::string_view kSigns = "+-*/%^&|~!=<>,[]";
  std::size_t length = kWord.size();
  while (length < text.size() && length < kWord.size() + 3 &&
         kSigns.find(text[length]) != std::string_view::npos)
    ++length;
  return length == kWord.size() ? 0 : length;
}

// The names between "::", each without what is in brackets behind it.
std::vector<std::string> components(std::string_view text) {
  std::vector<std::string> names(1);
  bool parameters_seen = false;  // of the name at the end
  for (std::size_t at = 0; at < text.size();) {
    std::string& name = names.back();
    const std::string_view rest = text.substr(at);
    if (rest.starts_with("::")) {
      names.emplace_back();
      parameters_seen = false;
      at += 2;
    } else if (parameters_seen && (rest.starts_with(" ->") || rest.starts_with(" [") ||
                                   rest.starts_with(" requires"))) {
      break;
    } else if (const std::size_t length = name.empty() ? operator_length(rest) : 0; length != 0) {
      name = rest.substr(0, length);
      at += length;
    } else if (opens(text[at])) {
      const std::size_t end = behind_bracket(text, at);
      if (name.empty()) {
        name = text.substr(at, end - at);  // "(anonymous namespace)", "<lambda()>"
        parameters_seen = starts_lambda(name);
      } else if (text[at] == '(') {
        parameters_seen = true;
      }
      at = end;
    } else if (text[at] == ' ') {
      const bool qualifies = rest.starts_with(" mutable") || rest.starts_with(" const");
      if (!parameters_seen && !qualifies) names.assign(1, "");  // it was the return type
      at += qualifies ? std::min(rest.find_first_of(" :&", 1), rest.size()) : 1;
    } else {
      if (!parameters_seen) name += text[at];  // behind them: " const", "&&"
      ++at;
    }
  }
  return names;
}

bool made_by_compiler(std::string_view name) {
  constexpr std::array<std::string_view, 3> kNames = {"_GLOBAL__", "__cxx_global_",
                                                      "__static_initialization_and_destruction"};
  return std::ranges::any_of(kNames, [&](std::string_view one) { return name.starts_with(one); });
}

// Where a lambda is mentioned in a text: the function around it, and how deep in brackets.
struct Mention {
  std::string_view function;
  int depth = 0;
};

// Back from `end` to where that name begins.
std::string_view name_before(std::string_view text, std::size_t end) {
  std::size_t at = end;
  for (const std::string_view word : {" mutable", " const"}) {
    if (text.substr(0, at).ends_with(word)) at -= word.size();
  }
  for (int depth = 0; at > 0; --at) {
    const char c = text[at - 1];
    const bool arrow = c == '>' && at > 1 && text[at - 2] == '-';
    if (closes(c) && !arrow) ++depth;
    if (opens(c) && --depth < 0) break;
    if (depth == 0 && (c == ' ' || c == ',')) break;
  }
  return text.substr(at, end - at);
}

std::vector<Mention> lambdas_in(std::string_view text) {
  std::vector<Mention> mentions;
  int depth = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text.substr(at).starts_with("::") && starts_lambda(text.substr(at + 2)))
      mentions.push_back({name_before(text, at), depth});
    if (opens(text[at])) ++depth;
    if (closes(text[at]) && !(text[at] == '>' && text[at - 1] == '-')) --depth;
  }
  return mentions;
}

bool is_library(std::string_view name) {
  return name.empty() || name.starts_with("std::") || name.starts_with("gridlock::") ||
         name.starts_with("__gnu_cxx::");
}

// "dinner lambda" out of "__invoke<dinner()::<lambda()> >": those of the user's, the outermost first.
std::vector<std::string> user_lambdas_in(std::string_view function) {
  std::vector<Mention> mentions = lambdas_in(function);
  std::erase_if(mentions, [](const Mention& one) { return is_library(one.function); });
  std::ranges::sort(mentions, {},
                    [](const Mention& one) { return std::pair(one.depth, one.function.data()); });
  std::vector<std::string> names;
  for (const Mention& one : mentions) {
    std::string name = plain_function(one.function);
    if (!name.ends_with(kLambda)) name += kLambda;
    if (std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
  }
  return names;
}

bool is_nameless_lambda(const Frame& frame) {
  return frame.function.starts_with(kCall) && is_user_frame(frame);
}

// The lambda of the frame before these, which does not say where it was written. One that another
// nameless one calls is in the template arguments of that.
std::string lambda_called_by(std::span<const Frame> callers) {
  std::size_t between = 0;
  for (const Frame& frame : callers) {
    const std::vector<std::string> names = user_lambdas_in(frame.function);
    if (!names.empty()) return names[std::min(between, names.size() - 1)];
    if (is_nameless_lambda(frame)) ++between;
    // "apply<(lambda at bank.cc:3:1)>" was only handed it.
    const bool template_of_it = frame.function.find("(lambda at ") != std::string::npos;
    if (template_of_it || !is_user_frame(frame)) continue;
    const std::string caller = plain_function(frame.function);
    if (!caller.empty() && caller != kCall) return caller + kLambda;
  }
  return "lambda";
}

}  // namespace

std::string plain_function(std::string_view function) {
  const std::vector<std::string> names = components(function);
  std::string around;
  for (const std::string& name : names) {
    if (starts_lambda(name)) return around.empty() ? "lambda" : around + kLambda;
    if (name != kCall) around = name;
  }
  std::string name = names.back();
  if (made_by_compiler(name)) return {};
  if (!name.starts_with("operator")) name.resize(std::min(name.find('.'), name.size()));  // ".cold"
  return name;
}

std::string plain_place(const Stack& stack) {
  const Frame* const site = user_site(stack);
  if (site == nullptr) {
    for (const Frame& frame : stack) {
      const std::vector<std::string> names = user_lambdas_in(frame.function);
      if (!names.empty()) return names.front();
    }
    return "?";
  }
  if (site->function.empty()) {
    const std::string_view module = site->module;
    return std::string(module.substr(module.rfind('/') + 1)) + "+" + std::to_string(site->offset);
  }
  std::string name = plain_function(site->function);
  if (name != kCall || site->function.find("::") != std::string::npos) return name;
  return lambda_called_by(
      std::span(stack).subspan(static_cast<std::size_t>(site - stack.data()) + 1));
}

}  // namespace gridlock::internal
