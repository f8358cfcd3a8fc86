#include <espalier/datasets/skeleton_file.h>

#include <gtest/gtest.h>

#include <string>

#include <espalier/base/error.h>

#include "tests/datasets/files.h"
#include "tests/support/errors.h"

namespace espalier::datasets {
namespace {

constexpr const char* kBody = R"({"name": "stick",
 "joints": ["hip", "chest", "head", "left", "right"],
 "bones": [["hip", "chest"], ["head", "chest"],
           ["left", "chest"], ["right", "chest"]],
 "parts": [{"name": "trunk", "joints": ["hip", "chest", "head"]},
           {"name": "arms", "joints": ["left", "right"]}],
 "frame": {"origin": ["hip"], "base": ["hip"], "spine": ["chest"], "left": ["left"], "right": ["right"]}}
)";

class SkeletonFileTest : public testing::Test {
 protected:
  std::string error_with(std::string_view what, std::string_view instead) {
    std::string text = kBody;
    text.replace(text.find(what), what.size(), instead);
    const std::string path = folder_.write("body.json", text);
    return test::error_of<ParseError>([&] { load_skeleton(path); })
        .substr(folder_.path().string().size() + 1);
  }

  test::TemporaryFolder folder_;
};

TEST_F(SkeletonFileTest, ReadsABody) {
  const Skeleton body = load_skeleton(folder_.write("body.json", kBody));
  EXPECT_EQ(body.name(), "stick");
  EXPECT_EQ(body.centre(), 1u);
  EXPECT_EQ(body.bones().parent(4), 1u);
  ASSERT_EQ(body.parts().size(), 2u);
  EXPECT_EQ(body.parts()[1].joints, (std::vector<NodeId>{3, 4}));
  EXPECT_EQ(body.frame()->spine, (std::vector<NodeId>{1}));
}

TEST_F(SkeletonFileTest, RefusesWhatIsNoBody) {
  EXPECT_EQ(error_with("[\"head\", \"chest\"]", "[\"hat\", \"chest\"]"),
            "body.json:3:31: there is no joint \"hat\", expected one of \"joints\"");
  EXPECT_EQ(error_with("[\"head\", \"chest\"]", "[\"head\"]"),
            "body.json:3:30: found 1 joints, expected child and parent");
  EXPECT_EQ(error_with("[\"head\", \"chest\"]", "[\"hip\", \"chest\"]"),
            "body.json:3:30: the joint \"hip\" hangs on another already, expected one");
  EXPECT_EQ(error_with("[\"head\", \"chest\"],\n", "[\"chest\", \"hip\"],\n").substr(0, 15),
            "body.json:3:11:");
  EXPECT_EQ(error_with("\"arms\", \"joints\": [\"left\"", "\"arms\", \"joints\": [\"leg\""),
            "body.json:6:40: there is no joint \"leg\", expected one of \"joints\"");
  EXPECT_EQ(error_with("\"spine\": [\"chest\"]", "\"spine\": []").substr(0, 15), "body.json:3:11:");
  EXPECT_EQ(error_with("\"parts\"", "\"part\"").substr(0, 14), "body.json:5:10");
  EXPECT_THROW(load_skeleton(folder_.path() / "none.json"), FileError);
}

}  // namespace
}  // namespace espalier::datasets
