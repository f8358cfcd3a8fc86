#include <espalier/models/body_options.h>

#include <gtest/gtest.h>

#include <espalier/base/error.h>

#include "tests/support/errors.h"

namespace espalier::models {
namespace {

TEST(BodyOptionsTest, KeepTheBody) {
  for (const char* const name : {"ntu", "kinect", "openpose", "coco"}) {
    const Skeleton& body = skeleton_named(name);
    const BodyOptions options = describe(body);
    const Skeleton again = skeleton_of(options);
    EXPECT_EQ(describe(again).parents, options.parents);
    EXPECT_EQ(describe(again).parts, options.parts);
    EXPECT_EQ(describe(again).frame, options.frame);
    for (NodeId joint = 0; joint < body.num_joints(); ++joint) {
      EXPECT_EQ(again.bones().parent(joint), body.bones().parent(joint));
    }
    EXPECT_EQ(again.parts().size(), 5u);
    EXPECT_EQ(again.frame()->left, body.frame()->left);
  }
  const Skeleton bare("body", {"a", "b"}, std::vector<NodeId>{kNoNode, 0});
  EXPECT_EQ(describe(bare).parents, "- 0");
  EXPECT_FALSE(skeleton_of(describe(bare)).frame().has_value());
}

TEST(BodyOptionsTest, RefuseTextThatIsNone) {
  const auto error = [](const BodyOptions& options) {
    return test::error_of<Error>([&] { skeleton_of(options); });
  };
  EXPECT_EQ(error({"- x", "", ""}), "the body has \"x\", expected the number of a joint");
  EXPECT_EQ(error({"- 99999999999", "", ""}),
            "the body has \"99999999999\", expected the number of a joint");
  EXPECT_EQ(error({"- 0", "", "0;0;1"}), "the body's frame has 3 places, expected 5");
  EXPECT_NE(error({"", "", ""}), "(nothing was thrown)");
  EXPECT_NE(error({"- 0", "0;2", ""}), "(nothing was thrown)");
  EXPECT_NE(error({"1 0", "", ""}), "(nothing was thrown)");
}

}  // namespace
}  // namespace espalier::models
