#pragma once

#include <cstddef>

#include <espalier/graph/sequence.h>
#include <espalier/ops/variable.h>

namespace espalier {

/// Sequences whose steps were put together.
struct PooledSequences {
  Variable x;               ///< [steps that are left, columns]
  SequenceBatch sequences;  ///< Each of length / window steps, rounded down.
};

/// Means of `window` steps after another: step t becomes the mean of steps t * window .. (t + 1) *
/// window - 1. Steps at the end that are fewer are left out. Throws ShapeError unless x, [steps,
/// columns], has a row for each step; OptionError if the window is 0.
PooledSequences average_pooling(const Variable& x, const SequenceBatch& sequences,
                                std::size_t window);

/// x_t - x_t-1 of every sequence; 0 at its first step. Throws ShapeError likewise.
Variable step_differences(const Variable& x, const SequenceBatch& sequences);

}  // namespace espalier
