#pragma once

#include <functional>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <espalier/base/error.h>
#include <espalier/ops/arithmetic.h>
#include <espalier/ops/elementwise.h>
#include <espalier/ops/gradient_check.h>
#include <espalier/ops/random.h>
#include <espalier/ops/variable.h>

#include "tests/support/threads.h"

// What the tests of ops/ have in common.
namespace espalier::test {

inline Variable random_parameter(const Shape& shape, Rng& rng) {
  return Variable::parameter(normal_tensor(shape, 1.0f, rng));
}

/// Do the gradients of sum(weights * y()) match, for random weights? A plain sum would not see
/// what is wrong with a softmax.
inline testing::AssertionResult gradients_match(const std::function<Variable()>& y,
                                                std::initializer_list<Variable> parameters,
                                                const GradientCheckOptions& options = {}) {
  Rng rng(99);
  const Variable weights(normal_tensor(y().shape(), 1.0f, rng));
  std::vector<NamedParameter> named;
  for (const Variable& p : parameters) named.push_back({std::to_string(named.size()), p});
  const GradientCheck check =
      check_gradients([&] { return multiply(y(), weights); }, named, options);
  return (check.ok ? testing::AssertionSuccess() : testing::AssertionFailure())
         << check.to_string();
}

/// Is the result, and each parameter's gradient of a random weighting of it, the same bit for bit
/// at 1, 2 and 4 threads?
inline testing::AssertionResult same_bits_at_any_number_of_threads(
    const std::function<Variable()>& y, std::initializer_list<Variable> parameters) {
  std::vector<Tensor> expected;
  bool same = true;
  for_each_number_of_threads([&](int threads) {
    for (const Variable& p : parameters) p.clear_gradient();
    const Variable result = y();
    std::vector<Tensor> actual;
    actual.push_back(result.value().clone());
    Rng rng(99);
    result.backward(normal_tensor(result.shape(), 1.0f, rng));
    for (const Variable& p : parameters) {
      actual.push_back(p.gradient().clone());
      actual.push_back(p.row_gradient().values().clone());
      p.clear_gradient();
    }
    if (threads == 1)
      expected = std::move(actual);
    else
      for (std::size_t i = 0; i < expected.size(); ++i)
        same &= bitwise_equal(actual[i], expected[i]);
  });
  return same ? testing::AssertionSuccess() : testing::AssertionFailure() << "the bits differ";
}

/// The text of the `Kind` of error that `body` throws, or else what it did.
template <class Kind>
std::string error_of(const std::function<void()>& body) {
  try {
    body();
  } catch (const Kind& error) {
    return error.what();
  } catch (const std::exception& other) {
    return std::string("another error: ") + other.what();
  }
  return "no error";
}

}  // namespace espalier::test
