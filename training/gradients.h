#pragma once

#include <span>

#include <espalier/ops/variable.h>

namespace espalier::training {

/// A parameter has a full gradient, a gradient of some rows, both (a tied embedding) or none.
/// If it has both, this adds the rows to the full one.
void merge_row_gradient(const Variable& parameter);

/// Every stored element of the gradient, in place, after merging: all of it, or that of the named
/// rows; empty if there is none. Elements that are not stored are zero.
std::span<float> gradient_elements(const Variable& parameter);

}  // namespace espalier::training
