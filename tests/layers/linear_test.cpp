#include <espalier/layers/linear.h>

#include <espalier/ops/gradient_check.h>

#include "tests/layers/testing.h"

namespace espalier {
namespace {

TEST(LinearLayerTest, AgreesWithPlainLoops) {
  Rng rng(1);
  for (const bool bias : {true, false}) {
    const Linear layer({.input_size = 5, .output_size = 3, .bias = bias}, rng);
    ASSERT_EQ(layer.parameters().size(), bias ? 2u : 1u);
    const Tensor& w = layer.parameter("weight").value();
    ASSERT_EQ(w.shape(), (Shape{3, 5}));
    const Variable x(normal_tensor({7, 5}, 1.0f, rng));
    const Variable y = layer.forward(x);
    for (std::size_t r = 0; r < 7; ++r) {
      for (std::size_t o = 0; o < 3; ++o) {
        float sum = bias ? layer.parameter("bias").value().data()[o] : 0.0f;
        for (std::size_t i = 0; i < 5; ++i) sum += x.value().at(r, i) * w.at(o, i);
        EXPECT_NEAR(y.value().at(r, o), sum, 1e-5);
      }
    }
  }
}

TEST(LinearLayerTest, GradientsMatchFiniteDifferences) {
  Rng rng(2);
  const Linear layer({.input_size = 5, .output_size = 3}, rng);
  const Variable x(normal_tensor({4, 5}, 1.0f, rng));
  const Variable weights(normal_tensor({4, 3}, 1.0f, rng));
  const GradientCheck check =
      check_gradients([&] { return layer.forward(x) * weights; }, layer.parameters());
  EXPECT_TRUE(check.ok) << check.to_string();
  EXPECT_EQ(check.num_checked, 18u);
}

TEST(LinearLayerTest, StillWorksWhenMoved) {
  Rng rng(3);
  Linear layer({.input_size = 5, .output_size = 3}, rng);
  const Variable x(normal_tensor({4, 5}, 1.0f, rng));
  const Tensor before = layer.forward(x).value().clone();
  const Linear moved = std::move(layer);
  EXPECT_TRUE(bitwise_equal(moved.forward(x).value(), before));
  moved.parameter("weight").mutable_value().fill(0.0f);
  EXPECT_TRUE(all_close(moved.forward(Variable(Tensor::zeros({1, 5}))).value(),
                        Tensor::from_values({1, 3}, moved.parameter("bias").value().flat())));
}

TEST(LinearLayerTest, RefusesWhatDoesNotFit) {
  Rng rng(4);
  EXPECT_EQ(test::error_of<OptionError>([&] { Linear({.input_size = 0, .output_size = 3}, rng); }),
            "input_size is 0, expected 1 or more");
  EXPECT_EQ(test::error_of<OptionError>([&] { Linear({.input_size = 3, .output_size = 0}, rng); }),
            "output_size is 0, expected 1 or more");
  const Linear layer({.input_size = 5, .output_size = 3}, rng);
  EXPECT_EQ(test::error_of<ShapeError>([&] {
              layer.forward(Variable(Tensor::zeros({2, 4})));
            }),
            "input of a linear map: shape [2, 4], expected [2, 5]");
}

}  // namespace
}  // namespace espalier
