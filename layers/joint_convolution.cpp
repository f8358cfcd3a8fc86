#include <espalier/layers/joint_convolution.h>

#include <algorithm>
#include <utility>

#include <espalier/base/error.h>
#include <espalier/ops/kernels.h>
#include <espalier/ops/parallel.h>

namespace espalier {

JointNeighbours::JointNeighbours(std::span<const Adjacency> groups) : num_groups_(groups.size()) {
  if (groups.empty()) throw GraphError("no groups of neighbours, expected one or more");
  num_joints_ = groups[0].num_rows();
  for (std::size_t k = 0; k < groups.size(); ++k) {
    const Adjacency& group = groups[k];
    if (num_joints_ == 0 || group.num_rows() != num_joints_ || group.num_columns() != num_joints_) {
      throw GraphError(message("group ", k, " of neighbours is ", group.num_rows(), " x ",
                               group.num_columns(),
                               ", expected square ones, all of as many joints"));
    }
    for (NodeId row = 0; row < group.num_rows(); ++row) {
      for (EdgeId e = group.offsets()[row]; e < group.offsets()[row + 1]; ++e) {
        entries_.push_back(
            {row, k, group.columns()[e], group.has_weights() ? group.weights()[e] : 1.0f});
      }
    }
  }
  std::ranges::stable_sort(entries_, {}, &Entry::row);
}

void JointNeighbours::gather(std::size_t width, const float* from, float* to) const {
  std::fill_n(to, num_joints_ * num_groups_ * width, 0.0f);
  for (const auto& [row, group, column, weight] : entries_) {
    kernels().add_scaled(width, weight, from + column * width,
                         to + (row * num_groups_ + group) * width);
  }
}

void JointNeighbours::add_scattered(std::size_t width, const float* from, float* to) const {
  for (const auto& [row, group, column, weight] : entries_) {
    kernels().add_scaled(width, weight, from + (row * num_groups_ + group) * width,
                         to + column * width);
  }
}

Variable gather_joints(const Variable& x, std::shared_ptr<const JointNeighbours> neighbours) {
  constexpr std::size_t kBlockFrames = 8;
  const std::size_t joints = neighbours->num_joints();
  if (x.cols() == 0 || x.cols() % joints != 0) {
    throw ShapeError(message("frames ", x.shape().to_string(), ", expected [frames, ", joints,
                             " joints * features]"));
  }
  const std::size_t width = x.cols() / joints;
  const std::size_t gathered = neighbours->num_groups() * width;
  Tensor y = Tensor::uninitialized({x.rows() * joints, gathered});
  parallel_rows(x.rows(), kBlockFrames, [&](std::size_t begin, std::size_t end) {
    for (std::size_t frame = begin; frame < end; ++frame) {
      neighbours->gather(width, x.value().row(frame).data(), y.row(frame * joints).data());
    }
  });
  return record(std::move(y), {x}, [x, neighbours, width, joints](const Tensor& dy) {
    Tensor& dx = x.mutable_gradient();
    parallel_rows(x.rows(), kBlockFrames, [&](std::size_t begin, std::size_t end) {
      for (std::size_t frame = begin; frame < end; ++frame) {
        neighbours->add_scattered(width, dy.row(frame * joints).data(), dx.row(frame).data());
      }
    });
  });
}

}  // namespace espalier
