#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>

#include <espalier/base/error.h>
#include <espalier/graph/structure.h>

namespace espalier {

/// "children" (new states), "scene" (old states): the names and kinds of some relations.
template <class Relations>
std::string list_kinds(const Relations& relations) {
  std::string text;
  for (const auto& relation : relations) {
    if (!text.empty()) text += ", ";
    text += message('"', relation.name,
                    relation.reads == Reads::kNewStates ? "\" (new states)" : "\" (old states)");
  }
  return text.empty() ? "none" : text;
}

/// Throws GraphError unless all parts, structures or schedules, have the same relations, by name,
/// kind and order.
template <class Part>
void check_same_relations(std::span<const Part* const> parts, const char* what) {
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const auto same = [](const auto& a, const auto& b) {
      return a.name == b.name && a.reads == b.reads;
    };
    if (std::ranges::equal(parts[0]->relations(), parts[i]->relations(), same)) continue;
    throw GraphError(message(what, ' ', i, " has relations ", list_kinds(parts[i]->relations()),
                             "; expected, as in ", what, " 0, ",
                             list_kinds(parts[0]->relations())));
  }
}

}  // namespace espalier
