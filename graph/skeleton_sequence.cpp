#include <espalier/graph/skeleton_sequence.h>

#include <algorithm>
#include <cmath>

#include <espalier/base/error.h>

namespace espalier {

SkeletonSequence::SkeletonSequence(std::size_t num_frames, std::size_t num_persons,
                                   std::size_t num_joints)
    : num_frames_(num_frames), num_persons_(num_persons), num_joints_(num_joints) {
  constexpr std::size_t kMost = (std::size_t{1} << 40) / 3;
  if (num_persons == 0 || num_joints == 0) {
    throw GraphError(message("a sequence of ", num_persons, " persons with ", num_joints,
                             " joints, expected one of either at least"));
  }
  if (num_joints > kMost || num_persons > kMost / num_joints ||
      num_frames > kMost / num_joints / num_persons) {
    throw GraphError(message("a sequence of ", num_frames, " x ", num_persons, " x ", num_joints,
                             " joints, expected at most ", kMost));
  }
  const std::size_t count = num_frames * num_persons * num_joints;
  positions_.resize(3 * count);
  seen_.resize(count);
}

bool SkeletonSequence::is_present(std::size_t frame, std::size_t person) const {
  const auto begin = seen_.begin() + static_cast<std::ptrdiff_t>(index(frame, person, 0));
  return std::any_of(begin, begin + static_cast<std::ptrdiff_t>(num_joints_),
                     [](std::uint8_t seen) { return seen != 0; });
}

void SkeletonSequence::place(std::size_t frame, std::size_t person, std::size_t joint, float x,
                             float y, float z) {
  for (const float value : {x, y, z}) {
    if (std::isfinite(value)) continue;
    throw GraphError(message("frame ", frame, ", person ", person, ", joint ", joint, ": ", value,
                             ", expected finite coordinates"));
  }
  const auto position = at(frame, person, joint);
  position[0] = x;
  position[1] = y;
  position[2] = z;
  seen_[index(frame, person, joint)] = 1;
}

SkeletonSequence SkeletonSequence::frames(std::span<const std::size_t> which) const {
  SkeletonSequence chosen(which.size(), num_persons_, num_joints_);
  const std::size_t joints = num_persons_ * num_joints_;
  for (std::size_t i = 0; i < which.size(); ++i) {
    assert(which[i] < num_frames_);
    std::copy_n(positions_.data() + 3 * joints * which[i], 3 * joints,
                chosen.positions_.data() + 3 * joints * i);
    std::copy_n(seen_.data() + joints * which[i], joints, chosen.seen_.data() + joints * i);
  }
  return chosen;
}

}  // namespace espalier
