#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace espalier {

/// The joints of some bodies over time, in metres or pixels: [frames, persons, joints, 3]. What was
/// not seen of them is 0 and marked so: bodies that are absent, joints that were not tracked.
class SkeletonSequence {
 public:
  SkeletonSequence() = default;
  /// Nothing seen. Throws GraphError unless there is a person and a joint, or if they are more than
  /// 2^40 numbers.
  SkeletonSequence(std::size_t num_frames, std::size_t num_persons, std::size_t num_joints);

  std::size_t num_frames() const { return num_frames_; }
  std::size_t num_persons() const { return num_persons_; }
  std::size_t num_joints() const { return num_joints_; }

  // Below, indices are in range; asserted in debug builds only.

  std::span<float, 3> at(std::size_t frame, std::size_t person, std::size_t joint) {
    return std::span<float, 3>(positions_.data() + 3 * index(frame, person, joint), 3);
  }
  std::span<const float, 3> at(std::size_t frame, std::size_t person, std::size_t joint) const {
    return std::span<const float, 3>(positions_.data() + 3 * index(frame, person, joint), 3);
  }
  bool is_seen(std::size_t frame, std::size_t person, std::size_t joint) const {
    return seen_[index(frame, person, joint)] != 0;
  }
  /// Whether any joint of the body is seen.
  bool is_present(std::size_t frame, std::size_t person) const;

  /// Places a joint, which is seen then. Throws GraphError, naming the place, unless all are
  /// finite.
  void place(std::size_t frame, std::size_t person, std::size_t joint, float x, float y, float z);

  std::span<const float> positions() const { return positions_; }  ///< By frame, person, joint.

  /// Some frames, in the order given, which may repeat.
  SkeletonSequence frames(std::span<const std::size_t> which) const;

 private:
  std::size_t index(std::size_t frame, std::size_t person, std::size_t joint) const {
    assert(frame < num_frames_ && person < num_persons_ && joint < num_joints_);
    return (frame * num_persons_ + person) * num_joints_ + joint;
  }

  std::size_t num_frames_ = 0, num_persons_ = 0, num_joints_ = 0;
  std::vector<float> positions_;
  std::vector<std::uint8_t> seen_;
};

}  // namespace espalier
