#include <espalier/models/part_lstm_classifier.h>

#include <gtest/gtest.h>

#include <vector>

#include <espalier/base/error.h>
#include <espalier/datasets/motions.h>
#include <espalier/ops/gradient_check.h>

namespace espalier::models {
namespace {

PartLSTMClassifierOptions small(bool part_aware = true) {
  return {.num_classes = 10,
          .body = describe(skeleton_named("ntu")),
          .reading = {.frames = 4, .frame_choice = ClipFrames::kSegments},
          .part_aware = part_aware,
          .part_size = 2,
          .dropout = 0.0f};
}

class PartLSTMClassifierTest : public testing::Test {
 protected:
  Rng rng_{1};
  ClipDataset data_ = datasets::generate_motions(
      {.num_train = 12, .num_dev = 0, .num_test = 0, .min_frames = 4, .max_frames = 9});
};

TEST_F(PartLSTMClassifierTest, GradientsMatchDifferences) {
  for (const bool part_aware : {true, false}) {
    const PartLSTMClassifier model(small(part_aware), rng_);
    const ClipBatch batch =
        model.make_batch(data_.train, std::vector<std::uint32_t>{0, 3, 5, 8}, rng_);
    const GradientCheck check =
        check_gradients([&] { return model.loss(batch, rng_); }, model.parameters());
    EXPECT_TRUE(check.ok) << check.to_string();
  }
}

// What a part does not read does not reach its memory in the first step, whose h' is 0; the output
// gate aside, which reads all. A part-aware network has fewer weights than an LSTM of its size.
TEST_F(PartLSTMClassifierTest, HasFewerWeightsThanAnLSTMOfItsSize) {
  const PartLSTMClassifier parts(small(), rng_), whole(small(false), rng_);
  EXPECT_LT(parts.num_parameters(), whole.num_parameters());
  EXPECT_EQ(parts.parameter("layers.0.parts.1.weight_ih").shape(), (Shape{6, 18}));
  EXPECT_EQ(parts.parameter("layers.1.parts.4.weight_ih").shape(), (Shape{6, 2}));
  EXPECT_EQ(whole.parameter("layers.0.parts.0.weight_ih").shape(), (Shape{30, 75}));
}

TEST_F(PartLSTMClassifierTest, PersonsAreReadSideBySide) {
  PartLSTMClassifierOptions options = small();
  options.num_persons = 2;
  const PartLSTMClassifier model(options, rng_);
  EXPECT_EQ(model.parameter("layers.0.parts.3.weight_ih").shape(), (Shape{6, 24}));
  LabelledClip clip{"clip", SkeletonSequence(5, 2, 25), 0};
  clip.sequence.place(0, 1, 3, 1.0f, 2.0f, 3.0f);
  const ClipBatch batch = model.make_batch({&clip, 1}, std::vector<std::uint32_t>{0}, rng_);
  EXPECT_EQ(batch.x.cols(), 150u);
  EXPECT_EQ(model.probabilities(batch).shape(), (Shape{1, 10}));
}

TEST_F(PartLSTMClassifierTest, RefusesWhatCannotBe) {
  PartLSTMClassifierOptions options = small();
  options.body.parts = "";
  EXPECT_THROW(PartLSTMClassifier(options, rng_), OptionError);
  options = small();
  options.part_size = 0;
  EXPECT_THROW(PartLSTMClassifier(options, rng_), OptionError);
}

}  // namespace
}  // namespace espalier::models
