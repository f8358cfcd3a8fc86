#include <espalier/layers/embedding.h>

#include <cmath>

#include "tests/layers/testing.h"

namespace espalier {
namespace {

const std::vector<std::uint32_t> kWords = {4, 0, 4, 2};

TEST(EmbeddingLayerTest, LooksUpRowsOfTheTable) {
  Rng rng(1);
  const Embedding embedding(Tensor::from_values({3, 2}, {1, 2, 3, 4, 5, 6}));
  const std::vector<std::uint32_t> words = {2, 0, 2};
  EXPECT_TRUE(bitwise_equal(embedding.forward(words).value(),
                            Tensor::from_values({3, 2}, {5, 6, 1, 2, 5, 6})));
  EXPECT_EQ(embedding.forward({}).shape(), (Shape{0, 2}));
  EXPECT_EQ(embedding.parameter("weight").value().data(), embedding.table().value().data());
}

TEST(EmbeddingLayerTest, BeginsUniformWithinItsBound) {
  Rng rng(2);
  for (const float bound : {0.05f, 1.0f}) {
    const Embedding embedding(50, 20, rng, bound);
    EXPECT_EQ(embedding.table().shape(), (Shape{50, 20}));
    float greatest = 0;
    for (const float x : embedding.table().value().flat()) {
      greatest = std::max(greatest, std::abs(x));
    }
    EXPECT_LE(greatest, bound);
    EXPECT_GT(greatest, 0.9f * bound);
  }
}

TEST(EmbeddingLayerTest, GradientsReachTheRowsThatWereUsed) {
  Rng rng(3);
  const Embedding embedding(5, 3, rng);
  embedding.forward(kWords).sum().backward();
  const RowGradient& gradient = embedding.table().row_gradient();
  EXPECT_EQ(std::vector(gradient.rows().begin(), gradient.rows().end()),
            (std::vector<std::uint32_t>{0, 2, 4}));
  EXPECT_TRUE(
      bitwise_equal(gradient.values(), Tensor::from_values({3, 3}, {1, 1, 1, 1, 1, 1, 2, 2, 2})));
}

TEST(EmbeddingLayerTest, RefusesWhatDoesNotFit) {
  Rng rng(4);
  EXPECT_EQ(test::error_of<OptionError>([&] { Embedding(0, 3, rng); }),
            "num_words is 0, expected 1 or more");
  EXPECT_EQ(test::error_of<OptionError>([&] { Embedding(3, -1, rng); }),
            "size is -1, expected 1 or more");
  const Embedding embedding(4, 3, rng);
  EXPECT_NE(test::error_of<ShapeError>([&] {
              embedding.forward(kWords);
            }).find("id 4 at position 0, expected less than 4"),
            std::string::npos);
}

}  // namespace
}  // namespace espalier
