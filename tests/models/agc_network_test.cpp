#include <espalier/models/agc_network.h>

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include <espalier/base/error.h>
#include <espalier/datasets/motions.h>
#include <espalier/ops/arithmetic.h>
#include <espalier/ops/gradient_check.h>
#include <espalier/ops/parallel.h>
#include <espalier/ops/training_mode.h>

namespace espalier::models {
namespace {

AGCNetworkOptions small(BodyStream stream = BodyStream::kJoints, bool attends = true) {
  return {.num_classes = 10,
          .body = describe(skeleton_named("ntu")),
          .reading = {.frames = 9},
          .stream = stream,
          .position_size = 2,
          .feature_size = 3,
          .hidden_size = 4,
          .partition = JointPartition::kDistance,
          .attends = attends,
          .dropout = 0.0f};
}

class AGCNetworkTest : public testing::Test {
 protected:
  ClipBatch batch(const AGCNetwork& network, std::vector<std::uint32_t> numbers) {
    return network.make_batch(data_.train, numbers, rng_);
  }

  Rng rng_{1};
  ClipDataset data_ = datasets::generate_motions(
      {.num_train = 20, .num_dev = 0, .num_test = 0, .min_frames = 9, .max_frames = 12});
};

// The parameters whose name has one of these in it: differences of all would take minutes.
std::vector<NamedParameter> some_parameters(const AGCNetwork& network,
                                            const std::vector<std::string>& parts) {
  std::vector<NamedParameter> some;
  for (const NamedParameter& p : network.parameters()) {
    for (const std::string& part : parts) {
      if (p.name.find(part) != std::string::npos) {
        some.push_back(p);
        break;
      }
    }
  }
  return some;
}

// The regularisers are there, and have gradients: only through them do some parameters count.
TEST_F(AGCNetworkTest, GradientsMatchDifferencesThroughAttentionAndRegularisers) {
  AGCNetworkOptions options = small();
  options.coverage = 3.0f;
  options.sparsity = 0.02f;
  const AGCNetwork network(options, rng_);
  const ClipBatch clips = batch(network, {0, 1, 7});
  const GradientCheck check = check_gradients(
      [&] { return network.loss(clips, rng_); },
      some_parameters(network, {"attention.score", "attention.bias", "layers.1.attention",
                                "position", "global", "local", "layers.2.bias"}),
      {.step = 3e-3f, .absolute_tolerance = 3e-3});
  EXPECT_TRUE(check.ok) << check.to_string();
}

// By hand: what the two weights add is what the header says.
TEST_F(AGCNetworkTest, RegularisersAreThoseOfTheHeader) {
  const auto loss_with = [&](float coverage, float sparsity) {
    AGCNetworkOptions options = small();
    options.coverage = coverage;
    options.sparsity = sparsity;
    Rng rng(5);
    const AGCNetwork network(options, rng);
    return static_cast<double>(network.loss(batch(network, {2, 3}), rng).item());
  };
  AGCNetworkOptions options = small();
  options.coverage = options.sparsity = 0.0f;
  const double none = loss_with(0.0f, 0.0f);
  const double coverage = loss_with(1.0f, 0.0f) - none, sparsity = loss_with(0.0f, 1.0f) - none;
  // Three layers of 25 joints whose alpha begins near 1/2.
  EXPECT_NEAR(coverage, 3 * 25 * 0.25, 8.0);
  EXPECT_NEAR(sparsity, 3 * 25.0 * 25.0 * 0.25, 200.0);
  EXPECT_NEAR(loss_with(2.0f, 3.0f), none + 2 * coverage + 3 * sparsity, 0.1);
}

TEST_F(AGCNetworkTest, EveryParameterLearns) {
  for (AGCNetworkOptions options : {small(BodyStream::kBoth), small(BodyStream::kParts, false)}) {
    options.reading.frames = 16;  // Two steps are left, or the last layer would feed nothing back.
    const AGCNetwork network(options, rng_);
    network.loss(batch(network, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}), rng_).backward();
    for (const NamedParameter& p : network.parameters()) {
      double size = 0.0;
      if (!p.variable.gradient().empty()) {
        for (const float g : p.variable.gradient().flat()) size += std::abs(g);
      }
      EXPECT_GT(size, 0.0) << p.name;
    }
  }
}

TEST_F(AGCNetworkTest, ProbabilitiesSumToOneAndTwoStreamsAreTheirMean) {
  const AGCNetwork both(small(BodyStream::kBoth), rng_);
  const ClipBatch clips = batch(both, {0, 5, 9});
  const Tensor p = both.probabilities(clips);
  ASSERT_EQ(p.shape(), (Shape{3, 10}));
  for (std::size_t clip = 0; clip < 3; ++clip) {
    double sum = 0.0;
    for (const float value : p.row(clip)) sum += value;
    EXPECT_NEAR(sum, 1.0, 1e-5);
  }
  Tensor mean = Tensor::zeros({3, 10});
  for (const auto stream : {BodyStream::kJoints, BodyStream::kParts}) {
    const AGCNetwork one(small(stream), rng_);
    for (const NamedParameter& of_one : one.parameters()) {
      of_one.variable.mutable_value() = both.parameter(of_one.name).value().clone();
    }
    const Tensor of_stream = one.probabilities(clips);
    for (std::size_t i = 0; i < mean.size(); ++i) mean.data()[i] += of_stream.data()[i] / 2.0f;
  }
  EXPECT_TRUE(all_close(p, mean));
}

// Two persons, in either order, and one of them absent.
TEST_F(AGCNetworkTest, TheOrderOfPersonsDoesNotMatterNorThatOneIsAbsent) {
  const AGCNetwork network(small(), rng_);
  const SkeletonSequence &a = data_.train[3].sequence, &b = data_.train[8].sequence;
  const auto with = [&](std::vector<const SkeletonSequence*> persons) {
    LabelledClip clip{"clip", SkeletonSequence(9, persons.size(), 25), 0};
    for (std::size_t person = 0; person < persons.size(); ++person) {
      if (persons[person] == nullptr) continue;
      for (std::size_t frame = 0; frame < 9; ++frame) {
        for (std::size_t joint = 0; joint < 25; ++joint) {
          const auto at = persons[person]->at(frame, 0, joint);
          clip.sequence.place(frame, person, joint, at[0], at[1], at[2]);
        }
      }
    }
    return clip;
  };
  AGCNetworkOptions options = small();
  options.reading.coordinates = ClipCoordinates::kAsTheyAre;
  const AGCNetwork plain(options, rng_);
  const auto answer = [&](const LabelledClip& clip) {
    return plain.probabilities(plain.make_batch({&clip, 1}, std::vector<std::uint32_t>{0}, rng_));
  };
  EXPECT_TRUE(all_close(answer(with({&a, &b})), answer(with({&b, &a})), 1e-6f, 1e-7f));
  EXPECT_TRUE(bitwise_equal(answer(with({&a, nullptr})), answer(with({&a}))));
  EXPECT_TRUE(bitwise_equal(answer(with({nullptr, &a})), answer(with({&a}))));
  EXPECT_FALSE(all_close(answer(with({&a, &b})), answer(with({&a}))));
}

TEST_F(AGCNetworkTest, AttentionIsOfStepsAndJoints) {
  const AGCNetwork network(small(BodyStream::kBoth), rng_);
  const ClipBatch clips = batch(network, {0, 1});
  const auto joints = network.attention(clips, BodyStream::kJoints);
  EXPECT_EQ(joints.alpha.shape(), (Shape{2, 25}));  // 9 frames, 4, 2, 1.
  EXPECT_EQ(joints.frames_per_step, 8u);
  EXPECT_EQ(network.attention(clips, BodyStream::kParts).alpha.shape(), (Shape{2, 5}));
  for (const float alpha : joints.alpha.flat()) {
    EXPECT_GT(alpha, 0.0f);
    EXPECT_LT(alpha, 1.0f);
  }
  EXPECT_THROW(network.attention(clips, BodyStream::kBoth), OptionError);
  const AGCNetwork without(small(BodyStream::kJoints, false), rng_);
  EXPECT_THROW(without.attention(clips, BodyStream::kJoints), OptionError);
}

TEST_F(AGCNetworkTest, HasTheSameBitsAtAnyNumberOfThreads) {
  AGCNetworkOptions options = small(BodyStream::kBoth);
  options.dropout = 0.3f;
  const AGCNetwork network(options, rng_);
  const auto run = [&](int threads) {
    set_num_threads(threads);
    const Training training;
    Rng rng(3);
    network.clear_gradients();
    const std::vector<std::uint32_t> numbers = {0, 3, 5, 7, 11, 13};
    const Variable loss = network.loss(network.make_batch(data_.train, numbers, rng), rng);
    loss.backward();
    std::vector<Tensor> results;
    results.push_back(loss.value().clone());
    for (const NamedParameter& p : network.parameters()) {
      results.push_back(p.variable.gradient().clone());
    }
    return results;
  };
  const auto one = run(1), two = run(2);
  for (std::size_t i = 0; i < one.size(); ++i) EXPECT_TRUE(bitwise_equal(one[i], two[i])) << i;
}

TEST_F(AGCNetworkTest, RefusesWhatCannotBe) {
  AGCNetworkOptions options = small();
  options.reading.frames = 7;
  EXPECT_THROW(AGCNetwork(options, rng_), OptionError);
  options = small();
  options.num_classes = 1;
  EXPECT_THROW(AGCNetwork(options, rng_), OptionError);
  options = small(BodyStream::kParts);
  options.body.parts = "";
  EXPECT_THROW(AGCNetwork(options, rng_), GraphError);
  const AGCNetwork network(small(), rng_);
  data_.train[1].label = 10;
  EXPECT_THROW(network.check(data_.train), ShapeError);
  data_.train[1].label = 1;
  data_.train[0].sequence = SkeletonSequence(9, 1, 20);
  EXPECT_THROW(network.check(data_.train), ShapeError);
}

}  // namespace
}  // namespace espalier::models
