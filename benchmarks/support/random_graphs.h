#pragma once

#include <cstddef>

#include <espalier/graph/adjacency.h>
#include <espalier/graph/hetero_graph.h>
#include <espalier/ops/random.h>

namespace espalier::bench {

/// Every node itself and, evenly between none and twice the mean, others: `mean_degree` neighbours
/// on average, itself among them. As a meta-path gives them: ascending, none twice.
Adjacency random_neighbours(NodeId num_nodes, NodeId mean_degree, Rng& rng);

/// An undirected graph of `num_edges` pairs, no two alike, none of a node with itself.
Adjacency random_undirected(NodeId num_nodes, std::size_t num_edges, Rng& rng);

/// Of each node the words that it has, each with probability `share`; weights of a node sum to 1.
Adjacency random_words(NodeId num_nodes, NodeId num_words, float share, Rng& rng);

/// Papers that cite papers, `num_edges` times a random one a random one: paper>paper>paper is a
/// meta-path.
HeteroGraph random_citations(NodeId num_papers, std::size_t num_edges, Rng& rng);

}  // namespace espalier::bench
