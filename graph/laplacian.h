#pragma once

#include <espalier/graph/adjacency.h>

namespace espalier {

// Matrices of an undirected graph: `graph` is square and symmetric, with A's entries for weights, 1
// without. Results are weighted, with ascending columns; a node's parallel edges count together.
// All throw GraphError, naming an edge, if there is one whose opposite has another weight or is not
// there, or a negative one.

/// D^-1/2 A D^-1/2 with D = diag(A 1). With `self_loops` A is A + I, and D goes with it: the
/// renormalisation of Kipf and Welling, "Semi-Supervised Classification with Graph Convolutional
/// Networks", ICLR 2017. A node without edges has a row of zeros.
Adjacency normalized_adjacency(const Adjacency& graph, bool self_loops);

enum class LaplacianKind {
  kNormalized,     ///< I - D^-1/2 A D^-1/2: eigenvalues in [0, 2]; of a node without edges 1.
  kCombinatorial,  ///< D - A: of a node without edges 0.
};

Adjacency laplacian(const Adjacency& graph, LaplacianKind kind = LaplacianKind::kNormalized);

/// 2 L / largest - I, which takes eigenvalues from 0 .. largest to -1 .. 1: what Chebyshev
/// polynomials want. Throws GraphError unless largest > 0.
Adjacency scaled_laplacian(const Adjacency& laplacian, float largest);

/// The largest eigenvalue of a Laplacian by power iteration from a fixed start; from below, to
/// about `tolerance` of it.
double largest_eigenvalue(const Adjacency& laplacian, double tolerance = 1e-4,
                          int max_iterations = 1000);

}  // namespace espalier
