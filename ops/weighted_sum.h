#pragma once

#include <span>

#include <espalier/ops/variable.h>

namespace espalier {

/// The sum over p of weights[0, p] times parts[p], or, if each row has weights of its own, of
/// weights[r, p] times row r of it: [rows, columns], as each part is. `weights` is [1, parts] or
/// [rows, parts]. Throws ShapeError if there is no part or they do not fit.
Variable weighted_sum(std::span<const Variable> parts, const Variable& weights);

}  // namespace espalier
