#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <espalier/ops/tensor.h>

namespace espalier::training {

struct KMeansOptions {
  int clusters = 0;          ///< > 0; given.
  int restarts = 10;         ///< Of which the one with the least sum of squares is kept, > 0.
  int max_iterations = 300;  ///< > 0.
  std::uint64_t seed = 1;    ///< Of the centres that it begins with.
};

/// The cluster of each row of `rows`, [rows, features], 0 .. clusters - 1, by Lloyd's algorithm,
/// begun as k-means++ has it. Fewer rows than clusters leave clusters empty. The same at any number
/// of threads.
///
/// Lloyd, "Least Squares Quantization in PCM", IEEE Trans. Inf. Theory 28, 1982; Arthur and
/// Vassilvitskii, "k-means++: The Advantages of Careful Seeding", SODA 2007.
///
/// Throws OptionError if an option is out of range, Error if a number is not finite.
std::vector<std::int32_t> k_means(const Tensor& rows, const KMeansOptions& options);

// How much two ways of grouping the same things agree, whatever the groups are called. Both throw
// ShapeError if they are not as many, and give NaN for nothing.

/// The information that either has of the other, over the mean of their entropies: 0 .. 1; 1 if
/// both are one group.
double normalized_mutual_information(std::span<const std::int32_t> a,
                                     std::span<const std::int32_t> b);
/// Hubert and Arabie, "Comparing Partitions", Journal of Classification 2, 1985: 1 for the same
/// groups, 0 in the mean for groups drawn at random.
double adjusted_rand_index(std::span<const std::int32_t> a, std::span<const std::int32_t> b);

struct ClusteringScores {
  double nmi = 0.0, ari = 0.0;
};

/// The protocol of Wang et al., "Heterogeneous Graph Attention Network", WWW 2019, section 5.5: the
/// means over `repeats` k-means of embeddings, [nodes, features], into as many clusters as there
/// are classes among the labels. Nodes labelled -1 do not take part. Throws as k_means(), and
/// ShapeError unless there is a label for each node.
ClusteringScores clustering_scores(const Tensor& embeddings, std::span<const std::int32_t> labels,
                                   int repeats = 10, std::uint64_t seed = 1);

}  // namespace espalier::training
