#pragma once

#include <vector>

#include <espalier/graph/adjacency.h>
#include <espalier/graph/tree.h>

namespace espalier {

/// Into which groups the neighbours of a joint fall, each of which a graph convolution has weights
/// of its own for. The joint itself is one of its neighbours.
enum class JointPartition {
  kUniform,   ///< One group.
  kDistance,  ///< One for each distance, 0 .. reach.
  kSpatial,   ///< Three: as far from the centre as the joint, nearer to it, farther from it.
};

/// Ā_k = Λ_k^-1/2 A_k Λ_k^-1/2 for each group k, weighted, [joints, joints]: A_k has 1 where joint
/// j, at most `reach` bones away from joint i, is in i's group k, and Λ_k the sums of its rows, and
/// 0.001, in its diagonal. A joint with nobody in a group has a row of zeros there. Columns ascend.
///
/// Yan, Xiong and Lin, "Spatial Temporal Graph Convolutional Networks for Skeleton-Based Action
/// Recognition", AAAI 2018, section 3.3. Throws GraphError unless reach is
/// 1 .. joints - 1.
std::vector<Adjacency> joint_partitions(const Tree& bones, JointPartition partition, int reach = 1);

}  // namespace espalier
