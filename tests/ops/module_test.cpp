#include <espalier/ops/module.h>

#include "tests/ops/testing.h"

namespace espalier {
namespace {

class Inner : public Module {
 public:
  Inner() {
    weight = add_parameter("weight", Tensor::zeros({2, 3}));
    bias = add_parameter("bias", Tensor::zeros({3}));
  }
  Variable weight;
  Variable bias;
};

class Outer : public Module {
 public:
  Outer() {
    scale_by = add_parameter("scale", Tensor::zeros({1}));
    add_module("first", first);
    add_module("second", second);
  }
  Variable scale_by;
  Inner first;
  Inner second;
};

TEST(ModuleTest, ListsItsOwnAndItsPartsParametersInOrder) {
  const Outer outer;
  std::vector<std::string> names;
  for (const NamedParameter& p : outer.parameters()) names.push_back(p.name);
  EXPECT_EQ(names, (std::vector<std::string>{"scale", "first.weight", "first.bias", "second.weight",
                                             "second.bias"}));
  EXPECT_EQ(outer.num_parameters(), 1u + 2 * 9);
}

class Stack : public Module {
 public:
  Stack() {
    add_module_with_ending("_l0", first);
    add_module_with_ending("_l0_reverse", second);
    add_module_with_ending("", third);
  }
  Inner first, second, third;
};

TEST(ModuleTest, ListsParametersByEndingToo) {
  const Stack stack;
  std::vector<std::string> names;
  for (const NamedParameter& p : stack.parameters()) names.push_back(p.name);
  EXPECT_EQ(names, (std::vector<std::string>{"weight_l0", "bias_l0", "weight_l0_reverse",
                                             "bias_l0_reverse", "weight", "bias"}));
  stack.parameter("bias_l0_reverse").mutable_value().fill(5);
  EXPECT_EQ(stack.second.bias.value().at(0, 1), 5.0f);
  EXPECT_EQ(stack.first.bias.value().at(0, 1), 0.0f);
}

TEST(ModuleTest, SharesTheParametersOfItsParts) {
  const Outer outer;
  outer.parameter("second.bias").mutable_value().fill(5);
  EXPECT_EQ(outer.second.bias.value().at(0, 1), 5.0f);
  EXPECT_EQ(outer.first.bias.value().at(0, 1), 0.0f);
}

TEST(ModuleTest, ClearsEveryGradient) {
  const Outer outer;
  outer.first.weight.sum().backward();
  EXPECT_FALSE(outer.first.weight.gradient().empty());
  outer.clear_gradients();
  EXPECT_TRUE(outer.first.weight.gradient().empty());
}

TEST(ModuleTest, NamesTheParametersThereAre) {
  const Inner inner;
  EXPECT_EQ(test::error_of<OptionError>([&] { inner.parameter("wieght"); }),
            "no parameter \"wieght\"; there are: weight bias");
}

}  // namespace
}  // namespace espalier
