#include <espalier/layers/dropout.h>

#include <espalier/ops/training_mode.h>

#include <cmath>
#include <limits>

#include "tests/layers/testing.h"

namespace espalier {
namespace {

TEST(DropoutLayerTest, DropsWhileTrainingAlone) {
  Rng rng(1);
  const Dropout dropout(0.5f);
  EXPECT_EQ(dropout.probability(), 0.5f);
  for (const Variable& x : {Variable::parameter(Tensor::filled({20, 30}, 1.0f)),
                            Variable(Tensor::filled({20, 30}, 1.0f))}) {
    const Training training;
    const Variable y = dropout.forward(x, rng);
    std::size_t dropped = 0;
    for (const float value : y.value().flat()) {
      EXPECT_TRUE(value == 0.0f || value == 2.0f);
      dropped += value == 0.0f;
    }
    EXPECT_NEAR(static_cast<double>(dropped), 300.0, 60.0);
    const Evaluating evaluating;
    const Rng::State before = rng.state();
    EXPECT_TRUE(bitwise_equal(dropout.forward(x, rng).value(), x.value()));
    EXPECT_EQ(rng.state(), before);
  }
}

TEST(DropoutLayerTest, GradientsPassWhereValuesDo) {
  Rng rng(2);
  const Variable x = Variable::parameter(Tensor::filled({20, 30}, 3.0f));
  const Training training;
  const Variable y = Dropout(0.25f).forward(x, rng);
  const Tensor values = y.value().clone();
  y.sum().backward();
  for (std::size_t i = 0; i < values.size(); ++i) {
    EXPECT_FLOAT_EQ(x.gradient().data()[i], values.data()[i] / 3.0f);
  }
}

TEST(DropoutLayerTest, RefusesWhatIsNoProbability) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const float p : {-0.1f, 1.0f, 2.0f, nan}) {
    EXPECT_EQ(test::error_of<OptionError>([&] { Dropout{p}; }),
              message("dropout probability ", p, ", expected 0 <= p < 1"));
  }
}

}  // namespace
}  // namespace espalier
