#include <espalier/graph/skeleton_sequence.h>

#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include <espalier/base/error.h>

#include "tests/support/errors.h"

namespace espalier {
namespace {

using test::error_of;

TEST(SkeletonSequenceTest, NothingIsSeenUntilItIsPlaced) {
  SkeletonSequence sequence(3, 2, 4);
  for (std::size_t frame = 0; frame < 3; ++frame) EXPECT_FALSE(sequence.is_present(frame, 1));
  sequence.place(1, 1, 3, 0.0f, 0.0f, 0.0f);
  EXPECT_TRUE(sequence.is_seen(1, 1, 3));
  EXPECT_TRUE(sequence.is_present(1, 1));
  EXPECT_FALSE(sequence.is_present(1, 0));
  EXPECT_FALSE(sequence.is_seen(1, 1, 2));
}

TEST(SkeletonSequenceTest, FramesKeepPlacesAndWhatWasSeen) {
  SkeletonSequence sequence(3, 1, 2);
  for (std::size_t frame = 0; frame < 3; ++frame) {
    sequence.place(frame, 0, 1, static_cast<float>(frame), 1.0f, 2.0f);
  }
  const SkeletonSequence chosen = sequence.frames(std::vector<std::size_t>{2, 0, 2});
  EXPECT_EQ(chosen.num_frames(), 3u);
  EXPECT_EQ(chosen.at(0, 0, 1)[0], 2.0f);
  EXPECT_EQ(chosen.at(1, 0, 1)[0], 0.0f);
  EXPECT_EQ(chosen.at(2, 0, 1)[2], 2.0f);
  EXPECT_TRUE(chosen.is_seen(1, 0, 1));
  EXPECT_FALSE(chosen.is_seen(1, 0, 0));
  EXPECT_EQ(sequence.frames({}).num_frames(), 0u);
}

TEST(SkeletonSequenceTest, RefusesSizesAndNumbersThatAreNone) {
  EXPECT_THROW(SkeletonSequence(1, 0, 3), GraphError);
  EXPECT_THROW(SkeletonSequence(1, 1, 0), GraphError);
  EXPECT_THROW(SkeletonSequence(std::size_t{1} << 62, 4, 25), GraphError);
  SkeletonSequence sequence(1, 1, 1);
  EXPECT_EQ(error_of<GraphError>([&] {
              sequence.place(0, 0, 0, 1.0f, std::numeric_limits<float>::infinity(), 0.0f);
            }),
            "frame 0, person 0, joint 0: inf, expected finite coordinates");
  EXPECT_FALSE(sequence.is_seen(0, 0, 0));
}

}  // namespace
}  // namespace espalier
