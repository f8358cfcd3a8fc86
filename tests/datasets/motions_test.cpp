#include <espalier/datasets/motions.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include <espalier/base/error.h>

namespace espalier::datasets {
namespace {

float distance(std::span<const float, 3> a, std::span<const float, 3> b) {
  return std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

// From where a body is seen: the angle of its shoulders to the picture.
double view_of(const LabelledClip& clip) {
  const auto left = clip.sequence.at(0, 0, 12), right = clip.sequence.at(0, 0, 16);  // Hips.
  return std::abs(std::atan2(left[2] - right[2], right[0] - left[0])) * 180.0 / std::numbers::pi;
}

TEST(MotionsTest, BonesKeepTheirLengths) {
  const ClipDataset data =
      generate_motions({.num_train = 20, .num_dev = 0, .num_test = 0, .noise = 0.0f});
  for (const LabelledClip& clip : data.train) {
    for (NodeId joint = 0; joint < 25; ++joint) {
      const NodeId parent = data.skeleton.bones().parent(joint);
      // A chest turns between hips and shoulders that do not.
      if (parent == kNoNode) continue;
      const float first = distance(clip.sequence.at(0, 0, joint), clip.sequence.at(0, 0, parent));
      for (std::size_t frame = 1; frame < clip.sequence.num_frames(); ++frame) {
        EXPECT_NEAR(distance(clip.sequence.at(frame, 0, joint), clip.sequence.at(frame, 0, parent)),
                    first, 1e-4)
            << clip.name << ' ' << joint;
      }
    }
  }
}

TEST(MotionsTest, ActionsTakeTurnsAndLengthsVary) {
  const ClipDataset data = generate_motions(
      {.num_train = 200, .num_dev = 10, .num_test = 20, .min_frames = 5, .max_frames = 9});
  EXPECT_EQ(data.num_classes(), 10);
  std::array<int, 10> counts = {};
  std::array<int, 10> lengths = {};
  for (const LabelledClip& clip : data.train) {
    ++counts[static_cast<std::size_t>(clip.label)];
    ++lengths.at(clip.sequence.num_frames());
    EXPECT_EQ(clip.name, data.classes[static_cast<std::size_t>(clip.label)]);
  }
  for (const int count : counts) EXPECT_EQ(count, 20);
  for (std::size_t length = 5; length <= 9; ++length) EXPECT_GT(lengths[length], 10);
  EXPECT_EQ(data.dev.size(), 10u);
  EXPECT_EQ(data.test.size(), 20u);
}

TEST(MotionsTest, TestsAreSeenFromViewsNeverLearntFrom) {
  const ClipDataset data =
      generate_motions({.num_train = 300, .num_dev = 50, .num_test = 300, .noise = 0.0f});
  for (const LabelledClip& clip : data.train) EXPECT_LE(view_of(clip), 45.1);
  for (const LabelledClip& clip : data.dev) EXPECT_LE(view_of(clip), 45.1);
  double most = 0.0;
  for (const LabelledClip& clip : data.test) {
    EXPECT_GE(view_of(clip), 44.9);
    most = std::max(most, view_of(clip));
  }
  EXPECT_GT(most, 120.0);
}

TEST(MotionsTest, AClipDependsOnItsSeedAndNumberAlone) {
  const ClipDataset few =
      generate_motions({.num_train = 12, .num_dev = 3, .num_test = 1, .seed = 5});
  const ClipDataset many =
      generate_motions({.num_train = 30, .num_dev = 9, .num_test = 2, .seed = 5});
  const ClipDataset other =
      generate_motions({.num_train = 12, .num_dev = 3, .num_test = 1, .seed = 6});
  for (std::size_t i = 0; i < 12; ++i) {
    EXPECT_TRUE(
        std::ranges::equal(few.train[i].sequence.positions(), many.train[i].sequence.positions()));
    EXPECT_FALSE(
        std::ranges::equal(few.train[i].sequence.positions(), other.train[i].sequence.positions()));
  }
  EXPECT_FALSE(
      std::ranges::equal(few.train[0].sequence.positions(), few.dev[0].sequence.positions()));
}

TEST(MotionsTest, RefusesOptionsOutOfRange) {
  EXPECT_THROW(generate_motions({.min_frames = 1}), OptionError);
  EXPECT_THROW(generate_motions({.min_frames = 9, .max_frames = 8}), OptionError);
  EXPECT_THROW(generate_motions({.noise = -1.0f}), OptionError);
  EXPECT_THROW(generate_motions({.noise = std::numeric_limits<float>::quiet_NaN()}), OptionError);
  EXPECT_THROW(generate_motions({.train_view = 50.0f, .test_view = 40.0f}), OptionError);
  EXPECT_THROW(generate_motions({.test_view = 181.0f}), OptionError);
}

}  // namespace
}  // namespace espalier::datasets
