#include <espalier/ops/variable.h>

#include <thread>

#include "tests/ops/testing.h"

namespace espalier {
namespace {

Variable number(float value) { return Variable::parameter(Tensor::filled({1}, value)); }

TEST(VariableTest, AddsUpTheGradientOfAValueUsedTwice) {
  const Variable x = number(3);
  const Variable square = multiply(x, x);
  add(multiply(square, x), square).backward();  // x^3 + x^2
  EXPECT_EQ(x.gradient().item(), 3 * 9 + 2 * 3);
}

TEST(VariableTest, AddsUpGradientsUntilTheyAreCleared) {
  const Variable x = number(3);
  scale(x, 2).backward();
  scale(x, 5).backward();
  EXPECT_EQ(x.gradient().item(), 7.0f);
  x.clear_gradient();
  EXPECT_TRUE(x.gradient().empty());
}

TEST(VariableTest, KeepsNoGradientButTheParameters) {
  const Variable x = number(3);
  const Variable c(Tensor::filled({1}, 2.0f));
  const Variable y = multiply(x, c);
  scale(y, 4).backward();
  EXPECT_EQ(x.gradient().item(), 8.0f);
  EXPECT_TRUE(y.gradient().empty());
  EXPECT_TRUE(c.gradient().empty());
  EXPECT_FALSE(c.requires_gradient());
}

TEST(VariableTest, SumsInDouble) {
  const Variable x = Variable::parameter(Tensor::filled({1u << 25}, 1.0f));
  const Variable sum = x.sum();  // Beyond 2^24 a float no longer counts by ones.
  EXPECT_EQ(sum.item(), 0x1p25f);
  sum.backward();
  EXPECT_EQ(x.gradient().flat()[12345], 1.0f);
}

TEST(VariableTest, TakesASeed) {
  const Variable x = Variable::parameter(Tensor::from_values({2}, {1, 2}));
  multiply(x, x).backward(Tensor::from_values({2}, {1, 10}));
  EXPECT_TRUE(bitwise_equal(x.gradient(), Tensor::from_values({2}, {2, 40})));
}

TEST(VariableTest, RefusesASecondBackward) {
  const Variable x = number(3);
  const Variable y = multiply(x, x);
  y.backward();
  const std::string expected =
      "backward: the record was used up by an earlier backward(); compute the value again";
  EXPECT_EQ(test::error_of<Error>([&] { y.backward(); }), expected);
}

TEST(VariableTest, ChangesNoGradientIfAPartOfTheRecordIsUsedUp) {
  const Variable x = number(3);
  const Variable y = multiply(x, x);
  const Variable z = add(y, scale(x, 2));
  y.backward();
  EXPECT_THROW(z.backward(), Error);
  EXPECT_EQ(x.gradient().item(), 6.0f);
  EXPECT_TRUE(z.gradient().empty());
}

TEST(VariableTest, RefusesABackwardThatCannotBe) {
  const Variable x = Variable::parameter(Tensor::zeros({2}));
  EXPECT_EQ(test::error_of<ShapeError>([&] { scale(x, 1).backward(); }),
            "backward() of a variable of shape [2], expected one element; pass a seed gradient");
  EXPECT_EQ(test::error_of<ShapeError>([&] { scale(x, 1).backward(Tensor::zeros({3})); }),
            "backward: shape [3], expected [2]");
  EXPECT_EQ(test::error_of<Error>([&] { number(1).backward(); }),
            "backward() of a variable that was not computed from parameters while recording");
  EXPECT_EQ(test::error_of<Error>([] { Variable().value(); }),
            "a variable without a value was used");
  EXPECT_EQ(test::error_of<ShapeError>([&] { x.add_gradient(Tensor::zeros({1})); }),
            "gradient: shape [1], expected [2]");
}

TEST(VariableTest, NoGradientGoesThroughADetachedValue) {
  const Variable x = number(3);
  const Variable square = multiply(x, x);
  const Variable constant = square.detach();
  EXPECT_EQ(constant.item(), 9.0f);
  EXPECT_FALSE(constant.requires_gradient());
  multiply(constant, x).backward();  // 9 x, not x^3.
  EXPECT_EQ(x.gradient().item(), 9.0f);
  square.backward();  // Its own record is whole.
  EXPECT_EQ(x.gradient().item(), 9.0f + 6.0f);

  EXPECT_FALSE(x.detach().requires_gradient());
  EXPECT_TRUE(x.requires_gradient());
  EXPECT_EQ(test::error_of<Error>([] { Variable().detach(); }),
            "a variable without a value was used");
}

// What a state hands on across windows of truncated back-propagation must not keep the window.
TEST(VariableTest, ADetachedValueHoldsNoRecord) {
  const Variable x = Variable::parameter(Tensor::filled({1000}, 1.0f));
  const auto in_use_after = [&](int windows) {
    Variable state(Tensor::zeros({1000}));
    for (int window = 0; window < windows; ++window) {
      const Variable next = add(multiply(state, x), x);
      next.sum().backward();
      state = next.detach();
    }
    return memory_use().in_use;
  };
  EXPECT_EQ(in_use_after(50), in_use_after(1));
}

TEST(VariableTest, RecordsNothingUnderNoRecording) {
  const Variable x = number(3);
  {
    const NoRecording outer;
    { const NoRecording inner; }
    EXPECT_FALSE(is_recording());
    EXPECT_FALSE(records({x}));
    EXPECT_FALSE(scale(x, 2).requires_gradient());
  }
  EXPECT_TRUE(is_recording());
  EXPECT_TRUE(records({x}));
  EXPECT_TRUE(scale(x, 2).requires_gradient());
  EXPECT_FALSE(scale(Variable(Tensor::zeros({1})), 2).requires_gradient());
}

// backward() freed a value that nobody else held before its producer had run, and the gradient with
// it.
TEST(VariableTest, CarriesGradientsThroughValuesThatNobodyHolds) {
  const Variable x = number(3);
  scale(scale(scale(x, 2), 5), 7).backward();
  EXPECT_EQ(x.gradient().item(), 70.0f);
}

TEST(VariableTest, IgnoresDeadAndUnusedOutputs) {
  const Variable x = number(3);
  int calls = 0;
  const auto split = [&] {  // To x and 2 x.
    std::array<Tensor, 2> values = {Tensor::filled({1}, x.item()),
                                    Tensor::filled({1}, 2 * x.item())};
    const std::array<Variable, 1> inputs = {x};
    return Recorder::record(values, inputs, [x, &calls](std::span<const Tensor* const> g) {
      ++calls;
      if (g[0] != nullptr) x.add_gradient(Tensor::filled({1}, g[0]->item()));
      if (g[1] != nullptr) x.add_gradient(Tensor::filled({1}, 2 * g[1]->item()));
    });
  };
  {
    Variable second = split()[1];  // The first is gone.
    second.backward();
    EXPECT_EQ(x.gradient().item(), 2.0f);
  }
  x.clear_gradient();
  const auto both = split();
  scale(both[0], 5).backward();  // Nothing reaches the second.
  EXPECT_EQ(x.gradient().item(), 5.0f);
  EXPECT_EQ(calls, 2);
}

TEST(VariableTest, FreesARecordOfAMillionOperationsWithoutRecursion) {
  const std::size_t before = memory_use().in_use;
  for (const bool run_backward : {false, true}) {
    const Variable x = number(1);
    Variable y = x;
    for (int i = 0; i < 1'000'000; ++i) y = scale(y, 1);
    if (run_backward) {
      y.backward();
      EXPECT_EQ(x.gradient().item(), 1.0f);
    }
  }
  EXPECT_EQ(memory_use().in_use, before);
  release_kept_memory();
}

TEST(VariableTest, FreesTheRecordInBackward) {
  const Variable x = number(1);
  const Variable y = multiply(scale(x, 2), scale(x, 3));
  y.backward();
  x.clear_gradient();
  const std::size_t before = memory_use().in_use;
  {
    const Variable again = multiply(scale(x, 2), scale(x, 3));
    again.backward();
    x.clear_gradient();
  }
  EXPECT_EQ(memory_use().in_use, before);
}

// Operations were numbered thread by thread: a record that another thread continued was run out of
// order, and gave a wrong gradient without a word.
TEST(VariableTest, ContinuesARecordOnAnotherThread) {
  const Variable x = number(2);
  Variable y = x;
  for (int i = 0; i < 100; ++i) y = multiply(y, Variable(Tensor::filled({1}, 1.0f)));
  std::thread([&] {
    const Variable left = scale(y, 3);
    multiply(left, add(left, y)).backward();  // 3 y (3 y + y) = 12 y^2
  }).join();
  EXPECT_EQ(x.gradient().item(), 48.0f);
}

TEST(VariableTest, CountsChangesOfItsValue) {
  const Variable x = number(3);
  const std::uint64_t before = x.version();
  x.mutable_value().fill(4);
  EXPECT_EQ(x.version(), before + 1);
  EXPECT_EQ(x.item(), 4.0f);
}

}  // namespace
}  // namespace espalier
