#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <espalier/ops/tensor.h>

namespace espalier::training {

/// The class of each row of `asked`, [rows, features]: the one that most of its `k` nearest rows of
/// `known` have, by Euclidean distance. Among classes as frequent the least one is taken, among
/// rows as near the first; fewer than `k` rows are all taken. Time grows with rows of either side.
///
/// Cover and Hart, "Nearest Neighbor Pattern Classification", IEEE Trans. Inf. Theory 13, 1967.
///
/// Throws ShapeError unless there is a class for each known row and features are as many on either
/// side, OptionError if k < 1 or nothing is known, Error if a feature is not finite.
std::vector<std::int32_t> nearest_neighbours(const Tensor& known,
                                             std::span<const std::int32_t> classes,
                                             const Tensor& asked, int k);

/// How embeddings are judged by their neighbours: a part of them, drawn at random, is known, the
/// rest is asked for.
struct NeighbourScoreOptions {
  double known_part = 0.8;  ///< In 0 .. 1, both excluded.
  int k = 5;                ///< > 0.
  int repeats = 10;         ///< Draws that scores are the mean of, > 0.
  std::uint64_t seed = 1;   ///< Of the draws.
};

struct NeighbourScores {
  double macro_f1 = 0.0, micro_f1 = 0.0;  ///< NaN if there is nothing to know or nothing to ask.
};

/// The protocol of Wang et al., "Heterogeneous Graph Attention Network", WWW 2019, section 5.4:
/// embeddings [nodes, features] tell classes apart as well as k-NN can. Nodes labelled -1 do not
/// take part. Throws as nearest_neighbours(), and OptionError if an option is out of range.
NeighbourScores neighbour_scores(const Tensor& embeddings, std::span<const std::int32_t> labels,
                                 const NeighbourScoreOptions& options = {});

}  // namespace espalier::training
