#include <espalier/graph/skeleton.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <espalier/base/error.h>

#include "tests/support/errors.h"

namespace espalier {
namespace {

using test::error_of;
using Ids = std::vector<NodeId>;

struct Known {
  const char* name;
  NodeId joints;
  const char* centre;
};

// Every joint is in one part, every bone within a part or between two; left mirrors right.
TEST(SkeletonTest, KnownBodiesAreWhole) {
  for (const auto& [name, joints, centre] :
       {Known{"ntu", 25, "spine shoulder"}, Known{"kinect", 20, "shoulder centre"},
        Known{"openpose", 18, "neck"}, Known{"coco", 17, "nose"}}) {
    SCOPED_TRACE(name);
    const Skeleton& skeleton = skeleton_named(name);
    EXPECT_EQ(skeleton.num_joints(), joints);
    EXPECT_EQ(skeleton.centre(), skeleton.joint(centre));
    EXPECT_EQ(skeleton.parts().size(), 5u);
    Ids all;
    for (const BodyPart& part : skeleton.parts()) {
      all.insert(all.end(), part.joints.begin(), part.joints.end());
    }
    std::ranges::sort(all);
    for (NodeId joint = 0; joint < joints; ++joint) EXPECT_EQ(all.at(joint), joint);
    for (NodeId joint = 0; joint < joints; ++joint) {
      std::string mirrored = skeleton.joints()[joint];
      if (!mirrored.starts_with("left")) continue;
      const NodeId parent = skeleton.bones().parent(joint);
      mirrored.replace(0, 4, "right");
      std::string mirrored_parent = skeleton.joints()[parent];
      if (mirrored_parent.starts_with("left")) mirrored_parent.replace(0, 4, "right");
      EXPECT_EQ(skeleton.bones().parent(skeleton.joint(mirrored)), skeleton.joint(mirrored_parent));
    }
    EXPECT_TRUE(skeleton.frame().has_value());
  }
}

// As the data sets' own lists have them, from 1.
TEST(SkeletonTest, BonesOfNtuAndKinectAreThePublishedOnes) {
  const std::vector<std::pair<NodeId, NodeId>> ntu = {
      {1, 2},  {2, 21},  {3, 21},  {4, 3},   {5, 21},  {6, 5},   {7, 6},   {8, 7},
      {9, 21}, {10, 9},  {11, 10}, {12, 11}, {13, 1},  {14, 13}, {15, 14}, {16, 15},
      {17, 1}, {18, 17}, {19, 18}, {20, 19}, {22, 23}, {23, 8},  {24, 25}, {25, 12}};
  const std::vector<std::pair<NodeId, NodeId>> kinect = {
      {1, 2},   {2, 3},  {4, 3},   {5, 3},   {6, 5},  {7, 6},   {8, 7},
      {9, 3},   {10, 9}, {11, 10}, {12, 11}, {13, 1}, {14, 13}, {15, 14},
      {16, 15}, {17, 1}, {18, 17}, {19, 18}, {20, 19}};
  for (const auto& [child, parent] : ntu) {
    EXPECT_EQ(skeleton_named("ntu").bones().parent(child - 1), parent - 1) << child;
  }
  for (const auto& [child, parent] : kinect) {
    EXPECT_EQ(skeleton_named("kinect").bones().parent(child - 1), parent - 1) << child;
  }
}

TEST(SkeletonTest, PartsAreJoinedAboutTheTorso) {
  const Skeleton parts = part_skeleton(skeleton_named("ntu"));
  EXPECT_EQ(parts.joints()[parts.centre()], "torso");
  for (NodeId part = 1; part < 5; ++part) EXPECT_EQ(parts.bones().parent(part), 0u);
  // COCO has no torso: arms hang on the head, legs on arms.
  const Skeleton coco = part_skeleton(skeleton_named("coco"));
  EXPECT_EQ(coco.bones().parent(coco.joint("left leg")), coco.joint("left arm"));
  // Joined by a joint that they share.
  const Skeleton sharing("body", {"a", "b", "c"}, Ids{kNoNode, 0, 1},
                         {{"upper", {0, 1}}, {"lower", {1, 2}}});
  EXPECT_EQ(part_skeleton(sharing).bones().parent(1), 0u);
}

TEST(SkeletonTest, RefusesWhatIsNoBody) {
  const auto error = [](std::vector<std::string> joints, const Ids& parents,
                        std::vector<BodyPart> parts = {}, std::optional<BodyFrame> frame = {}) {
    return error_of<GraphError>(
        [&] { Skeleton("body", std::move(joints), parents, std::move(parts), std::move(frame)); });
  };
  EXPECT_EQ(error({"a", "a"}, {kNoNode, 0}), "two joints have the name \"a\"");
  EXPECT_EQ(error({"a", ""}, {kNoNode, 0}), "a joint has an empty name");
  EXPECT_EQ(error({"a", "b"}, {kNoNode}), "bones of 1 joints, expected 2");
  EXPECT_NE(error({"a", "b"}, {1, 0}), "");
  EXPECT_NE(error({"a", "b"}, {kNoNode, kNoNode}), "");
  EXPECT_NE(error({"a", "b"}, {kNoNode, 2}), "");
  EXPECT_EQ(error({"a"}, {kNoNode}, {{"p", {}}}), "the part \"p\" has no joints, expected some");
  EXPECT_EQ(error({"a"}, {kNoNode}, {{"p", {0, 0}}}), "the part \"p\" has joint 0 twice");
  EXPECT_EQ(error({"a"}, {kNoNode}, {{"p", {0}}, {"p", {0}}}), "two parts have the name \"p\"");
  EXPECT_EQ(error({"a"}, {kNoNode}, {}, BodyFrame{{0}, {0}, {1}, {0}, {0}}),
            "the frame's spine has joint 1, expected one of 0 .. 0");
  EXPECT_EQ(error_of<GraphError>([] { skeleton_named("body"); }),
            "there is no skeleton \"body\"; there are: ntu, kinect, openpose, coco");
  const Skeleton apart("body", {"a", "b", "c"}, Ids{kNoNode, 0, 1}, {{"p", {0}}, {"q", {2}}});
  EXPECT_EQ(error_of<GraphError>([&] { part_skeleton(apart); }),
            "the part \"q\" of body is joined to none, expected bones between all");
  EXPECT_EQ(error_of<GraphError>([&] { apart.joint("d"); }),
            "there is no joint \"d\"; there are: \"a\", \"b\", \"c\"");
}

}  // namespace
}  // namespace espalier
