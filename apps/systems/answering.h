#pragma once

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

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

}  // namespace espalier::apps
