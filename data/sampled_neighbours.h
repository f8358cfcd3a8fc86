#pragma once

#include <span>

#include <espalier/graph/adjacency.h>
#include <espalier/graph/meta_path.h>
#include <espalier/ops/random.h>

namespace espalier {

struct NeighbourSampling {
  NodeId max_neighbours = 0;  ///< Of a node, > 0; a self loop that is added comes on top.
  SelfLoops self_loops = SelfLoops::kAsFound;  ///< The others need a path back to its own type.
};

/// Some of the neighbours of some nodes along a meta-path, for graphs whose composition is too
/// large: row i is a part, columns ascending, of row i of compose(graph, path, sources), and all of
/// it where that has no more than max_neighbours. What a row costs grows with max_neighbours, not
/// with the graph.
///
/// Drawn without replacement. Where no step goes over more than 16 edges for each neighbour wanted,
/// all are followed, and of the nodes that they reach any is drawn as likely as another. Else walks
/// that take any edge of a step as likely as another go on until they have found as many different
/// nodes as are wanted, so that those to which much leads come first: Ying et al.,
/// "Graph Convolutional Neural Networks for Web-Scale Recommender Systems", KDD 2018,
/// arXiv:1806.01973, section 3.1, and Dong, Chawla and Swami, "metapath2vec", KDD 2017, section
/// 3.2, along the path. Should 16 walks for each neighbour not find them, all edges are followed
/// after all.
///
/// Draws 64 bits from `rng`, and nothing else decides: the same at any number of threads. Throws
/// OptionError unless max_neighbours > 0; GraphError, naming the place, if a source is out of range
/// or self loops are to be added or removed on a path between two types.
Adjacency sample_neighbours(const HeteroGraph& graph, const MetaPath& path,
                            std::span<const NodeId> sources, const NeighbourSampling& options,
                            Rng& rng);

}  // namespace espalier
