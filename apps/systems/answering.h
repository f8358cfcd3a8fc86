#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <espalier/apps/systems/system.h>
#include <espalier/base/error.h>
#include <espalier/datasets/line_reader.h>

namespace espalier::apps {

/// Reads examples with `next` until there is none, and answers some at a time. If a line is bad,
/// every one before it is answered first.
template <class Example, class Next, class Answer>
void answer_in_batches(const Next& next, const Answer& answer) {
  constexpr std::size_t kBatchSize = 64;
  std::vector<Example> examples;
  const auto answer_all = [&] {
    if (!examples.empty()) answer(examples);
    examples.clear();
  };
  try {
    while (std::optional<Example> example = next()) {
      examples.push_back(std::move(*example));
      if (examples.size() == kBatchSize) answer_all();
    }
  } catch (const ParseError&) {
    answer_all();
    throw;
  }
  answer_all();
}

/// The example of a line, from 1; what stands before it is not looked at. `next` reads one.
/// Throws ParseError if there are not so many lines.
template <class Example, class Next>
Example example_at(datasets::LineReader& lines, std::size_t line, const Next& next) {
  std::size_t num_lines = 0;
  while (num_lines + 1 < line && lines.next()) ++num_lines;
  if (num_lines + 1 == line) {
    if (std::optional<Example> example = next()) return std::move(*example);
  }
  throw ParseError(lines.file(), message("no line ", line, ", there are ", num_lines));
}

/// How many of a graph's nodes are drawn; `what` and `part` are for the error.
/// Throws Error, saying what can be drawn, if the graph is too large and no part was asked for.
inline std::size_t num_drawn(std::size_t num_nodes, const DrawOptions& options,
                             std::string_view what, std::string_view part) {
  if (options.nodes > 0) return std::min(options.nodes, num_nodes);
  if (num_nodes <= DrawOptions::kMostDrawn) return num_nodes;
  throw Error(message(what, " of ", num_nodes, " nodes is too large for a picture, expected ",
                      DrawOptions::kMostDrawn, " at most; --nodes ", DrawOptions::kMostDrawn,
                      " draws a part of it, ", part));
}

}  // namespace espalier::apps
