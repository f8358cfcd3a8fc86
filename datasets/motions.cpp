#include <espalier/datasets/motions.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>

#include <espalier/base/error.h>
#include <espalier/data/skeleton_transforms.h>
#include <espalier/datasets/internal/body_model.h>
#include <espalier/ops/random.h>

namespace espalier::datasets {
namespace {

constexpr float kPi = std::numbers::pi_v<float>;

// How somebody acts.
struct Manner {
  float extent = 1.0f;  // Of the motion.
  float cycles = 1.0f;  // In a clip.
  float begin = 0.0f;   // Of the first, in cycles.
};

// A motion at a time, in cycles. There and back: 0, 1, 0 within a cycle.
float swing(float time) { return std::sin(2.0f * kPi * time); }
float there_and_back(float time) { return 0.5f - 0.5f * std::cos(2.0f * kPi * time); }

constexpr std::size_t kLeft = 0, kRight = 1;

Pose wave(std::size_t side, float time, float extent) {
  Pose pose;
  pose.arm_sideways[side] = 1.9f + 0.2f * extent;
  pose.elbow[side] = 0.8f + 0.6f * extent * swing(time);
  return pose;
}
Pose raise_arms(float time, float extent) {
  Pose pose;
  pose.arm_sideways = {2.6f * extent * there_and_back(time), 2.6f * extent * there_and_back(time)};
  return pose;
}
Pose clap(float time, float extent) {
  Pose pose;
  const float in = 0.15f - 0.45f * extent * there_and_back(time);
  pose.arm_forward = {1.3f, 1.3f};
  pose.arm_sideways = {in, in};
  pose.elbow = {0.4f, 0.4f};
  return pose;
}
Pose squat(float time, float extent) {
  const float bend = 1.3f * extent * there_and_back(time);
  Pose pose;
  pose.leg_forward = {bend, bend};
  pose.knee = {2.0f * bend, 2.0f * bend};
  pose.up = -0.83f * (1.0f - std::cos(bend));
  pose.bow = 0.4f * bend;
  pose.arm_forward = {bend, bend};
  return pose;
}
Pose jump(float time, float extent) {
  Pose pose;
  const float height = std::max(0.0f, swing(time));
  const float crouch = 0.5f * std::max(0.0f, -swing(time));
  pose.up = 0.35f * extent * height - 0.83f * (1.0f - std::cos(crouch));
  pose.leg_forward = {crouch, crouch};
  pose.knee = {2.0f * crouch, 2.0f * crouch};
  pose.arm_forward = {1.5f * height - crouch, 1.5f * height - crouch};
  return pose;
}
Pose kick(float time, float extent) {
  Pose pose;
  pose.leg_forward[kRight] = 1.5f * extent * there_and_back(time) - 0.2f;
  pose.knee[kRight] = 0.9f * (1.0f - there_and_back(time)) * there_and_back(time) * 4.0f;
  pose.arm_sideways = {0.4f, 0.4f};
  return pose;
}
Pose bow(float time, float extent) {
  Pose pose;
  pose.bow = 1.2f * extent * there_and_back(time);
  return pose;
}
Pose walk(float time, float extent) {
  Pose pose;
  const float step = 0.5f * extent * swing(time);
  pose.leg_forward = {step, -step};
  pose.knee = {0.6f * std::max(0.0f, swing(time - 0.2f)),
               0.6f * std::max(0.0f, swing(time + 0.3f))};
  pose.arm_forward = {-0.8f * step, 0.8f * step};
  pose.elbow = {0.3f, 0.3f};
  pose.ahead = 0.9f * extent * time;
  return pose;
}
Pose throw_something(float time, float extent) {
  Pose pose;
  const float phase = time - std::floor(time);
  const float back =
      phase < 0.6f ? there_and_back(phase / 1.2f) : 1.0f;  // Slowly back, fast ahead.
  const float ahead = phase < 0.6f ? 0.0f : there_and_back((phase - 0.6f) / 0.8f);
  pose.arm_forward[kRight] = extent * (2.2f * back - 1.2f * ahead);
  pose.arm_sideways[kRight] = 0.5f;
  pose.elbow[kRight] = 1.4f * back * (1.0f - ahead);
  pose.twist = extent * (0.8f * ahead - 0.5f * back * (1.0f - ahead));
  pose.leg_forward[kLeft] = 0.4f * ahead;
  return pose;
}

constexpr std::array<const char*, 10> kNames = {"wave the right hand",
                                                "wave the left hand",
                                                "raise both arms",
                                                "clap",
                                                "squat",
                                                "jump",
                                                "kick",
                                                "bow",
                                                "walk",
                                                "throw"};

Pose pose_of(std::size_t action, float time, float extent) {
  switch (action) {
    case 0:
      return wave(kRight, time, extent);
    case 1:
      return wave(kLeft, time, extent);
    case 2:
      return raise_arms(time, extent);
    case 3:
      return clap(time, extent);
    case 4:
      return squat(time, extent);
    case 5:
      return jump(time, extent);
    case 6:
      return kick(time, extent);
    case 7:
      return bow(time, extent);
    case 8:
      return walk(time, extent);
    default:
      return throw_something(time, extent);
  }
}

void check(const MotionOptions& options) {
  if (options.min_frames < 2 || options.min_frames > options.max_frames) {
    throw OptionError(message("min_frames is ", options.min_frames, " and max_frames ",
                              options.max_frames, ", expected 2 <= min_frames <= max_frames"));
  }
  if (!(options.noise >= 0.0f && options.noise <= std::numeric_limits<float>::max())) {
    throw OptionError(message("noise is ", options.noise, ", expected >= 0"));
  }
  if (!(options.train_view >= 0.0f && options.train_view <= options.test_view &&
        options.test_view <= 180.0f)) {
    throw OptionError(message("train_view is ", options.train_view, " and test_view ",
                              options.test_view, ", expected 0 <= train_view <= test_view <= 180"));
  }
}

LabelledClip draw_clip(const MotionOptions& options, std::size_t action, bool is_test, Rng rng) {
  const Build build{.height = rng.uniform(0.85f, 1.15f),
                    .arms = rng.uniform(0.9f, 1.1f),
                    .legs = rng.uniform(0.93f, 1.07f),
                    .shoulders = rng.uniform(0.85f, 1.15f)};
  const Manner manner{.extent = rng.uniform(0.8f, 1.1f),
                      .cycles = rng.uniform(1.0f, 2.5f),
                      .begin = rng.uniform(0.0f, 1.0f)};
  const std::size_t num_frames =
      options.min_frames + rng.below(options.max_frames - options.min_frames + 1);
  float view = is_test ? rng.uniform(options.train_view, options.test_view) *
                             (rng.chance(0.5f) ? 1.0f : -1.0f)
                       : rng.uniform(-options.train_view, options.train_view);
  view *= kPi / 180.0f;
  SkeletonSequence sequence(num_frames, 1, 25);
  const float distance = rng.uniform(2.0f, 4.0f), aside = rng.uniform(-0.5f, 0.5f);
  for (std::size_t frame = 0; frame < num_frames; ++frame) {
    const float time = manner.begin + manner.cycles * static_cast<float>(frame) /
                                          static_cast<float>(num_frames - 1);
    const auto joints = place_joints(build, pose_of(action, time, manner.extent));
    for (std::size_t joint = 0; joint < joints.size(); ++joint) {
      const auto& [x, y, z] = joints[joint];
      sequence.place(
          frame, 0, joint,  // The camera looks at the body, which faces it.
          aside - x * std::cos(view) - z * std::sin(view) + options.noise * rng.normal(),
          y - 0.9f + options.noise * rng.normal(),
          distance + x * std::sin(view) - z * std::cos(view) + options.noise * rng.normal());
    }
  }
  return {kNames[action], std::move(sequence), static_cast<std::int32_t>(action)};
}

}  // namespace

ClipDataset generate_motions(const MotionOptions& options) {
  check(options);
  ClipDataset data(skeleton_named("ntu"));
  data.classes.assign(kNames.begin(), kNames.end());
  const Rng seed(options.seed);
  const std::array<std::pair<std::vector<LabelledClip>*, std::size_t>, 3> splits = {
      {{&data.train, options.num_train},
       {&data.dev, options.num_dev},
       {&data.test, options.num_test}}};
  for (std::size_t split = 0; split < splits.size(); ++split) {
    const auto& [clips, count] = splits[split];
    const Rng of_split = seed.fork(split);
    for (std::size_t i = 0; i < count; ++i) {
      clips->push_back(
          draw_clip(options, i % kNames.size(), clips == &data.test, of_split.fork(i)));
    }
  }
  return data;
}

}  // namespace espalier::datasets
