#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include <espalier/graph/node.h>
#include <espalier/layers/recurrence.h>
#include <espalier/ops/variable.h>

namespace espalier {

/// How strongly the state of one node depends on those of the others: for every node v, the size of
/// the Jacobian d h[target] / d s[v], where s is part `part` of v's state (in a cell's layout: 0 is
/// h, 1 the memory cell of an LSTM). It is the product of the Jacobians of the steps between, over
/// all paths; 0 where there is none.
///
/// The size is the root mean square of its singular values, ||J|| / sqrt(width of h) with the
/// Frobenius norm: 1 for the identity, and rho^k after k steps of h = rho Q h' with Q orthogonal.
/// Sizes that fall to 0 along a sequence are the vanishing gradients of Bengio, Simard and Frasconi
/// ("Learning Long-Term Dependencies with Gradient Descent is Difficult", 1994).
///
/// `run` runs the recurrence with the options it is given and returns h, [num_nodes, width]; it is
/// called as many times as h is wide, and must record. Throws GraphError if `target` is no node.
std::vector<double> gradient_flow(const std::function<Variable(const SweepOptions&)>& run,
                                  NodeId target, std::size_t part = 0);

}  // namespace espalier
