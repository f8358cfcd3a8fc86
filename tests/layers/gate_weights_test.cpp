#include <espalier/layers/internal/gate_weights.h>

#include "tests/layers/testing.h"

namespace espalier {
namespace {

class GateWeightsTest : public testing::Test {
 protected:
  // [i 2; f 3; u o 3] over 4 columns; row r, column c holds 10 r + c.
  static Tensor values() {
    Tensor w = Tensor::zeros({8, 4});
    for (std::size_t r = 0; r < 8; ++r) {
      for (std::size_t c = 0; c < 4; ++c) w.at(r, c) = static_cast<float>(10 * r + c);
    }
    return w;
  }
  GateWeightsTest() : gates_(weight_, {{0, 2}, {5, 3}}, {{2, 3}}) {}

  static void pack(GateWeights& gates) {
    PackJobs jobs;
    gates.append_jobs({.forward = true, .backward = true}, jobs);
    jobs.run();
  }
  // The matrix that was packed: products with the identity.
  static Tensor unpacked(const PackedMatrix& packed) {
    Tensor identity = Tensor::zeros({packed.k(), packed.k()});
    for (std::size_t i = 0; i < packed.k(); ++i) identity.at(i, i) = 1.0f;
    Tensor result = Tensor::uninitialized({packed.k(), packed.n()});
    packed.multiply(identity.view(), result.view());
    return result;
  }
  static Tensor transposed(const Tensor& t) {
    Tensor result = Tensor::uninitialized({t.cols(), t.rows()});
    for (std::size_t r = 0; r < t.rows(); ++r) {
      for (std::size_t c = 0; c < t.cols(); ++c) result.at(c, r) = t.at(r, c);
    }
    return result;
  }
  Tensor rows(std::initializer_list<std::size_t> which) const {
    std::vector<float> values;
    for (const std::size_t r : which) {
      const auto row = weight_.value().row(r);
      values.insert(values.end(), row.begin(), row.end());
    }
    return Tensor::from_values({which.size(), 4}, values);
  }

  Variable weight_ = Variable::parameter(values());
  GateWeights gates_;
};

TEST_F(GateWeightsTest, PacksMainAndForgetGatesApart) {
  EXPECT_EQ(gates_.cols(), 4u);
  EXPECT_EQ(gates_.main_width(), 5u);
  EXPECT_EQ(gates_.forget_width(), 3u);
  pack(gates_);
  const Tensor main = rows({0, 1, 5, 6, 7}), forget = rows({2, 3, 4});
  EXPECT_TRUE(bitwise_equal(unpacked(gates_.forward_main()), transposed(main)));
  EXPECT_TRUE(bitwise_equal(unpacked(gates_.forward_forget()), transposed(forget)));
  EXPECT_TRUE(bitwise_equal(unpacked(gates_.backward_main()), main));
  EXPECT_TRUE(bitwise_equal(unpacked(gates_.backward_forget()), forget));
}

TEST_F(GateWeightsTest, PacksADirectionByItself) {
  pack(gates_);
  weight_.mutable_value().at(0, 0) = 99.0f;
  PackJobs jobs;
  gates_.append_jobs({.backward = true}, jobs);
  jobs.run();
  EXPECT_EQ(unpacked(gates_.forward_main()).at(0, 0), 0.0f);
  EXPECT_EQ(unpacked(gates_.backward_main()).at(0, 0), 99.0f);
}

TEST_F(GateWeightsTest, MayHaveNoForgetGate) {
  GateWeights all(weight_, {{0, 8}}, {});
  EXPECT_EQ(all.main_width(), 8u);
  EXPECT_EQ(all.forget_width(), 0u);
  pack(all);
  EXPECT_TRUE(bitwise_equal(unpacked(all.backward_main()), weight_.value()));
}

TEST_F(GateWeightsTest, GradientsReachTheGatesRows) {
  Tensor bias = Tensor::zeros({8});
  const Tensor delta = Tensor::from_values({2, 5}, {1, 2, 3, 4, 5, 10, 20, 30, 40, 50});
  const Tensor operand = Tensor::from_values({2, 4}, {1, 0, 0, 2, 0, 1, 0, 1});
  PoolVector<GradientProduct> products;
  append_gradient_products(weight_, gates_.main(), delta.view(), operand.view(), products);
  append_bias_products(bias, gates_.main(), delta.view(), products);
  add_gradient_products(products);
  const float by_gate[8] = {1, 2, 0, 0, 0, 3, 4, 5};
  for (std::size_t r = 0; r < 8; ++r) {
    const float d = by_gate[r];  // And ten times as much in the second row.
    EXPECT_EQ(bias.data()[r], 11 * d);
    EXPECT_TRUE(all_close(Tensor::from_values({4}, weight_.gradient().row(r)),
                          Tensor::from_values({4}, {d, 10 * d, 0, 12 * d})));
  }
}

TEST_F(GateWeightsTest, WhatRequiresNoGradientHasNoProducts) {
  const Variable fixed(values());
  const Tensor delta = Tensor::zeros({2, 5}), operand = Tensor::zeros({2, 4});
  PoolVector<GradientProduct> products;
  append_gradient_products(fixed, gates_.main(), delta.view(), operand.view(), products);
  EXPECT_TRUE(products.empty());
}

}  // namespace
}  // namespace espalier
