#pragma once

#include <cstddef>
#include <optional>

#include <espalier/datasets/line_reader.h>
#include <espalier/ops/tensor.h>

namespace espalier::apps {

/// The sequence in the next line, a JSON array of steps, each an array of so many features: [steps,
/// num_features]; nothing after the last line. Throws ParseError if it is something else.
std::optional<Tensor> read_steps(datasets::LineReader& lines, std::size_t num_features);

}  // namespace espalier::apps
