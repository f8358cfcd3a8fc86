#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include <espalier/base/memory.h>
#include <espalier/graph/adjacency.h>
#include <espalier/ops/tensor.h>
#include <espalier/ops/variable.h>

namespace espalier {

/// The neighbours of the joints of a body in K groups (graph/joint_partition.h), as a graph
/// convolution reads them: X becomes [A_1 X, …, A_K X], side by side. Immutable.
class JointNeighbours {
 public:
  /// Throws GraphError unless there is a group, and all are square and of one size, not 0. Edges
  /// without weights count 1.
  explicit JointNeighbours(std::span<const Adjacency> groups);

  std::size_t num_joints() const { return num_joints_; }
  std::size_t num_groups() const { return num_groups_; }

  /// `from` is [joints, width], `to` [joints, groups * width].
  void gather(std::size_t width, const float* from, float* to) const;
  /// The transpose: adds to `to`, [joints, width], from `from`, [joints, groups * width].
  void add_scattered(std::size_t width, const float* from, float* to) const;

 private:
  struct Entry {
    std::size_t row, group, column;
    float weight;
  };
  std::size_t num_joints_ = 0, num_groups_ = 0;
  PoolVector<Entry> entries_;  // By row, then by group.
};

/// The same of all frames at once: x is [frames, joints * width], the result [frames * joints,
/// groups * width]. Throws ShapeError unless columns are those of so many joints.
Variable gather_joints(const Variable& x, std::shared_ptr<const JointNeighbours> neighbours);

}  // namespace espalier
