#include <espalier/data/labelled_clip.h>

#include <gtest/gtest.h>

#include <string>

namespace espalier {
namespace {

std::string fingerprint_of(const LabelledClip& clip) {
  Fingerprint fingerprint;
  fingerprint.add(clip);
  return fingerprint.text();
}

TEST(LabelledClipTest, EverythingButTheNameCounts) {
  LabelledClip clip{"one", SkeletonSequence(2, 1, 2), 3};
  clip.sequence.place(1, 0, 1, 1.0f, 2.0f, 3.0f);
  const std::string before = fingerprint_of(clip);

  LabelledClip other = clip;
  other.name = "two";
  EXPECT_EQ(fingerprint_of(other), before);
  other.label = 2;
  EXPECT_NE(fingerprint_of(other), before);
  other = clip;
  other.sequence.place(0, 0, 0, 0.0f, 0.0f, 0.0f);  // Seen now, at the same place.
  EXPECT_NE(fingerprint_of(other), before);
  other = clip;
  other.sequence.place(1, 0, 1, 1.0f, 2.0f, 4.0f);
  EXPECT_NE(fingerprint_of(other), before);
}

}  // namespace
}  // namespace espalier
