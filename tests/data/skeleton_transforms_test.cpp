#include <espalier/data/skeleton_transforms.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <set>
#include <vector>

#include <espalier/base/error.h>

namespace espalier {
namespace {

using Frames = std::vector<std::size_t>;

constexpr float kQuarter = std::numbers::pi_v<float> / 2;

SkeletonSequence random_sequence(std::size_t frames, std::size_t joints, Rng& rng) {
  SkeletonSequence sequence(frames, 1, joints);
  for (std::size_t frame = 0; frame < frames; ++frame) {
    for (std::size_t joint = 0; joint < joints; ++joint) {
      sequence.place(frame, 0, joint, rng.normal(), rng.normal(), rng.normal());
    }
  }
  return sequence;
}

void expect_at(const SkeletonSequence& sequence, std::size_t frame, std::size_t joint, float x,
               float y, float z) {
  const auto position = sequence.at(frame, 0, joint);
  EXPECT_NEAR(position[0], x, 1e-5);
  EXPECT_NEAR(position[1], y, 1e-5);
  EXPECT_NEAR(position[2], z, 1e-5);
}

TEST(SkeletonTransformsTest, TheFirstBodySeenIsTheCentre) {
  SkeletonSequence sequence(3, 1, 2);
  sequence.place(1, 0, 0, 1.0f, 2.0f, 3.0f);
  sequence.place(2, 0, 0, 2.0f, 2.0f, 3.0f);
  centre(sequence, std::vector<NodeId>{0});
  expect_at(sequence, 1, 0, 0.0f, 0.0f, 0.0f);
  expect_at(sequence, 2, 0, 1.0f, 0.0f, 0.0f);  // It walks.
  expect_at(sequence, 2, 1, 0.0f, 0.0f, 0.0f);  // Never seen.
  EXPECT_FALSE(sequence.is_seen(2, 0, 1));
  EXPECT_THROW(centre(sequence, std::vector<NodeId>{2}), GraphError);
}

TEST(SkeletonTransformsTest, AlignedBodiesStandAlikeFromEveryView) {
  Rng rng(1);
  const BodyFrame frame{.origin = {0}, .base = {0}, .spine = {1}, .left = {2}, .right = {3}};
  const SkeletonSequence before = random_sequence(4, 6, rng);
  SkeletonSequence a = before, b = before;
  rotate(b, {0.3f, -1.1f, 2.0f}, 1.7f);
  align(a, frame);
  align(b, frame);
  for (std::size_t i = 0; i < a.positions().size(); ++i) {
    EXPECT_NEAR(a.positions()[i], b.positions()[i], 1e-4);
  }
  expect_at(a, 0, 1, 0.0f, 1.0f, 0.0f);
  const auto left = a.at(0, 0, 2), right = a.at(0, 0, 3);
  EXPECT_GT(left[0], right[0]);
  EXPECT_NEAR(left[2], right[2], 1e-5);
  // Angles and lengths are kept, and so is handedness.
  SkeletonSequence mirrored = before;
  for (std::size_t joint = 0; joint < 6; ++joint) {
    for (std::size_t f = 0; f < 4; ++f) mirrored.at(f, 0, joint)[2] *= -1.0f;
  }
  align(mirrored, frame);
  EXPECT_NEAR(mirrored.at(1, 0, 4)[2], -a.at(1, 0, 4)[2], 1e-4);
}

TEST(SkeletonTransformsTest, NothingTurnsAboutPlacesThatAreOne) {
  SkeletonSequence sequence(1, 1, 4);
  for (std::size_t joint = 0; joint < 4; ++joint) sequence.place(0, 0, joint, 1.0f, 1.0f, 1.0f);
  align(sequence, {.origin = {0}, .base = {0}, .spine = {1}, .left = {2}, .right = {3}});
  for (const float value : sequence.positions()) EXPECT_EQ(value, 0.0f);
}

TEST(SkeletonTransformsTest, RotationsGoAboutXThenYThenZ) {
  SkeletonSequence sequence(1, 1, 1);
  sequence.place(0, 0, 0, 0.0f, 1.0f, 0.0f);
  rotate(sequence, {kQuarter, 0.0f, 0.0f});
  expect_at(sequence, 0, 0, 0.0f, 0.0f, 1.0f);
  rotate(sequence, {0.0f, kQuarter, 0.0f});
  expect_at(sequence, 0, 0, 1.0f, 0.0f, 0.0f);
  rotate(sequence, {0.0f, 0.0f, kQuarter}, 2.0f);
  expect_at(sequence, 0, 0, 0.0f, 2.0f, 0.0f);
  rotate(sequence, {kQuarter, kQuarter, kQuarter});
  SkeletonSequence steps(1, 1, 1);
  steps.place(0, 0, 0, 0.0f, 2.0f, 0.0f);
  rotate(steps, {kQuarter, 0.0f, 0.0f});
  rotate(steps, {0.0f, kQuarter, 0.0f});
  rotate(steps, {0.0f, 0.0f, kQuarter});
  const auto at = steps.at(0, 0, 0);
  expect_at(sequence, 0, 0, at[0], at[1], at[2]);
}

TEST(SkeletonTransformsTest, StretchedAxesReachFromMinusOneToOne) {
  SkeletonSequence sequence(2, 1, 2);
  sequence.place(0, 0, 0, 2.0f, 5.0f, 1.0f);
  sequence.place(1, 0, 0, 4.0f, 5.0f, 3.0f);
  sequence.place(1, 0, 1, 3.0f, 5.0f, 1.5f);
  stretch(sequence);
  expect_at(sequence, 0, 0, -1.0f, 0.0f, -1.0f);
  expect_at(sequence, 1, 0, 1.0f, 0.0f, 1.0f);
  expect_at(sequence, 1, 1, 0.0f, 0.0f, -0.5f);
  expect_at(sequence, 0, 1, 0.0f, 0.0f, 0.0f);  // Not seen, and so not counted.
}

TEST(SkeletonTransformsTest, EvenFramesReachFromEndToEnd) {
  EXPECT_EQ(even_frames(10, 4), (Frames{0, 3, 6, 9}));
  EXPECT_EQ(even_frames(3, 3), (Frames{0, 1, 2}));
  EXPECT_EQ(even_frames(1, 3), (Frames{0, 0, 0}));
  EXPECT_EQ(even_frames(5, 1), (Frames{2}));
  EXPECT_EQ(even_frames(2, 4), (Frames{0, 0, 1, 1}));
  EXPECT_THROW(even_frames(0, 4), OptionError);
  EXPECT_THROW(even_frames(4, 0), OptionError);
}

TEST(SkeletonTransformsTest, RandomFramesAreInOrderAndOnceIfTheyCan) {
  Rng rng(2);
  std::set<std::size_t> met;
  for (int draw = 0; draw < 200; ++draw) {
    const Frames few = random_frames(20, 5, rng);
    EXPECT_TRUE(std::ranges::is_sorted(few));
    EXPECT_EQ(std::set<std::size_t>(few.begin(), few.end()).size(), 5u);
    met.insert(few.begin(), few.end());
    const Frames many = random_frames(3, 8, rng);
    EXPECT_EQ(many.size(), 8u);
    EXPECT_TRUE(std::ranges::is_sorted(many));
    EXPECT_EQ(std::set<std::size_t>(many.begin(), many.end()), (std::set<std::size_t>{0, 1, 2}));
  }
  EXPECT_EQ(met.size(), 20u);
}

TEST(SkeletonTransformsTest, EachSegmentGivesAFrame) {
  EXPECT_EQ(segment_frames(16, 4, nullptr), (Frames{1, 5, 9, 13}));
  EXPECT_EQ(segment_frames(2, 4, nullptr), (Frames{0, 0, 1, 1}));
  Rng rng(3);
  for (int draw = 0; draw < 100; ++draw) {
    const Frames which = segment_frames(10, 3, &rng);
    EXPECT_LT(which[0], 3u);
    EXPECT_TRUE(which[1] >= 3 && which[1] < 6);
    EXPECT_TRUE(which[2] >= 6 && which[2] < 10);
    for (const std::size_t frame : segment_frames(3, 8, &rng)) EXPECT_LT(frame, 3u);
  }
}

TEST(SkeletonTransformsTest, CropsAreWholeAndLongEnough) {
  Rng rng(4);
  std::set<std::size_t> lengths;
  for (int draw = 0; draw < 300; ++draw) {
    const Frames which = cropped_frames(10, 0.5f, rng);
    lengths.insert(which.size());
    for (std::size_t i = 1; i < which.size(); ++i) EXPECT_EQ(which[i], which[i - 1] + 1);
    EXPECT_LT(which.back(), 10u);
  }
  EXPECT_EQ(*lengths.begin(), 5u);
  EXPECT_EQ(*lengths.rbegin(), 10u);
  EXPECT_EQ(cropped_frames(1, 0.1f, rng), Frames{0});
  EXPECT_THROW(cropped_frames(3, 0.0f, rng), OptionError);
  EXPECT_THROW(cropped_frames(3, 1.5f, rng), OptionError);
}

}  // namespace
}  // namespace espalier
