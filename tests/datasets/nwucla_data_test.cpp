#include <espalier/datasets/nwucla.h>

#include <gtest/gtest.h>

#include <array>

#include "tests/datasets/published_data.h"

namespace espalier::datasets {
namespace {

// As the data's own tables have them.
TEST(NwuclaDataTest, HasThePublishedClips) {
  ESPALIER_SKIP_WITHOUT(test::published_data() / "nwucla");
  const ClipDataset data = load_nwucla(test::published_data() / "nwucla");
  EXPECT_EQ(data.train.size() + data.dev.size(), 1020u);
  EXPECT_EQ(data.test.size(), 464u);
  std::array<int, 10> counts = {};
  std::size_t frames = 0;
  for (const LabelledClip& clip : data.test) {
    ++counts[static_cast<std::size_t>(clip.label)];
    frames += clip.sequence.num_frames();
  }
  EXPECT_EQ(counts, (std::array<int, 10>{48, 50, 45, 49, 47, 47, 43, 43, 47, 45}));
  EXPECT_EQ(frames, 14390u);
  std::size_t lost = 0;
  for (const auto* const split : {&data.train, &data.dev, &data.test}) {
    for (const LabelledClip& clip : *split) {
      for (std::size_t frame = 0; frame < clip.sequence.num_frames(); ++frame) {
        for (std::size_t joint = 0; joint < 20; ++joint) {
          lost += clip.sequence.is_seen(frame, 0, joint) ? 0 : 1;
        }
      }
    }
  }
  EXPECT_EQ(lost, 12u);
  const ClipDataset clean =
      load_nwucla(test::published_data() / "nwucla", {.protocol = NwuclaProtocol::kClean});
  EXPECT_EQ(clean.train.size() + clean.dev.size(), 925u);
}

}  // namespace
}  // namespace espalier::datasets
