#pragma once

#include <espalier/layers/linear.h>
#include <espalier/ops/variable.h>

namespace espalier {

/// What gives each row of h a score: context . tanh(W h + b), [rows, 1]; W and b are the
/// projection's, which has a bias, and the context has a number for each of its outputs.
///
/// Yang et al., "Hierarchical Attention Networks for Document Classification", NAACL 2016, eq. 5-6,
/// before the softmax. Throws ShapeError unless h and the context fit the projection.
Variable attention_scores(const Variable& h, const Linear& projection, const Variable& context);

}  // namespace espalier
