#include <espalier/datasets/ntu.h>

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include <espalier/base/error.h>

#include "tests/datasets/files.h"
#include "tests/support/errors.h"

namespace espalier::datasets {
namespace {

using test::error_of;

constexpr const char* kBody = "72057594037931101 0 1 1 1 1 0 -0.1 0.2 2";

std::string joint(const std::string& x) {
  return x + " 0.5 3.25 200.5 nan 900 400 0.1 0.2 0.3 0.4 2\r\n";
}
std::string body(const std::string& id, const std::string& x) {
  std::string text = id + " 0 1 1 1 1 0 -0.1 0.2 2\r\n25\r\n";
  for (int i = 0; i < 25; ++i) text += joint(x);
  return text;
}

class NtuTest : public testing::Test {
 protected:
  SkeletonSequence load(const std::string& text, const NtuClipOptions& options = {}) {
    return load_ntu_clip(folder_.write("clip.skeleton", text), options);
  }
  // Without the folder's name.
  std::string error(const std::string& text) {
    return error_of<ParseError>([&] { load(text); }).substr(folder_.path().string().size() + 1);
  }

  test::TemporaryFolder folder_;
};

// Body 7 comes first, leaves and returns; body 8 moves more, and so is the first person.
TEST_F(NtuTest, BodiesAreJoinedByTheirIdAndRankedByMotion) {
  const SkeletonSequence clip =
      load("4\r\n2\r\n" + body("7", "1") + body("8", "-3") + "0\r\n1\r\n" + body("8", "3") +
           "2\r\n" + body("8", "0") + body("7", "1.5"));
  EXPECT_EQ(clip.num_frames(), 4u);
  EXPECT_EQ(clip.num_persons(), 2u);
  EXPECT_EQ(clip.num_joints(), 25u);
  EXPECT_EQ(clip.at(0, 0, 3)[0], -3.0f);
  EXPECT_EQ(clip.at(0, 0, 3)[1], 0.5f);
  EXPECT_EQ(clip.at(0, 0, 3)[2], 3.25f);
  EXPECT_EQ(clip.at(0, 1, 24)[0], 1.0f);
  EXPECT_FALSE(clip.is_present(1, 0));
  EXPECT_TRUE(clip.is_present(2, 0));
  EXPECT_FALSE(clip.is_present(2, 1));
  EXPECT_EQ(clip.at(3, 1, 0)[0], 1.5f);
}

TEST_F(NtuTest, OfManyBodiesThoseThatMoveMostAreKept) {
  std::string text = "2\n3\n" + body("1", "0") + body("2", "0") + body("3", "0");
  text += "3\n" + body("3", "2") + body("2", "0.5") + body("1", "1");
  const SkeletonSequence clip = load(text);
  EXPECT_EQ(clip.at(1, 0, 0)[0], 2.0f);
  EXPECT_EQ(clip.at(1, 1, 0)[0], 1.0f);
  EXPECT_EQ(load(text, {.persons = 1}).num_persons(), 1u);
  EXPECT_FALSE(load(text, {.persons = 4}).is_present(0, 3));
  EXPECT_THROW(load(text, {.persons = 0}), OptionError);
}

TEST_F(NtuTest, JointsWithoutPlaceAreErrorsOrUnseen) {
  std::string text = "1\n1\n" + body("7", "1");
  text.replace(text.find("1 0.5 3.25"), 1, "NaN");
  EXPECT_EQ(error(text), "clip.skeleton:5:1: found \"NaN\", expected a finite number");
  const SkeletonSequence clip = load(text, {.nan_is_unseen = true});
  EXPECT_FALSE(clip.is_seen(0, 0, 0));
  EXPECT_TRUE(clip.is_seen(0, 0, 1));
  text.replace(text.find("NaN"), 3, "-inf");
  EXPECT_EQ(error(text), "clip.skeleton:5:1: found \"-inf\", expected a finite number");
}

TEST_F(NtuTest, RefusesCountsThatLie) {
  const std::string whole = "2\r\n1\r\n" + body("7", "1") + "1\r\n" + body("7", "2");
  EXPECT_NO_THROW(load(whole));
  EXPECT_EQ(error("3" + whole.substr(1)),
            "clip.skeleton: the file ends, expected the number of bodies");
  EXPECT_EQ(error("1" + whole.substr(1)),
            "clip.skeleton:30:1: found more, expected the end after 1 frames, as the first line "
            "says");
  EXPECT_EQ(error("99999999999999999999" + whole.substr(1)),
            "clip.skeleton:1:1: found \"99999999999999999999\", expected the number of frames");
  EXPECT_EQ(error("18446744073709551615" + whole.substr(1)),
            "clip.skeleton: the file ends, expected the number of bodies");
  EXPECT_EQ(error("1\n2\n" + body("7", "1") + body("7", "1")),
            "clip.skeleton:30:1: body 7 is there twice in frame 1, expected once");
  std::string few = whole;
  few.replace(few.find("25\r\n"), 2, "20");
  EXPECT_EQ(error(few), "clip.skeleton:4:1: found 20 joints, expected 25");
  EXPECT_EQ(error("1\n1\n" + std::string(kBody) + "\n25\n1 2 3\n"),
            "clip.skeleton:5:1: found 3 fields, expected a joint, 12 fields");
  EXPECT_EQ(error("1\n1\n7 0 1\n"),
            "clip.skeleton:3:1: found 3 fields, expected a body, 10 fields");
  EXPECT_EQ(error("x\n"), "clip.skeleton:1:1: found \"x\", expected the number of frames");
  EXPECT_EQ(error(""), "clip.skeleton: the file ends, expected the number of frames");
}

// At no length does the beginning pass for the whole.
TEST_F(NtuTest, RefusesClipsCutShort) {
  const std::string whole = "1\n1\n" + body("7", "1");
  for (std::size_t size = 0; size + 3 < whole.size(); ++size) {
    ASSERT_THROW(load(whole.substr(0, size)), ParseError) << size;
  }
}

TEST_F(NtuTest, NamesSayWhatAClipIs) {
  const NtuName name = parse_ntu_name("S001C002P003R002A013");
  EXPECT_EQ(name.setup, 1);
  EXPECT_EQ(name.camera, 2);
  EXPECT_EQ(name.performer, 3);
  EXPECT_EQ(name.replication, 2);
  EXPECT_EQ(name.action, 13);
  for (const char* const bad :
       {"", "S001", "S001C002P003R002A01", "S001C002P003R002A0133", "X001C002P003R002A013",
        "S000C002P003R002A013", "S001C004P003R002A013", "S001C002P041R002A013",
        "S001C002P003R002A061", "S0-1C002P003R002A013"}) {
    EXPECT_THROW(parse_ntu_name(bad), ParseError) << bad;
  }
}

TEST_F(NtuTest, SplitsByPerformerOrCameraAndLeavesOutWhatIsListed) {
  const std::string text = "1\n1\n" + body("7", "1");
  for (const char* const name : {"S001C001P001R001A001", "S001C002P001R001A002",
                                 "S001C003P003R001A060", "S001C001P003R002A003"}) {
    folder_.write(std::string(name) + ".skeleton", text);
  }
  folder_.write("S001C002P002R002A004.skeleton.gz", test::gzip(text));
  folder_.write("S001C002P002R002A005.skeleton", "damaged");
  folder_.write("missing_skeletons.txt", "The list:\nS001C002P002R002A005\n");
  folder_.write("notes.txt", "");
  const ClipDataset subjects = load_ntu(folder_.path(), {.dev_fraction = 0.0f});
  EXPECT_EQ(subjects.num_classes(), 60);
  ASSERT_EQ(subjects.train.size(), 3u);
  EXPECT_EQ(subjects.train[0].name, "S001C001P001R001A001");
  EXPECT_EQ(subjects.train[2].label, 3);
  ASSERT_EQ(subjects.test.size(), 2u);
  EXPECT_EQ(subjects.test[1].label, 59);
  const ClipDataset views = load_ntu(
      folder_.path(), {.protocol = NtuProtocol::kCrossView, .dev_fraction = 0.5f, .seed = 3});
  EXPECT_EQ(views.train.size(), 2u);
  EXPECT_EQ(views.dev.size(), 1u);
  EXPECT_EQ(views.test.size(), 2u);
  EXPECT_THROW(load_ntu(folder_.path(), {.dev_fraction = 1.0f}), OptionError);
  folder_.write("S001C002P002R002A061.skeleton", text);
  EXPECT_THROW(load_ntu(folder_.path()), ParseError);
  EXPECT_THROW(load_ntu(folder_.path() / "none"), FileError);
}

}  // namespace
}  // namespace espalier::datasets
