// SPDX-License-Identifier: Apache-2.0
//
// A program as text, and made smaller.
#include <algorithm>
#include <string_view>
#include <utility>

#include "tests/random_programs/generate.h"

namespace gridlock::random_programs {
namespace {

void write(const std::vector<Statement>& body, std::string& text) {
  for (const Statement& each : body) {
    text += each.head + (each.head.ends_with('{') ? " " : ", ");
    write(each.body, text);
    if (!each.tail.empty()) text += each.tail + ", ";
  }
}

bool names(const std::vector<Statement>& body, std::string_view thread) {
  return std::ranges::any_of(body, [&](const Statement& each) {
    return each.head.ends_with(" " + std::string(thread)) || names(each.body, thread);
  });
}

// `path`: the thread, and which statement of each body leads to this one.
void shrink_body(const Tree& tree, std::vector<std::size_t>& path,
                 const std::vector<Statement>& body, std::vector<Tree>& all) {
  for (std::size_t i = 0; i < body.size(); ++i) {
    for (const bool keeps_body : {false, true}) {
      if (keeps_body && body[i].body.empty()) continue;
      if ((body[i].head.starts_with("start ") && !body[i].head.starts_with("start z")) ||
          body[i].head.starts_with("join "))
        continue;
      Tree next = tree;
      std::vector<Statement>* at = &next.threads[path[0]].body;
      for (std::size_t step = 1; step < path.size(); ++step) at = &(*at)[path[step]].body;
      const std::vector<Statement> inside = (*at)[i].body;
      at->erase(at->begin() + static_cast<std::ptrdiff_t>(i));
      if (keeps_body)
        at->insert(at->begin() + static_cast<std::ptrdiff_t>(i), inside.begin(), inside.end());
      all.push_back(std::move(next));
    }
    path.push_back(i);
    shrink_body(tree, path, body[i].body, all);
    path.pop_back();
  }
}

}  // namespace

std::string Tree::text() const {
  std::string all;
  for (const std::string& each : declarations) all += each + " | ";
  for (const Thread& each : threads) {
    all += each.name + ": ";
    write(each.body, all);
    while (all.ends_with(' ') || all.ends_with(',')) all.pop_back();
    if (&each != &threads.back()) all += " | ";
  }
  return all;
}

std::vector<Tree> smaller(const Tree& tree) {
  std::vector<Tree> all;
  for (std::size_t i = 0; i + 1 < tree.threads.size() && tree.threads.size() > 2; ++i) {
    std::string_view name = tree.threads[i].name;
    if (name.starts_with("timer ")) name.remove_prefix(6);
    const bool is_named = std::ranges::any_of(
        tree.threads, [&](const Tree::Thread& each) { return names(each.body, name); });
    if (is_named) continue;
    all.push_back(tree);
    all.back().threads.erase(all.back().threads.begin() + static_cast<std::ptrdiff_t>(i));
  }
  for (std::size_t i = 0; i < tree.threads.size(); ++i) {
    std::vector<std::size_t> path{i};
    shrink_body(tree, path, tree.threads[i].body, all);
  }
  return all;
}

}  // namespace gridlock::random_programs
