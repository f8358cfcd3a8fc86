#include <espalier/data/skeleton_transforms.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <utility>

#include <espalier/base/error.h>

namespace espalier {
namespace {

using Vector = std::array<double, 3>;
using Matrix = std::array<Vector, 3>;  // Of rows.

Vector operator-(const Vector& a, const Vector& b) {
  return {a[0] - b[0], a[1] - b[1], a[2] - b[2]};
}
Vector operator*(double s, const Vector& a) { return {s * a[0], s * a[1], s * a[2]}; }
double dot(const Vector& a, const Vector& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }
Vector cross(const Vector& a, const Vector& b) {
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}

// A body in one frame.
struct Moment {
  std::size_t frame, person;
};

void for_each_seen(SkeletonSequence& sequence, const auto& change) {
  for (std::size_t frame = 0; frame < sequence.num_frames(); ++frame) {
    for (std::size_t person = 0; person < sequence.num_persons(); ++person) {
      for (std::size_t joint = 0; joint < sequence.num_joints(); ++joint) {
        if (sequence.is_seen(frame, person, joint)) change(sequence.at(frame, person, joint));
      }
    }
  }
}

// The first moment in which all of these joints are seen.
std::optional<Moment> first_seen(const SkeletonSequence& sequence, std::span<const NodeId> joints) {
  for (const NodeId joint : joints) {
    if (joint < sequence.num_joints()) continue;
    throw GraphError(
        message("joint ", joint, ", expected one of 0 .. ", sequence.num_joints() - 1));
  }
  for (std::size_t frame = 0; frame < sequence.num_frames(); ++frame) {
    for (std::size_t person = 0; person < sequence.num_persons(); ++person) {
      const auto is_seen = [&](NodeId joint) { return sequence.is_seen(frame, person, joint); };
      if (std::ranges::all_of(joints, is_seen)) return Moment{frame, person};
    }
  }
  return std::nullopt;
}

Vector mean(const SkeletonSequence& sequence, const Moment& moment,
            std::span<const NodeId> joints) {
  Vector sum = {};
  for (const NodeId joint : joints) {
    const auto position = sequence.at(moment.frame, moment.person, joint);
    for (std::size_t i = 0; i < 3; ++i) sum[i] += position[i];
  }
  return 1.0 / static_cast<double>(joints.size()) * sum;
}

void transform(SkeletonSequence& sequence, const Matrix& matrix) {
  for_each_seen(sequence, [&](std::span<float, 3> position) {
    const Vector before = {position[0], position[1], position[2]};
    for (std::size_t i = 0; i < 3; ++i) position[i] = static_cast<float>(dot(matrix[i], before));
  });
}

void check_frames(std::size_t num_frames, std::size_t count) {
  if (num_frames > 0 && count > 0) return;
  throw OptionError(message(count, " frames of ", num_frames, ", expected one of either at least"));
}

}  // namespace

void centre(SkeletonSequence& sequence, std::span<const NodeId> origin) {
  const auto moment = first_seen(sequence, origin);
  if (!moment || origin.empty()) return;
  const Vector at = mean(sequence, *moment, origin);
  for_each_seen(sequence, [&](std::span<float, 3> position) {
    for (std::size_t i = 0; i < 3; ++i) position[i] = static_cast<float>(position[i] - at[i]);
  });
}

void align(SkeletonSequence& sequence, const BodyFrame& frame) {
  centre(sequence, frame.origin);
  std::vector<NodeId> joints;
  for (const auto* const place : {&frame.base, &frame.spine, &frame.left, &frame.right}) {
    joints.insert(joints.end(), place->begin(), place->end());
  }
  const auto moment = first_seen(sequence, joints);
  if (!moment) return;
  const auto at = [&](const std::vector<NodeId>& place) { return mean(sequence, *moment, place); };
  const Vector spine = at(frame.spine) - at(frame.base);
  const double unit = std::sqrt(dot(spine, spine));
  const Vector y = 1.0 / unit * spine;
  const Vector side = at(frame.left) - at(frame.right);
  const Vector across = side - dot(side, y) * y;
  const double width = std::sqrt(dot(across, across));
  if (!(unit > 0.0 && width > 0.0)) return;
  const Vector x = 1.0 / width * across;
  transform(sequence, {1.0 / unit * x, 1.0 / unit * y, 1.0 / unit * cross(x, y)});
}

void stretch(SkeletonSequence& sequence) {
  constexpr float kNone = std::numeric_limits<float>::infinity();
  std::array<float, 3> least = {kNone, kNone, kNone}, most = {-kNone, -kNone, -kNone};
  for_each_seen(sequence, [&](std::span<float, 3> position) {
    for (std::size_t i = 0; i < 3; ++i) {
      least[i] = std::min(least[i], position[i]);
      most[i] = std::max(most[i], position[i]);
    }
  });
  for_each_seen(sequence, [&](std::span<float, 3> position) {
    for (std::size_t i = 0; i < 3; ++i) {
      const float range = most[i] - least[i];
      position[i] = range > 0.0f ? 2.0f * (position[i] - least[i]) / range - 1.0f : 0.0f;
    }
  });
}

void rotate(SkeletonSequence& sequence, const std::array<float, 3>& angles, float factor) {
  std::array<double, 3> c, s;
  for (std::size_t i = 0; i < 3; ++i) {
    c[i] = std::cos(static_cast<double>(angles[i]));
    s[i] = std::sin(static_cast<double>(angles[i]));
  }
  // R_z R_y R_x, by rows.
  const Matrix turn = {
      Vector{c[2] * c[1], c[2] * s[1] * s[0] - s[2] * c[0], c[2] * s[1] * c[0] + s[2] * s[0]},
      Vector{s[2] * c[1], s[2] * s[1] * s[0] + c[2] * c[0], s[2] * s[1] * c[0] - c[2] * s[0]},
      Vector{-s[1], c[1] * s[0], c[1] * c[0]}};
  const double scale = factor;
  transform(sequence, {scale * turn[0], scale * turn[1], scale * turn[2]});
}

std::vector<std::size_t> even_frames(std::size_t num_frames, std::size_t count) {
  check_frames(num_frames, count);
  std::vector<std::size_t> which(count);
  for (std::size_t i = 0; i < count; ++i) {
    const double at = count == 1 ? 0.5 : static_cast<double>(i) / static_cast<double>(count - 1);
    which[i] = static_cast<std::size_t>(std::lround(at * static_cast<double>(num_frames - 1)));
  }
  return which;
}

std::vector<std::size_t> random_frames(std::size_t num_frames, std::size_t count, Rng& rng) {
  check_frames(num_frames, count);
  std::vector<std::size_t> which(std::max(num_frames, count));
  std::iota(which.begin(), which.end(), std::size_t{0});
  for (std::size_t i = num_frames; i < count; ++i) which[i] = rng.below(num_frames);
  for (std::size_t i = 0; i < count && count < num_frames; ++i) {
    std::swap(which[i], which[i + rng.below(num_frames - i)]);
  }
  which.resize(count);
  std::ranges::sort(which);
  return which;
}

std::vector<std::size_t> segment_frames(std::size_t num_frames, std::size_t count, Rng* rng) {
  check_frames(num_frames, count);
  std::vector<std::size_t> which(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t begin = i * num_frames / count;
    const std::size_t end = std::max(begin + 1, (i + 1) * num_frames / count);
    which[i] = rng != nullptr ? begin + rng->below(end - begin) : (begin + end - 1) / 2;
  }
  return which;
}

std::vector<std::size_t> cropped_frames(std::size_t num_frames, float part, Rng& rng) {
  check_frames(num_frames, 1);
  if (!(part > 0.0f && part <= 1.0f)) {
    throw OptionError(message("a part of ", part, " of the frames, expected one in (0, 1]"));
  }
  const auto least = std::max<std::size_t>(
      1, static_cast<std::size_t>(
             std::ceil(static_cast<double>(part) * static_cast<double>(num_frames))));
  const std::size_t count = least + rng.below(num_frames - least + 1);
  std::vector<std::size_t> which(count);
  std::iota(which.begin(), which.end(), rng.below(num_frames - count + 1));
  return which;
}

}  // namespace espalier
