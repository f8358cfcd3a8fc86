#include <espalier/ops/weighted_sum.h>

#include <vector>

#include "tests/ops/testing.h"
#include "tests/support/errors.h"

namespace espalier {
namespace {

TEST(WeightedSumTest, AgreesWithItsFormulaAndGradientsMatchDifferences) {
  Rng rng(1);
  for (const std::size_t rows : {0u, 1u, 2u, 700u}) {
    for (const std::size_t num_parts : {1u, 3u}) {
      for (const std::size_t weight_rows : {std::size_t{1}, rows}) {
        std::vector<Variable> parts;
        for (std::size_t p = 0; p < num_parts; ++p) {
          parts.push_back(test::random_parameter({rows, 5}, rng));
        }
        const Variable weights = test::random_parameter({weight_rows, num_parts}, rng);
        const Variable y = weighted_sum(parts, weights);
        for (std::size_t r = 0; r < rows; ++r) {
          for (std::size_t c = 0; c < 5; ++c) {
            double expected = 0.0;
            for (std::size_t p = 0; p < num_parts; ++p) {
              expected += static_cast<double>(weights.value().at(weight_rows == 1 ? 0 : r, p)) *
                          static_cast<double>(parts[p].value().at(r, c));
            }
            EXPECT_NEAR(y.value().at(r, c), expected, 1e-5);
          }
        }
        const auto check = [&](std::initializer_list<Variable> all) {
          const auto sum = [&] { return weighted_sum(parts, weights); };
          EXPECT_TRUE(rows > 2 || test::gradients_match(sum, all));
          EXPECT_TRUE(test::same_bits_at_any_number_of_threads(sum, all));
        };
        num_parts == 1 ? check({parts[0], weights})
                       : check({parts[0], parts[1], parts[2], weights});
      }
    }
  }
}

TEST(WeightedSumTest, RefusesWhatDoesNotFit) {
  const Variable part(Tensor::zeros({4, 2})), other(Tensor::zeros({4, 3}));
  const std::vector<Variable> parts = {part, part};
  EXPECT_EQ(test::error_of<ShapeError>([&] { weighted_sum({}, part); }),
            "weighted sum of no part, expected one or more");
  EXPECT_EQ(test::error_of<ShapeError>([&] {
              weighted_sum(std::vector{part, other}, part);
            }),
            "a part of a sum: shape [4, 3], expected [4, 2]");
  EXPECT_EQ(test::error_of<ShapeError>([&] { weighted_sum(parts, other); }),
            "weights of a sum: shape [4, 3], expected [4, 2]");
}

}  // namespace
}  // namespace espalier
