#include <espalier/ops/embedding.h>

#include <vector>

#include "tests/ops/testing.h"

namespace espalier {
namespace {

using Ids = std::vector<std::uint32_t>;

TEST(EmbeddingTest, LooksUpEachRow) {
  const Variable table(Tensor::from_values({3, 2}, {1, 2, 3, 4, 5, 6}));
  EXPECT_TRUE(bitwise_equal(embedding(table, Ids{2, 0, 2}).value(),
                            Tensor::from_values({3, 2}, {5, 6, 1, 2, 5, 6})));
  EXPECT_EQ(embedding(table, {}).shape(), Shape({0, 2}));
}

TEST(EmbeddingTest, TouchesOnlyTheNamedRows) {
  Rng rng(1);
  const Variable table = test::random_parameter({1000, 2}, rng);
  embedding(table, Ids{7, 3, 7}).backward(Tensor::from_values({3, 2}, {1, 2, 3, 4, 5, 6}));
  EXPECT_TRUE(table.gradient().empty());
  const RowGradient& gradient = table.row_gradient();
  EXPECT_EQ(Ids(gradient.rows().begin(), gradient.rows().end()), (Ids{3, 7}));
  EXPECT_TRUE(bitwise_equal(gradient.values(), Tensor::from_values({2, 2}, {3, 4, 6, 8})));
}

TEST(EmbeddingTest, GradientsMatch) {
  Rng rng(2);
  const Variable table = test::random_parameter({5, 3}, rng);
  EXPECT_TRUE(test::gradients_match([&] { return embedding(table, Ids{4, 0, 4, 1}); }, {table}));
  // Two uses and a dense part together.
  EXPECT_TRUE(test::gradients_match(
      [&] {
        return multiply(embedding(table, Ids{4, 0, 4, 1, 2}),
                        multiply(table, embedding(table, Ids{1, 1, 0, 2, 3})));
      },
      {table}));
}

// A row gradient of a value that is no parameter would have been lost.
TEST(EmbeddingTest, GivesAComputedTableItsGradient) {
  Rng rng(3);
  const Variable x = test::random_parameter({5, 3}, rng);
  EXPECT_TRUE(test::gradients_match([&] { return embedding(scale(x, 2), Ids{4, 0, 4, 1}); }, {x}));
}

TEST(EmbeddingTest, NamesTheIdOutOfRange) {
  const Variable table(Tensor::zeros({3, 2}));
  EXPECT_EQ(test::error_of<ShapeError>([&] {
              embedding(table, Ids{0, 3});
            }),
            "embedding: id 3 at position 1, expected less than 3");
}

}  // namespace
}  // namespace espalier
