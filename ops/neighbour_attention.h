#pragma once

#include <espalier/ops/random.h>
#include <espalier/ops/sparse.h>
#include <espalier/ops/variable.h>

namespace espalier {

/// How a node attends to its neighbours: e = leaky_relu(to[r] + from[c]) for each entry (r, c) and
/// head, alpha = exp(e) / (the sum of exp(e) over the row's entries).
struct AttentionScores {
  Variable to;    ///< [num_rows, heads]
  Variable from;  ///< [num_columns, heads]
  float negative_slope = 0.2f;
};

/// Row r is the sum over its entries of alpha times row `column` of x, head by head: [num_rows,
/// heads * width]; x is [num_columns, heads * width]. A row without entries is 0.
///
/// A row's maximum and sum are kept, and alpha is formed again in the backward pass: nothing of
/// entries x heads is stored, but for `dropout`, a bit each. With dropout > 0 coefficients fall by
/// it, and the others are scaled by 1 / (1 - dropout) after the softmax; it draws 64 bits from
/// `rng` then, and which fall follows from them and the entry's number alone. For training only.
///
/// Velickovic et al., "Graph Attention Networks", ICLR 2018, eq. 3-5, before the nonlinearity.
/// Throws ShapeError unless shapes are those said; OptionError unless 0 <= dropout < 1.
Variable neighbour_attention(const SparsePattern& pattern, const AttentionScores& scores,
                             const Variable& x, float dropout, Rng& rng);

/// alpha itself, [entries, heads], without a record: to be looked at.
Tensor attention_coefficients(const SparsePattern& pattern, const AttentionScores& scores);

/// What gives a node its score: [rows, heads], the dot product of each head's columns of x, [rows,
/// heads * width], and a row of `a`, [heads, width]. Throws ShapeError unless they fit.
Variable head_scores(const Variable& x, const Variable& a);

}  // namespace espalier
