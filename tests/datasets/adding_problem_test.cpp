#include <espalier/datasets/adding_problem.h>

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include <espalier/base/error.h>

#include "tests/support/errors.h"

namespace espalier::datasets {
namespace {

using test::error_of;

std::vector<float> values_of(const Tensor& tensor) {
  const auto flat = tensor.flat();
  return {flat.begin(), flat.end()};
}

TEST(AddingProblemTest, MarksOneNumberInEachHalfAndAddsThem) {
  for (const std::size_t length : {2u, 3u, 10u, 101u}) {
    const auto problem =
        generate_adding_problem({.num_train = 200, .num_dev = 5, .num_test = 6, .length = length});
    EXPECT_EQ(problem.train.size(), 200u);
    EXPECT_EQ(problem.dev.size(), 5u);
    EXPECT_EQ(problem.test.size(), 6u);
    std::set<std::size_t> places;
    for (std::size_t i = 0; i < 200; ++i) {
      const Tensor& input = problem.train[i].inputs;
      ASSERT_EQ(input.shape(), (Shape{length, 2}));
      float sum = 0;
      std::vector<std::size_t> marked;
      for (std::size_t t = 0; t < length; ++t) {
        ASSERT_TRUE(input.at(t, 0) >= 0 && input.at(t, 0) < 1);
        ASSERT_TRUE(input.at(t, 1) == 0 || input.at(t, 1) == 1);
        if (input.at(t, 1) == 1) marked.push_back(t);
        sum += input.at(t, 1) * input.at(t, 0);
      }
      ASSERT_EQ(marked.size(), 2u);
      EXPECT_LT(marked[0], length / 2);
      EXPECT_GE(marked[1], length / 2);
      EXPECT_EQ(problem.train[i].target, sum);
      places.insert(marked.begin(), marked.end());
    }
    EXPECT_GT(places.size(), std::min<std::size_t>(length, 80) - 1);  // Markers come everywhere.
  }
}

TEST(AddingProblemTest, HasAVarianceOfASixth) {
  const auto problem =
      generate_adding_problem({.num_train = 20'000, .num_dev = 0, .num_test = 0, .length = 4});
  double squares = 0;
  for (const RegressionExample& example : problem.train) {
    squares += (example.target - 1.0) * (example.target - 1.0);
  }
  EXPECT_NEAR(squares / 20'000, 1.0 / 6, 0.005);
}

TEST(AddingProblemTest, DrawsLengthsWhereAskedTo) {
  const auto problem = generate_adding_problem(
      {.num_train = 300, .num_dev = 0, .num_test = 0, .length = 8, .min_length = 5});
  std::set<std::size_t> lengths;
  for (const RegressionExample& example : problem.train) {
    lengths.insert(example.inputs.shape()[0]);
  }
  EXPECT_EQ(lengths, (std::set<std::size_t>{5, 6, 7, 8}));
}

TEST(AddingProblemTest, DrawsExamplesIndependently) {
  const auto few = generate_adding_problem(
      {.num_train = 3, .num_dev = 2, .num_test = 2, .length = 9, .seed = 4});
  const auto many = generate_adding_problem(
      {.num_train = 7, .num_dev = 5, .num_test = 2, .length = 9, .seed = 4});
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(values_of(few.train[i].inputs), values_of(many.train[i].inputs));
  }
  EXPECT_EQ(values_of(few.dev[1].inputs), values_of(many.dev[1].inputs));
  EXPECT_EQ(values_of(few.test[1].inputs), values_of(many.test[1].inputs));
  EXPECT_NE(values_of(few.train[0].inputs), values_of(few.dev[0].inputs));
  EXPECT_NE(values_of(few.train[0].inputs), values_of(few.train[1].inputs));
  const auto other = generate_adding_problem(
      {.num_train = 1, .num_dev = 0, .num_test = 0, .length = 9, .seed = 5});
  EXPECT_NE(values_of(few.train[0].inputs), values_of(other.train[0].inputs));
}

TEST(AddingProblemTest, RefusesLengthsOutOfRange) {
  const auto error = [](const AddingProblemOptions& options) {
    return error_of<OptionError>([&] { generate_adding_problem(options); });
  };
  EXPECT_EQ(error({.length = 1}), "length is 1, expected >= 2");
  EXPECT_EQ(error({.length = 9, .min_length = 1}),
            "min_length is 1, expected 0 or 2 .. 9, the length");
  EXPECT_EQ(error({.length = 9, .min_length = 10}),
            "min_length is 10, expected 0 or 2 .. 9, the length");
}

}  // namespace
}  // namespace espalier::datasets
