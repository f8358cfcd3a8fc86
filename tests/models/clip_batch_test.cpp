#include <espalier/models/clip_batch.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include <espalier/base/error.h>
#include <espalier/ops/parallel.h>
#include <espalier/ops/training_mode.h>

#include "tests/support/errors.h"

namespace espalier::models {
namespace {

const Skeleton& body() { return skeleton_named("kinect"); }

// Persons 0 .. present - 1 are seen in all frames.
LabelledClip clip(std::size_t frames, std::size_t persons, std::size_t present, Rng& rng) {
  LabelledClip made{"clip", SkeletonSequence(frames, persons, 20), 3};
  for (std::size_t frame = 0; frame < frames; ++frame) {
    for (std::size_t person = 0; person < present; ++person) {
      for (std::size_t joint = 0; joint < 20; ++joint) {
        made.sequence.place(frame, person, joint, rng.normal(), rng.normal(), rng.normal());
      }
    }
  }
  return made;
}

class ClipBatchTest : public testing::Test {
 protected:
  ClipBatch read(const ClipReadingOptions& options, Bodies bodies, std::uint64_t seed = 1) {
    std::vector<const LabelledClip*> all;
    for (const LabelledClip& one : clips_) all.push_back(&one);
    Rng rng(seed);
    return read_clips(all, body(), options, bodies, rng);
  }

  Rng rng_{1};
  std::vector<LabelledClip> clips_ = [this] {
    std::vector<LabelledClip> made;
    made.push_back(clip(6, 2, 2, rng_));
    made.push_back(clip(3, 2, 1, rng_));
    made.push_back(clip(4, 2, 0, rng_));
    return made;
  }();
};

TEST_F(ClipBatchTest, BodiesApartAreSequencesOfThoseWhoArePresent) {
  const ClipBatch batch = read({.frames = 3, .coordinates = ClipCoordinates::kAsTheyAre}, Bodies());
  EXPECT_EQ(batch.clips, (PoolVector<std::uint64_t>{0, 2, 3, 4}));
  EXPECT_EQ(batch.persons, (PoolVector<std::uint32_t>{0, 1, 0, 0}));
  EXPECT_EQ(batch.labels, (PoolVector<std::int32_t>{3, 3, 3}));
  EXPECT_EQ(batch.sequences.num_sequences(), 4u);
  ASSERT_EQ(batch.x.shape(), (Shape{12, 60}));
  // Frames 0, 3 (2.5, rounded up) and 5 of the first clip's second person.
  EXPECT_EQ(batch.x.at(3, 4), clips_[0].sequence.at(0, 1, 1)[1]);
  EXPECT_EQ(batch.x.at(4, 4), clips_[0].sequence.at(3, 1, 1)[1]);
  EXPECT_EQ(batch.x.at(5, 59), clips_[0].sequence.at(5, 1, 19)[2]);
  EXPECT_EQ(batch.x.at(7, 0), clips_[1].sequence.at(1, 0, 0)[0]);
  for (std::size_t frame = 9; frame < 12; ++frame) {
    for (const float value : batch.x.row(frame)) EXPECT_EQ(value, 0.0f);
  }
}

TEST_F(ClipBatchTest, BodiesSideBySideAreOneSequence) {
  const ClipBatch batch =
      read({.frames = 3, .coordinates = ClipCoordinates::kAsTheyAre}, Bodies{2});
  EXPECT_EQ(batch.clips, (PoolVector<std::uint64_t>{0, 1, 2, 3}));
  ASSERT_EQ(batch.x.shape(), (Shape{9, 120}));
  EXPECT_EQ(batch.x.at(2, 60), clips_[0].sequence.at(5, 1, 0)[0]);
  EXPECT_EQ(batch.x.at(3, 60), 0.0f);
  // Fewer persons than are read side by side.
  const ClipBatch wide = read({.frames = 3, .coordinates = ClipCoordinates::kAsTheyAre}, Bodies{3});
  ASSERT_EQ(wide.x.shape(), (Shape{9, 180}));
  EXPECT_EQ(wide.x.at(2, 60), clips_[0].sequence.at(5, 1, 0)[0]);
  EXPECT_EQ(wide.x.at(2, 120), 0.0f);
}

TEST_F(ClipBatchTest, DrawsInTrainingAloneAndTheSameAtAnyNumberOfThreads) {
  const ClipReadingOptions options{.frames = 4, .rotation = 60.0f, .scaling = 0.5f, .crop = 0.5f};
  const auto values = [&](std::uint64_t seed) {
    const ClipBatch batch = read(options, Bodies(), seed);
    return std::vector<float>(batch.x.flat().begin(), batch.x.flat().end());
  };
  EXPECT_EQ(values(1), values(2));
  const Training training;
  set_num_threads(1);
  const auto one = values(1);
  EXPECT_NE(one, values(2));
  set_num_threads(2);
  EXPECT_EQ(one, values(1));
}

TEST_F(ClipBatchTest, StretchedCoordinatesAreFromMinusOneToOne) {
  clips_.resize(1);
  const Training training;
  const ClipBatch batch = read(
      {.frames = 6, .coordinates = ClipCoordinates::kStretched, .rotation = 60.0f, .scaling = 0.5f},
      Bodies());
  const auto [least, most] = std::ranges::minmax(batch.x.flat());
  EXPECT_FLOAT_EQ(least, -1.0f);
  EXPECT_FLOAT_EQ(most, 1.0f);
}

TEST_F(ClipBatchTest, RefusesClipsOfOtherBodies) {
  const auto error = [&](Bodies bodies) {
    return test::error_of<ShapeError>([&] { read({}, bodies); });
  };
  EXPECT_EQ(
      error(Bodies{1}),
      "the clip clip is of 6 frames, 2 persons, 20 joints, expected 1 or more, at most 1 and 20");
  clips_[1] = clip(0, 2, 1, rng_);
  EXPECT_EQ(
      error(Bodies()),
      "the clip clip is of 0 frames, 2 persons, 20 joints, expected 1 or more, at most 2 and 20");
  clips_[1].sequence = SkeletonSequence(2, 2, 25);
  EXPECT_NE(error(Bodies()), "(nothing was thrown)");
}

}  // namespace
}  // namespace espalier::models
