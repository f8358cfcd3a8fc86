#pragma once

#include <cstdint>
#include <span>

#include <espalier/ops/variable.h>

namespace espalier {

// Segment s of `x`, [n, columns], is its rows offsets[s] .. offsets[s + 1] - 1: the form in which
// graphs store neighbours, and batches their parts. All of these throw ShapeError, naming the
// place, unless offsets ascend from 0 to n. A segment may be empty.

/// Per segment and column, [segments, columns]; 0 for an empty segment. Rows are added in order.
Variable segment_sum(const Variable& x, std::span<const std::uint64_t> offsets);
Variable segment_mean(const Variable& x, std::span<const std::uint64_t> offsets);
/// The gradient goes to the first row that has the maximum. A NaN in a segment wins.
Variable segment_max(const Variable& x, std::span<const std::uint64_t> offsets);

/// Row s is the sum over segment s of weights[i] times row i of x, in order; `weights` is [n, 1].
/// Throws ShapeError too unless there is one weight for each row.
Variable segment_weighted_sum(const Variable& x, const Variable& weights,
                              std::span<const std::uint64_t> offsets);

/// exp(x) over its sum in the segment, per column, [n, columns]. Minus infinity gives 0, so does a
/// segment of nothing else: that is how to mask rows.
Variable segment_softmax(const Variable& x, std::span<const std::uint64_t> offsets);

}  // namespace espalier
