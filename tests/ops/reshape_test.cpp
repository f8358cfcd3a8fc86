#include <espalier/ops/reshape.h>

#include "tests/ops/testing.h"

namespace espalier {
namespace {

const Shape kMatrices[] = {{1, 1}, {0, 3}, {3, 0}, {3, 5}, {33, 65}, {257, 190}};

TEST(ReshapeTest, KeepsTheElementsAndTheirOrder) {
  const Variable x = Variable::parameter(Tensor::from_values({2, 3}, {1, 2, 3, 4, 5, 6}));
  const Variable y = reshape(x, {3, 2});
  EXPECT_TRUE(bitwise_equal(y.value(), Tensor::from_values({3, 2}, {1, 2, 3, 4, 5, 6})));
  EXPECT_EQ(y.value().data(), x.value().data());
  EXPECT_EQ(reshape(x, {6}).shape(), Shape{6});
  EXPECT_EQ(reshape(Variable(Tensor::zeros({0, 3})), {4, 0}).shape(), Shape({4, 0}));
}

TEST(ReshapeTest, TransposesEveryElement) {
  Rng rng(1);
  for (const Shape& shape : kMatrices) {
    const Variable x = test::random_parameter(shape, rng);
    const Variable y = transpose(x);
    ASSERT_EQ(y.shape(), Shape({shape[1], shape[0]}));
    for (std::size_t r = 0; r < shape[0]; ++r) {
      for (std::size_t c = 0; c < shape[1]; ++c) ASSERT_EQ(y.value().at(c, r), x.value().at(r, c));
    }
    EXPECT_TRUE(bitwise_equal(transpose(y).value(), x.value()));
  }
}

TEST(ReshapeTest, GradientsMatch) {
  Rng rng(2);
  const Variable x = test::random_parameter({3, 4}, rng);
  EXPECT_TRUE(test::gradients_match([&] { return reshape(x, {2, 6}); }, {x}));
  EXPECT_TRUE(test::gradients_match([&] { return transpose(x); }, {x}));
  EXPECT_TRUE(test::gradients_match(
      [&] {
        return reshape(x, {4, 3}) * transpose(x) + reshape(tanh(x), {4, 3});
      },
      {x}));
}

TEST(ReshapeTest, GivesTheSameBitsAtAnyNumberOfThreads) {
  Rng rng(3);
  const Variable x = test::random_parameter({257, 190}, rng);
  EXPECT_TRUE(test::same_bits_at_any_number_of_threads([&] { return transpose(x); }, {x}));
  EXPECT_TRUE(test::same_bits_at_any_number_of_threads(
      [&] {
        return reshape(x, {190, 257});
      },
      {x}));
}

TEST(ReshapeTest, NamesBothShapes) {
  const Variable x(Tensor::zeros({2, 3}));
  EXPECT_EQ(test::error_of<ShapeError>([&] {
              reshape(x, {4, 2});
            }),
            "reshape: shape [2, 3] to [4, 2], expected as many elements");
  EXPECT_EQ(test::error_of<ShapeError>([&] { transpose(Variable(Tensor::zeros({3}))); }),
            "transpose: shape [3], expected [rows, columns]");
}

}  // namespace
}  // namespace espalier
