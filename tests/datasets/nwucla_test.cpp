#include <espalier/datasets/nwucla.h>

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include <espalier/base/error.h>

#include "tests/datasets/files.h"
#include "tests/support/errors.h"

namespace espalier::datasets {
namespace {

using test::error_of;

std::string frame(const std::string& x) {
  std::string text = "[";
  for (int i = 0; i < 20; ++i) text += (i == 0 ? "[" : ", [") + x + ", 0.5, 3e0]";
  return text + "]";
}
std::string clip(int label, const std::string& frames) {
  return "{\"file_name\": \"x\", \"skeletons\": [" + frames +
         "], \"label\": " + std::to_string(label) + "}";
}

class NwuclaTest : public testing::Test {
 protected:
  NwuclaTest() {
    std::filesystem::create_directory(folder_.path() / "all_sqe");
    index(
        "a01_s01_e00_v01\ta01\t1\t1\t0\t1\ttrain\t2\t-\n"
        "a02_s01_e00_v02\ta02\t2\t1\t0\t2\ttrain\t1\ta02_s01_e00_v03\n"
        "a02_s01_e00_v03\ta02\t2\t1\t0\t3\ttest\t1\ta02_s01_e00_v02\n"
        "a12_s10_e00_v01\ta12\t10\t10\t0\t1\ttrain\t1\t-\n");
    write("a01_s01_e00_v01", clip(1, frame("1") + ", " + frame("2")));
    write("a02_s01_e00_v02", clip(2, frame("3")));
    write("a02_s01_e00_v03", clip(2, frame("3")));
    write("a12_s10_e00_v01", clip(10, frame("4")));
  }
  void index(const std::string& lines) {
    folder_.write(
        "index.tsv",
        "#name\taction_code\tlabel\tsubject\ttrial\tview\tsplit\tframes\tsame_as\n" + lines);
  }
  void write(const std::string& name, const std::string& text) {
    folder_.write("all_sqe/" + name + ".json", text);
  }
  ClipDataset load(const NwuclaOptions& options = {}) {
    return load_nwucla(folder_.path(), options);
  }
  std::string error_with(const std::string& text) {
    write("a02_s01_e00_v03", text);
    return error_of<ParseError>([&] { load(); }).substr(folder_.path().string().size() + 1);
  }

  test::TemporaryFolder folder_;
};

TEST_F(NwuclaTest, View3IsTheTestAndSubject10ChoosesTheEpoch) {
  const ClipDataset data = load();
  ASSERT_EQ(data.train.size(), 2u);
  EXPECT_EQ(data.train[0].sequence.num_frames(), 2u);
  EXPECT_EQ(data.train[0].sequence.at(1, 0, 19)[0], 2.0f);
  EXPECT_EQ(data.train[1].label, 1);
  ASSERT_EQ(data.dev.size(), 1u);
  EXPECT_EQ(data.classes[static_cast<std::size_t>(data.dev[0].label)], "carry");
  ASSERT_EQ(data.test.size(), 1u);
  EXPECT_EQ(data.test[0].name, "a02_s01_e00_v03");
}

TEST_F(NwuclaTest, CleanlyTwinsOfTheTestAreNotLearntFrom) {
  const ClipDataset data = load({.protocol = NwuclaProtocol::kClean, .dev_subject = 0});
  EXPECT_EQ(data.train.size(), 2u);
  EXPECT_EQ(data.train[1].name, "a12_s10_e00_v01");
  EXPECT_EQ(data.test.size(), 1u);
  EXPECT_THROW(load({.dev_subject = 11}), OptionError);
}

TEST_F(NwuclaTest, JointsAtTheCameraWereNotSeen) {
  std::string text = clip(2, frame("3"));
  const std::string joint = "[3, 0.5, 3e0]";
  text.replace(text.find(joint), joint.size(), "[0, 0.0, 0]");
  write("a02_s01_e00_v03", text);
  const SkeletonSequence sequence = load().test[0].sequence;
  EXPECT_FALSE(sequence.is_seen(0, 0, 0));
  EXPECT_TRUE(sequence.is_seen(0, 0, 1));
}

TEST_F(NwuclaTest, RefusesClipsThatAreNotWhatTheIndexSays) {
  const std::string file = "all_sqe/a02_s01_e00_v03.json:1:";
  EXPECT_EQ(error_with(clip(2, "")), file + "33: found 0 frames, expected 1, as index.tsv has it");
  EXPECT_EQ(error_with(clip(3, frame("3"))).substr(file.size() + 5),
            "found label 3, expected 2, as index.tsv has it");
  EXPECT_EQ(error_with(clip(2, "[[1, 2, 3]]")), file + "34: found 1 joints, expected 20");
  EXPECT_EQ(error_with(clip(2, frame("NaN"))).substr(0, file.size() + 12), file + "36: no JSON:");
  EXPECT_EQ(error_with(clip(2, frame("1e99"))), file + "36: found 1e99, expected a finite number");
  EXPECT_EQ(error_with(clip(2, frame("\"a\""))),
            file + "36: found \"a\", expected a finite number");
  EXPECT_EQ(error_with(clip(2, frame("1, 2"))), file + "35: found 4 coordinates, expected x, y, z");
  const std::string whole = clip(2, frame("3"));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    write("a02_s01_e00_v03", whole.substr(0, size));
    ASSERT_THROW(load(), ParseError) << size;
  }
}

TEST_F(NwuclaTest, RefusesLinesOfTheIndexThatAreNone) {
  const auto error = [&](const std::string& line) {
    index(line);
    return error_of<ParseError>([&] { load(); }).substr(folder_.path().string().size() + 1);
  };
  EXPECT_EQ(error("a\tb\n"),
            "index.tsv:2:1: found 2 fields, expected name, action, label, subject, trial, view, "
            "split, frames, same_as");
  EXPECT_EQ(error("x\ta01\t11\t1\t0\t1\ttrain\t2\t-\n"),
            "index.tsv:2:7: label 11 is out of range, expected 0 .. 10");
  EXPECT_EQ(error("x\ta01\t1\t1\t0\t0\ttrain\t2\t-\n"),
            "index.tsv:2:13: found 0, expected a number from 1");
  EXPECT_EQ(error("../x\ta01\t1\t1\t0\t1\ttrain\t2\t-\n"),
            "index.tsv:2:1: found name \"../x\", expected that of a file");
  index("gone\ta01\t1\t1\t0\t1\ttrain\t2\t-\n");
  EXPECT_THROW(load(), FileError);
}

}  // namespace
}  // namespace espalier::datasets
