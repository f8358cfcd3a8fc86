#include <espalier/ops/linear.h>

#include <atomic>
#include <cmath>
#include <latch>
#include <thread>

#include "tests/ops/testing.h"

namespace espalier {
namespace {

using test::error_of;

TEST(LinearTest, AgreesWithPlainLoops) {
  Rng rng(1);
  for (const std::size_t rows : {0u, 1u, 3u, 70u}) {
    const Variable x = test::random_parameter({rows, 5}, rng);
    const LinearWeight weight(test::random_parameter({4, 5}, rng));
    const Variable bias = test::random_parameter({4}, rng);
    EXPECT_EQ(weight.inputs(), 5u);
    EXPECT_EQ(weight.outputs(), 4u);
    for (const bool with_bias : {false, true}) {
      const Variable y = linear(x, weight, with_bias ? bias : Variable());
      ASSERT_EQ(y.shape(), (Shape{rows, 4}));
      for (std::size_t r = 0; r < rows; ++r) {
        for (std::size_t o = 0; o < 4; ++o) {
          double sum = with_bias ? static_cast<double>(bias.value().data()[o]) : 0.0;
          for (std::size_t i = 0; i < 5; ++i) {
            sum += static_cast<double>(x.value().at(r, i)) *
                   static_cast<double>(weight.variable().value().at(o, i));
          }
          EXPECT_NEAR(y.value().at(r, o), sum, 1e-5);
        }
      }
    }
  }
}

TEST(LinearTest, GradientsMatchFiniteDifferences) {
  Rng rng(2);
  const Variable x = test::random_parameter({3, 5}, rng);
  const LinearWeight weight(test::random_parameter({4, 5}, rng));
  const Variable bias = test::random_parameter({4}, rng);
  EXPECT_TRUE(
      test::gradients_match([&] { return linear(x, weight, bias); }, {x, weight.variable(), bias}));
  EXPECT_TRUE(
      test::gradients_match([&] { return linear(x, weight, Variable()); }, {x, weight.variable()}));
}

TEST(LinearTest, AddsToAGradientThatIsThere) {
  Rng rng(8);
  const Variable x = Variable::parameter(normal_tensor({70, 5}, 1.0f, rng));
  const LinearWeight a(Variable::parameter(normal_tensor({4, 5}, 1.0f, rng)));
  const LinearWeight b(Variable::parameter(normal_tensor({4, 5}, 1.0f, rng)));
  linear(x, a, Variable()).sum().backward();
  const Tensor of_a = x.gradient().clone();
  x.clear_gradient();
  linear(x, b, Variable()).sum().backward();
  const Tensor of_b = x.gradient().clone();
  linear(x, a, Variable()).sum().backward();
  for (std::size_t i = 0; i < of_a.size(); ++i) {
    EXPECT_NEAR(x.gradient().data()[i], of_a.data()[i] + of_b.data()[i], 1e-5f);
  }
}

TEST(LinearTest, GradientsReachThoseThatRequireOneAlone) {
  Rng rng(3);
  const Tensor x = normal_tensor({3, 5}, 1.0f, rng);
  const Tensor w = normal_tensor({4, 5}, 1.0f, rng);
  const Tensor b = normal_tensor({4}, 1.0f, rng);
  const Variable all_x = Variable::parameter(x.clone()), all_b = Variable::parameter(b.clone());
  const LinearWeight all_w(Variable::parameter(w.clone()));
  linear(all_x, all_w, all_b).sum().backward();

  for (unsigned which = 1; which < 8; ++which) {
    const auto made = [&](unsigned bit, const Tensor& value) {
      return (which & bit) != 0 ? Variable::parameter(value.clone()) : Variable(value.clone());
    };
    const Variable some_x = made(1, x), some_b = made(4, b);
    const LinearWeight some_w(made(2, w));
    linear(some_x, some_w, some_b).sum().backward();
    const auto as_expected = [](const Variable& some, const Variable& all) {
      return some.requires_gradient() ? bitwise_equal(some.gradient(), all.gradient())
                                      : some.gradient().empty();
    };
    EXPECT_TRUE(as_expected(some_x, all_x)) << which;
    EXPECT_TRUE(as_expected(some_w.variable(), all_w.variable())) << which;
    EXPECT_TRUE(as_expected(some_b, all_b)) << which;
  }
}

TEST(LinearTest, GivesTheSameBitsAtAnyNumberOfThreads) {
  Rng rng(4);
  const Variable x = test::random_parameter({500, 150}, rng);
  const LinearWeight weight(test::random_parameter({300, 150}, rng));
  const Variable bias = test::random_parameter({300}, rng);
  EXPECT_TRUE(test::same_bits_at_any_number_of_threads([&] { return linear(x, weight, bias); },
                                                       {x, weight.variable(), bias}));
}

TEST(LinearTest, PacksAnewWhenTheWeightHasChanged) {
  Rng rng(5);
  const Variable x = test::random_parameter({3, 5}, rng);
  const LinearWeight weight(test::random_parameter({4, 5}, rng));
  // NOLINTNEXTLINE(performance-unnecessary-copy-initialization): the copy is what is tested.
  const LinearWeight copy = weight;
  const auto x_gradient = [&](const LinearWeight& w) {
    x.clear_gradient();
    linear(x, w, Variable()).sum().backward();
    return x.gradient().clone();
  };
  x_gradient(weight);  // Packed both ways.
  for (int change = 0; change < 3; ++change) {
    weight.variable().mutable_value().fill(static_cast<float>(change));
    const LinearWeight fresh(Variable::parameter(weight.variable().value().clone()));
    for (const LinearWeight& w : {weight, copy}) {
      EXPECT_TRUE(
          bitwise_equal(linear(x, w, Variable()).value(), linear(x, fresh, Variable()).value()));
      EXPECT_TRUE(bitwise_equal(x_gradient(w), x_gradient(fresh)));
    }
  }
}

TEST(LinearTest, RefusesWhatDoesNotFit) {
  Rng rng(6);
  const LinearWeight weight(test::random_parameter({4, 5}, rng));
  const auto error = [&](const Shape& x, const Shape& bias) {
    return error_of<ShapeError>(
        [&] { linear(Variable(Tensor::zeros(x)), weight, Variable(Tensor::zeros(bias))); });
  };
  EXPECT_EQ(error({3, 6}, {4}), "input of a linear map: shape [3, 6], expected [3, 5]");
  EXPECT_EQ(error({5}, {4}), "input of a linear map: shape [5], expected [1, 5]");
  EXPECT_EQ(error({3, 5}, {5}), "bias of a linear map: shape [5], expected [4]");
  EXPECT_EQ(error_of<ShapeError>([] {
              LinearWeight(Variable(Tensor::zeros({0, 3})));
            }),
            "a [3, 0] matrix to multiply with");
}

// A model that is served is first asked by several threads at once.
TEST(LinearTest, ManyThreadsMayAskAFreshWeight) {
  Rng rng(5);
  const Variable x(normal_tensor({3, 40}, 1.0f, rng));
  const Variable w = test::random_parameter({30, 40}, rng);
  const NoRecording no_recording;
  const Variable expected = linear(x, LinearWeight(w), {});
  for (int round = 0; round < 50; ++round) {
    const LinearWeight fresh(w);
    std::latch ready(8);
    std::atomic<int> wrong = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([&] {
        const NoRecording none_here;
        ready.arrive_and_wait();
        wrong += !bitwise_equal(linear(x, fresh, {}).value(), expected.value());
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(wrong, 0);
  }
}

}  // namespace
}  // namespace espalier
