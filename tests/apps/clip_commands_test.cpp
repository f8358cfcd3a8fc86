// The commands on clips of bodies, with tiny models.

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/apps/commands.h"
#include "tests/datasets/files.h"

namespace espalier::apps {
namespace {

using test::contains;
using test::espalier;
using test::json_lines;
using test::Outcome;
using Words = std::vector<std::string>;

// A frame of so many joints at some place.
std::string frame(std::size_t joints, int at) {
  std::string text = "[[";
  for (std::size_t joint = 0; joint < joints; ++joint) {
    text.append(joint == 0 ? "[" : ", [").append(std::to_string(at)).append(", ");
    text.append(std::to_string(joint)).append(", 1]");
  }
  return text.append("]]");
}
std::string clip(std::size_t joints, const std::string& more = "") {
  std::string text = "{";
  text.append(more).append("\"frames\": [").append(frame(joints, 0)).append(", ");
  return text.append(frame(joints, 1)).append("]}");
}

class ClipCommandsTest : public testing::Test {
 protected:
  std::string path(const std::string& name) const { return (folder_.path() / name).string(); }

  Outcome train(const Words& more) {
    Words words = {"train", "--hidden",     "2",           "--epochs",
                   "1",     "--checkpoint", path("model"), "--overwrite"};
    words.insert(words.begin() + 1, more.begin(), more.end());
    return espalier(words);
  }

  test::TemporaryFolder folder_;
};

TEST_F(ClipCommandsTest, EveryModelTrainsAnswersAndDraws) {
  const std::string one = folder_.write("one.jsonl", clip(25, "\"label\": \"bow\", ") + "\n");
  for (const std::string model : {"part-lstm", "lstm", "agc-lstm", "gc-lstm"}) {
    SCOPED_TRACE(model);
    const Outcome trained = train({model, "--dataset", "motions", "--train-size", "20"});
    ASSERT_EQ(trained.status, 0) << trained.err;
    const Outcome evaluated = espalier({"evaluate", path("model")});
    ASSERT_EQ(evaluated.status, 0) << evaluated.err;
    EXPECT_TRUE(contains(evaluated.out, "\"accuracy of wave the right hand\""));
    const Outcome answered = espalier({"predict", path("model"), one});
    ASSERT_EQ(answered.status, 0) << answered.err;
    EXPECT_EQ(json_lines(answered.out).at(0)["probabilities"].size(), 10u);
    ASSERT_EQ(espalier({"draw", path("model"), one, "--output", path("clip.svg")}).status, 0);
    const std::string svg = test::read_file(path("clip.svg"));
    EXPECT_TRUE(contains(svg, "<animate"));
    EXPECT_TRUE(contains(svg, "true: bow"));
  }
}

// The first person is there in a frame that is not read, the second in all others.
TEST_F(ClipCommandsTest, DrawsWhoIsThereInTheFramesThatAreRead) {
  ASSERT_EQ(
      train({"agc-lstm", "--dataset", "motions", "--train-size", "20", "--frames", "8"}).status, 0);
  std::string text = "{\"frames\": [";
  for (int i = 0; i < 40; ++i) {
    const std::string body = frame(25, i).substr(1);  // Without the bracket of the frame.
    text.append(i == 0 ? "" : ", ").append(i == 1 ? "[" : "[null, ").append(body);
  }
  const std::string path_of_clip = folder_.write("two.jsonl", text + "]}\n");
  EXPECT_EQ(espalier({"draw", path("model"), path_of_clip, "--output", path("two.svg")}).status, 0);
  EXPECT_TRUE(contains(test::read_file(path("two.svg")), "attention 0."));
}

TEST_F(ClipCommandsTest, ReadsFilesOfNtu) {
  ASSERT_EQ(train({"part-lstm", "--dataset", "motions", "--train-size", "20"}).status, 0);
  std::string text = "1\r\n1\r\n7 0 1 1 1 1 0 0 0 2\r\n25\r\n";
  for (int joint = 0; joint < 25; ++joint) text += "1 2 3 nan nan 4 5 0 0 0 0 2\r\n";
  EXPECT_EQ(espalier({"predict", path("model"), folder_.write("a.skeleton", text)}).status, 0);
  const Outcome cut =
      espalier({"predict", path("model"), folder_.write("b.skeleton", text.substr(0, 200))});
  EXPECT_EQ(cut.status, 1);
  EXPECT_TRUE(contains(cut.err, "b.skeleton"));
}

TEST_F(ClipCommandsTest, RefusesClipsOfOtherBodies) {
  ASSERT_EQ(train({"part-lstm", "--dataset", "motions", "--train-size", "20"}).status, 0);
  const auto error = [&](const std::string& line) {
    const Outcome outcome = espalier({"predict", path("model"), "-"}, line);
    EXPECT_EQ(outcome.status, 1);
    return outcome.err;
  };
  EXPECT_TRUE(contains(error(clip(20)), "found 20 joints, expected 25"));
  EXPECT_TRUE(contains(error(clip(25, "\"label\": \"swim\", ")), "found class \"swim\""));
  EXPECT_TRUE(contains(error("{\"frames\": []}"), "a clip without frames"));
  EXPECT_TRUE(contains(error("[1]"), "expected an object"));
}

// A body and classes of one's own, which the checkpoint keeps.
TEST_F(ClipCommandsTest, TakesBodiesOfOnesOwn) {
  folder_.write("stick.json",
                R"({"name": "stick", "joints": ["a", "b", "c"], "bones": [["b", "a"], ["c", "a"]],
                    "parts": [{"name": "p", "joints": ["a", "b"]}, {"name": "q", "joints": ["c"]}]})");
  folder_.write("clips.json", R"({"format": "espalier clips 1", "skeleton": "stick.json",
                                  "classes": ["wave", "bow"], "clips": ["all.jsonl"]})");
  std::string lines;
  for (const char* const split : {"train", "dev", "test"}) {
    for (const char* const label : {"wave", "bow"}) {
      std::string more = "\"split\": \"";
      more.append(split).append("\", \"label\": \"").append(label).append("\", ");
      lines.append(clip(3, more)).append("\n");
    }
  }
  folder_.write("all.jsonl", lines);
  for (const std::string model : {"part-lstm", "agc-lstm"}) {
    Words words = {model, "--dataset", "skeletons", "--data", folder_.path().string()};
    if (model == "agc-lstm") words.insert(words.end(), {"--stream", "both"});
    const Outcome trained = train(words);
    ASSERT_EQ(trained.status, 0) << trained.err;
    const Outcome answered = espalier({"predict", path("model"), "-"}, clip(3));
    ASSERT_EQ(answered.status, 0) << answered.err;
    EXPECT_EQ(json_lines(answered.out).at(0)["probabilities"].size(), 2u);
    EXPECT_EQ(espalier({"evaluate", path("model"), "--data", folder_.path().string()}).status, 0);
  }
}

}  // namespace
}  // namespace espalier::apps
