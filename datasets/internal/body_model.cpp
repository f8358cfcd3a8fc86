#include <espalier/datasets/internal/body_model.h>

#include <cmath>
#include <cstddef>

namespace espalier::datasets {
namespace {

using Point = std::array<float, 3>;
using Points = std::array<Point, 25>;

// Joints of skeleton_named("ntu") by what they are; limbs are followed outwards.
enum Joint : std::size_t { kHips = 0, kSpine = 1, kNeck = 2, kHead = 3, kChest = 20 };
using Limb = std::array<std::size_t, 6>;  // Shoulder, elbow, wrist, hand, thumb, tip.
constexpr std::array<Limb, 2> kArms = {{{4, 5, 6, 7, 22, 21}, {8, 9, 10, 11, 24, 23}}};
constexpr std::array<std::array<std::size_t, 4>, 2> kLegs = {{{12, 13, 14, 15}, {16, 17, 18, 19}}};

// `point` turned about the axis through `pivot`: 0 x, 1 y, 2 z.
Point turned(const Point& point, const Point& pivot, int axis, float angle) {
  const auto a = static_cast<std::size_t>((axis + 1) % 3),
             b = static_cast<std::size_t>((axis + 2) % 3);
  const float c = std::cos(angle), s = std::sin(angle);
  Point result = point;
  const float u = point[a] - pivot[a], v = point[b] - pivot[b];
  result[a] = pivot[a] + c * u - s * v;
  result[b] = pivot[b] + s * u + c * v;
  return result;
}

template <class Joints>
void turn(Points& points, const Joints& joints, std::size_t pivot, int axis, float angle,
          std::size_t from = 0) {
  const Point at = points[pivot];
  for (std::size_t i = from; i < joints.size(); ++i) {
    points[joints[i]] = turned(points[joints[i]], at, axis, angle);
  }
}

Points standing(const Build& build) {
  Points p = {};
  const float hips = 0.9f * build.legs, arm = build.arms;
  p[kHips] = {0.0f, hips, 0.0f};
  p[kSpine] = {0.0f, hips + 0.25f, 0.0f};
  p[kChest] = {0.0f, hips + 0.5f, 0.0f};
  p[kNeck] = {0.0f, hips + 0.57f, 0.0f};
  p[kHead] = {0.0f, hips + 0.75f, 0.02f};
  for (std::size_t side = 0; side < 2; ++side) {
    const float out = side == 0 ? 1.0f : -1.0f, shoulder = 0.18f * out * build.shoulders;
    const float top = hips + 0.48f;
    const std::array<Point, 6> limb = {{{shoulder, top, 0.0f},
                                        {shoulder, top - 0.28f * arm, 0.0f},
                                        {shoulder, top - 0.53f * arm, 0.0f},
                                        {shoulder, top - 0.61f * arm, 0.0f},
                                        {shoulder, top - 0.63f * arm, 0.04f},
                                        {shoulder, top - 0.69f * arm, 0.0f}}};
    for (std::size_t i = 0; i < limb.size(); ++i) p[kArms[side][i]] = limb[i];
    p[kLegs[side][0]] = {0.1f * out, hips - 0.05f, 0.0f};
    p[kLegs[side][1]] = {0.1f * out, 0.47f * build.legs, 0.0f};
    p[kLegs[side][2]] = {0.1f * out, 0.07f * build.legs, 0.0f};
    p[kLegs[side][3]] = {0.1f * out, 0.02f * build.legs, 0.12f};
  }
  return p;
}

void bend_limbs(Points& points, const Pose& pose) {
  for (std::size_t side = 0; side < 2; ++side) {
    const Limb& arm = kArms[side];
    const auto& leg = kLegs[side];
    const float out = side == 0 ? 1.0f : -1.0f;
    turn(points, arm, arm[1], 0, -pose.elbow[side], 2);
    turn(points, arm, arm[0], 0, -pose.arm_forward[side], 1);
    turn(points, arm, arm[0], 2, out * pose.arm_sideways[side], 1);
    turn(points, leg, leg[1], 0, pose.knee[side], 2);
    turn(points, leg, leg[0], 0, -pose.leg_forward[side], 1);
  }
}

}  // namespace

std::array<std::array<float, 3>, 25> place_joints(const Build& build, const Pose& pose) {
  Points points = standing(build);
  bend_limbs(points, pose);
  std::array<std::size_t, 16> upper = {kSpine, kChest, kNeck, kHead};
  for (std::size_t side = 0; side < 2; ++side) {
    for (std::size_t i = 0; i < 6; ++i) upper[4 + 6 * side + i] = kArms[side][i];
  }
  turn(points, upper, kHips, 1, pose.twist);
  turn(points, upper, kHips, 0, pose.bow);
  for (Point& point : points) {
    point[1] += pose.up;
    point[2] += pose.ahead;
    for (float& coordinate : point) coordinate *= build.height;
  }
  return points;
}

}  // namespace espalier::datasets
