#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include <espalier/ops/module.h>
#include <espalier/ops/random.h>
#include <espalier/ops/tensor.h>
#include <espalier/training/optimizer.h>

#include "tests/support/temporary_folder.h"

namespace espalier::training::test {

using espalier::test::read_file;
using espalier::test::TemporaryFolder;
using espalier::test::write_file;

/// What `statement` throws of kind `E`, or a failed test.
template <class E>
std::string error_of(const std::function<void()>& statement) {
  try {
    statement();
  } catch (const E& e) {
    return e.what();
  }
  ADD_FAILURE() << "nothing was thrown";
  return {};
}

inline bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

inline NamedParameter random_parameter(const std::string& name, const Shape& shape, Rng& rng) {
  return {name, Variable::parameter(normal_tensor(shape, 1.0f, rng))};
}

/// One weight of a reference: its new value, from its gradient in step t = 1, 2, …
using WeightUpdate = std::function<double(std::size_t weight, double w, double g, int t)>;

/// `num_steps` steps with random gradients agree with the formula, weight by weight in double.
inline void expect_follows(Optimizer& optimizer, const Variable& parameter, int num_steps,
                           const WeightUpdate& formula) {
  Rng rng(99);
  std::vector<double> expected(parameter.value().flat().begin(), parameter.value().flat().end());
  for (int t = 1; t <= num_steps; ++t) {
    const Tensor gradient = normal_tensor(parameter.shape(), 1.0f, rng);
    for (std::size_t i = 0; i < expected.size(); ++i) {
      expected[i] = formula(i, expected[i], static_cast<double>(gradient.flat()[i]), t);
    }
    parameter.add_gradient(gradient.clone());
    optimizer.step();
    EXPECT_TRUE(parameter.gradient().empty());
  }
  for (std::size_t i = 0; i < expected.size(); ++i) {
    ASSERT_NEAR(parameter.value().flat()[i], expected[i], 2e-5) << "weight " << i;
  }
}

/// After one step with gradients of rows 3 and 1 alone, and equal otherwise: only they changed, and
/// as the whole matrix would have with a full gradient.
inline void expect_updates_named_rows_only(
    const std::function<std::unique_ptr<Optimizer>(NamedParameter)>& make) {
  Rng rng(5);
  const Tensor start = normal_tensor({5, 3}, 1.0f, rng);
  const Tensor values = normal_tensor({2, 3}, 1.0f, rng);
  const std::vector<std::uint32_t> rows{3, 1};
  const NamedParameter full{"w", Variable::parameter(start.clone())};
  const NamedParameter sparse{"w", Variable::parameter(start.clone())};
  const auto full_optimizer = make(full);
  const auto sparse_optimizer = make(sparse);

  for (int step = 0; step < 3; ++step) {
    Tensor gradient = Tensor::zeros({5, 3});
    for (std::size_t i = 0; i < rows.size(); ++i) {
      std::ranges::copy(values.row(i), gradient.row(rows[i]).begin());
    }
    full.variable.add_gradient(std::move(gradient));
    full_optimizer->step();
    sparse.variable.mutable_row_gradient().add(rows, values);
    sparse_optimizer->step();
    EXPECT_TRUE(sparse.variable.row_gradient().empty());
  }
  for (const std::size_t r : {0u, 1u, 2u, 3u, 4u}) {
    const Tensor& expected = r == 1 || r == 3 ? full.variable.value() : start;
    for (std::size_t c = 0; c < 3; ++c) {
      EXPECT_EQ(sparse.variable.value().at(r, c), expected.at(r, c)) << r << ", " << c;
    }
  }
}

}  // namespace espalier::training::test
