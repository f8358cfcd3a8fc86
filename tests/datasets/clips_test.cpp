#include <espalier/datasets/clips.h>

#include <gtest/gtest.h>

#include <string>

#include <espalier/base/error.h>

#include "tests/datasets/files.h"
#include "tests/support/errors.h"

namespace espalier::datasets {
namespace {

using test::error_of;

constexpr const char* kBody = R"({"name": "stick", "joints": ["a", "b"], "bones": [["b", "a"]]})";
constexpr const char* kDescription = R"({"format": "espalier clips 1", "skeleton": "stick.json",
 "classes": ["wave", "bow"], "clips": ["some.jsonl", "more.jsonl.gz"]})";

class ClipsTest : public testing::Test {
 protected:
  ClipsTest() {
    folder_.write("stick.json", kBody);
    folder_.write("clips.json", kDescription);
    folder_.write(
        "some.jsonl",
        "{\"name\": \"one\", \"split\": \"train\", \"label\": \"bow\", \"frames\": "
        "[[[[1, 2, 3], [4, 5, 6]]], [[null, [7, 8, 9]], null], [null, [[0, 0, 0], null]]]}\n"
        "\n");
    folder_.write("more.jsonl.gz",
                  test::gzip("{\"split\": \"val\", \"label\": \"wave\", \"frames\": "
                             "[[[[1, 2, 3], [4, 5, 6]]]]}\n"));
  }
  std::string error_with(const std::string& line) {
    folder_.write("some.jsonl", line);
    return error_of<ParseError>([&] { load_clips(folder_.path()); })
        .substr(folder_.path().string().size() + 1);
  }
  static std::string with_frames(const std::string& frames) {
    return std::string("{\"split\": \"train\", \"label\": \"bow\", \"frames\": ")
        .append(frames)
        .append("}");
  }

  test::TemporaryFolder folder_;
};

TEST_F(ClipsTest, ReadsClipsWithWhatWasNotSeen) {
  const ClipDataset data = load_clips(folder_.path());
  ASSERT_EQ(data.train.size(), 1u);
  const LabelledClip& clip = data.train[0];
  EXPECT_EQ(clip.name, "one");
  EXPECT_EQ(clip.label, 1);
  EXPECT_EQ(clip.sequence.num_frames(), 3u);
  EXPECT_EQ(clip.sequence.num_persons(), 2u);
  EXPECT_EQ(clip.sequence.at(0, 0, 1)[2], 6.0f);
  EXPECT_FALSE(clip.sequence.is_present(0, 1));
  EXPECT_FALSE(clip.sequence.is_seen(1, 0, 0));
  EXPECT_TRUE(clip.sequence.is_seen(1, 0, 1));
  EXPECT_FALSE(clip.sequence.is_present(2, 0));
  EXPECT_TRUE(clip.sequence.is_seen(2, 1, 0));
  ASSERT_EQ(data.dev.size(), 1u);
  EXPECT_TRUE(data.dev[0].name.ends_with("more.jsonl.gz:1"));
  EXPECT_TRUE(data.test.empty());
}

TEST_F(ClipsTest, KnowsBodiesByName) {
  folder_.write("clips.json",
                "{\"format\": \"espalier clips 1\", \"skeleton\": \"coco\", "
                "\"classes\": [\"wave\"], \"clips\": []}");
  EXPECT_EQ(load_clips(folder_.path()).skeleton.num_joints(), 17u);
  folder_.write("clips.json",
                "{\"format\": \"espalier clips 1\", \"skeleton\": \"cocoa\", "
                "\"classes\": [\"wave\"], \"clips\": []}");
  EXPECT_EQ(error_with("").substr(0, 45), "clips.json:1:44: there is no skeleton \"cocoa\"");
}

TEST_F(ClipsTest, RefusesLinesThatAreNoClips) {
  EXPECT_EQ(error_with("{\"split\": \"train\", \"label\": \"jump\", \"frames\": []}"),
            "some.jsonl:1:29: found class \"jump\", expected one of \"classes\"");
  EXPECT_EQ(error_with("{\"split\": \"learn\", \"label\": \"bow\", \"frames\": []}"),
            "some.jsonl:1:11: found split \"learn\", expected train, dev (val) or test");
  EXPECT_EQ(error_with(std::string("\n").append(with_frames("[]"))),
            "some.jsonl:2:46: a clip without frames, expected one or more");
  EXPECT_EQ(error_with(with_frames("[[[[1, 2, 3]]]]")),
            "some.jsonl:1:48: found 1 joints, expected 2");
  EXPECT_EQ(error_with(with_frames("[[[[1, 2], null]]]")),
            "some.jsonl:1:49: found 2 coordinates, expected x, y, z");
  EXPECT_EQ(error_with(with_frames("[[[[1, 2, 1e39], null]]]")),
            "some.jsonl:1:56: found 1e39, expected a finite number");
  EXPECT_EQ(error_with(with_frames("[[[[1, 2, NaN], null]]]")).substr(0, 24),
            "some.jsonl:1:56: no JSON");
  EXPECT_EQ(error_with(with_frames("[[[[1, 2, 3], null]]")).substr(0, 16), "some.jsonl:1:66:");
  EXPECT_EQ(error_with("{\"split\": \"train\", \"frames\": [[null]]}"),
            "some.jsonl:1:1: a clip without a \"label\", expected one");
}

}  // namespace
}  // namespace espalier::datasets
