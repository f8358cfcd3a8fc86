#include <espalier/apps/pictures/clip_drawing.h>

#include <gtest/gtest.h>

#include <string>

#include <espalier/base/error.h>
#include <espalier/graph/skeleton.h>

#include "tests/apps/commands.h"

namespace espalier::apps {
namespace {

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t times = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++times;
  }
  return times;
}

// Three joints in a row, two frames; joint 2 is seen in the first alone, the second person never.
DrawnClip some_clip() {
  DrawnClip clip{SkeletonSequence(2, 2, 3), {}, "wave", "bow"};
  for (std::size_t joint = 0; joint < 3; ++joint) {
    clip.sequence.place(0, 0, joint, 0.0f, static_cast<float>(joint), 0.0f);
  }
  clip.sequence.place(1, 0, 0, 1.0f, 0.0f, 0.0f);
  clip.sequence.place(1, 0, 1, 0.0f, 1.0f, 0.0f);
  return clip;
}

Tree row() { return Tree::from_parents(std::vector<NodeId>{kNoNode, 0, 1}); }

TEST(ClipDrawingTest, DrawsWhatIsSeenAndMoves) {
  const std::string svg = draw_clip(some_clip(), row());
  EXPECT_EQ(count(svg, "<circle"), 3u);
  EXPECT_EQ(count(svg, "<line"), 2u);
  EXPECT_EQ(count(svg, "attributeName=\"cx\""), 1u);       // Joint 0.
  EXPECT_EQ(count(svg, "values=\"visible;hidden\""), 2u);  // Joint 2 and its bone.
  EXPECT_EQ(count(svg, "dur=\"0.1s\""), count(svg, "<animate"));
  EXPECT_EQ(count(svg, "<script"), 0u);
  EXPECT_TRUE(test::contains(svg, "fill=\"#c02020\">wave</text>"));
  EXPECT_TRUE(test::contains(svg, "true: bow"));
}

TEST(ClipDrawingTest, WhatIsAttendedToIsLargerAndRedder) {
  DrawnClip clip = some_clip();
  clip.truth = clip.predicted = "a < b\x01";
  clip.attention = {{0.25f, 0.75f, 0.5f, 0, 0, 0}, {0.75f, 0.75f, 1.0f, 0, 0, 0}};
  const std::string svg = draw_clip(clip, row());
  EXPECT_TRUE(test::contains(svg, "values=\"3;10\""));
  EXPECT_TRUE(test::contains(svg, "values=\"rgb(150,150,150);rgb(215,25,30)\""));
  EXPECT_TRUE(test::contains(svg, "r=\"10\" fill=\"rgb(215,25,30)\""));
  EXPECT_TRUE(test::contains(svg, "fill=\"#202020\">a &lt; b"));
  EXPECT_TRUE(test::contains(svg, "attention 0.25 to 0.75"));  // Of what is seen.
  EXPECT_EQ(count(svg, "\x01"), 0u);
}

TEST(ClipDrawingTest, NothingSeenIsAnEmptyPicture) {
  DrawnClip clip{SkeletonSequence(4, 1, 3), {}, "wave", ""};
  const std::string svg = draw_clip(clip, row());
  EXPECT_EQ(count(svg, "<circle") + count(svg, "<line") + count(svg, "true:"), 0u);
}

TEST(ClipDrawingTest, RefusesWhatDoesNotFit) {
  EXPECT_THROW(draw_clip({SkeletonSequence(0, 1, 3), {}, "", ""}, row()), ShapeError);
  EXPECT_THROW(draw_clip({SkeletonSequence(1, 1, 4), {}, "", ""}, row()), ShapeError);
  DrawnClip clip = some_clip();
  clip.attention = {{0.0f}, {0.0f}};
  EXPECT_THROW(draw_clip(clip, row()), ShapeError);
}

}  // namespace
}  // namespace espalier::apps
