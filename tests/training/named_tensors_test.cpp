#include <espalier/training/named_tensors.h>

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include <espalier/base/error.h>

#include "tests/training/training_test_support.h"

namespace espalier::training {
namespace {

TEST(NamedTensorsTest, LoadsBitForBit) {
  Rng rng(1);
  const std::vector<NamedParameter> from{test::random_parameter("a", {2, 3}, rng)};
  const std::vector<NamedParameter> to{test::random_parameter("a", {2, 3}, rng)};
  const std::uint64_t version = to[0].variable.version();
  load_parameters(to, clone_values(from), "file");
  EXPECT_TRUE(bitwise_equal(to[0].variable.value(), from[0].variable.value()));
  EXPECT_GT(to[0].variable.version(), version);
}

TEST(NamedTensorsTest, NamesAllThatDoesNotFitAndChangesNothing) {
  Rng rng(1);
  const std::vector<NamedParameter> to{test::random_parameter("a", {2, 3}, rng),
                                       test::random_parameter("b", {2}, rng),
                                       test::random_parameter("c", {2}, rng)};
  const NamedTensors before = clone_values(to);
  NamedTensors values = clone(before);
  values.at("a") = Tensor::zeros({3, 2});
  values.erase("b");
  values.at("c").fill(7.0f);
  values.emplace("d", Tensor::zeros({1}));
  const std::string text = test::error_of<Error>([&] { load_parameters(to, values, "w.st"); });
  EXPECT_EQ(text,
            "w.st does not fit; missing: \"b\"; not expected: \"d\"; of another shape: \"a\" has "
            "[3, 2], expected [2, 3]");
  for (const NamedParameter& p : to) {
    EXPECT_TRUE(bitwise_equal(p.variable.value(), before.at(p.name)));
  }
}

TEST(NamedTensorsTest, NamesAWeightThatIsNotFinite) {
  NamedTensors values;
  values.emplace("a", Tensor::from_values({2}, {1, -3e38f}));
  values.emplace("b", Tensor::from_values({2, 2}, {1, 2, NAN, 4}));
  EXPECT_EQ(test::error_of<ParseError>([&] { check_finite(values, "w.st"); }),
            "w.st: tensor \"b\": number 3 of 4 is nan, expected finite weights");
  values.at("b").fill(-INFINITY);
  EXPECT_THROW(check_finite(values, "w.st"), ParseError);
  values.erase("b");
  check_finite(values, "w.st");
}

TEST(NamedTensorsTest, AMessageStaysShort) {
  NamedTensors values;
  for (char c = 'a'; c <= 'z'; ++c) values.emplace(std::string(1, c), Tensor::zeros({1}));
  const std::string text = test::error_of<Error>([&] { load_parameters({}, values, "w.st"); });
  EXPECT_TRUE(test::contains(text, "\"h\" and 18 more")) << text;
}

}  // namespace
}  // namespace espalier::training
