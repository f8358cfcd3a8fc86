#pragma once

#include <array>

namespace espalier::datasets {

/// How a body stands: angles in radians, 0 for standing with hanging arms. A limb is 0 on the left,
/// 1 on the right.
struct Pose {
  float bow = 0.0f;                        ///< Of the back, forwards.
  float twist = 0.0f;                      ///< Of the shoulders against the hips, to the left.
  std::array<float, 2> arm_forward = {};   ///< At the shoulder; pi: straight up.
  std::array<float, 2> arm_sideways = {};  ///< Away from the body; pi: straight up.
  std::array<float, 2> elbow = {};         ///< Bent.
  std::array<float, 2> leg_forward = {};   ///< At the hip.
  std::array<float, 2> knee = {};          ///< Bent.
  float up = 0.0f, ahead = 0.0f;           ///< Where the hips are, in metres.
};

/// The lengths of a body against those of a person of 1.7 m.
struct Build {
  float height = 1.0f, arms = 1.0f, legs = 1.0f, shoulders = 1.0f;
};

/// The places of the 25 joints of skeleton_named("ntu"), in metres: x to the body's left, y up, z
/// ahead, the feet of a standing body at y = 0.
std::array<std::array<float, 3>, 25> place_joints(const Build& build, const Pose& pose);

}  // namespace espalier::datasets
