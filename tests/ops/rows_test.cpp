#include <espalier/ops/rows.h>

#include <vector>

#include "tests/ops/testing.h"

namespace espalier {
namespace {

using Ids = std::vector<std::uint32_t>;

Ids random_ids(std::size_t n, std::size_t limit, Rng& rng) {
  Ids ids(n);
  for (std::uint32_t& id : ids) id = static_cast<std::uint32_t>(rng.below(limit));
  return ids;
}

struct Case {
  std::size_t rows, cols, num_ids;
};
// The last is beyond what is scattered by one thread.
const Case kCases[] = {{1, 1, 1}, {5, 3, 0}, {5, 3, 9}, {4, 0, 3}, {301, 37, 1000}};

TEST(RowsTest, GathersEachNamedRow) {
  Rng rng(1);
  for (const auto& [rows, cols, num_ids] : kCases) {
    const Variable x = test::random_parameter({rows, cols}, rng);
    const Ids ids = random_ids(num_ids, rows, rng);
    const Variable y = gather_rows(x, ids);
    ASSERT_EQ(y.shape(), Shape({num_ids, cols}));
    for (std::size_t i = 0; i < num_ids; ++i) {
      for (std::size_t c = 0; c < cols; ++c) ASSERT_EQ(y.value().at(i, c), x.value().at(ids[i], c));
    }
  }
}

TEST(RowsTest, ScattersInAscendingOrder) {
  Rng rng(2);
  for (const auto& [rows, cols, num_ids] : kCases) {
    const Variable x = test::random_parameter({num_ids, cols}, rng);
    const Ids ids = random_ids(num_ids, rows, rng);
    Tensor expected = Tensor::zeros({rows, cols});
    for (std::size_t i = 0; i < num_ids; ++i) {
      for (std::size_t c = 0; c < cols; ++c) expected.at(ids[i], c) += x.value().at(i, c);
    }
    EXPECT_TRUE(bitwise_equal(scatter_rows(x, ids, rows).value(), expected));
  }
}

// Where some rows already have a gradient, and some are named never or often.
TEST(RowsTest, GathersBackwardInAscendingOrder) {
  Rng rng(3);
  for (const auto& [rows, cols, num_ids] : kCases) {
    const Variable x = test::random_parameter({rows, cols}, rng);
    const Ids ids = random_ids(num_ids, rows, rng);
    const Tensor seed = normal_tensor({num_ids, cols}, 1.0f, rng);
    Tensor expected = normal_tensor({rows, cols}, 1.0f, rng);
    x.add_gradient(expected.clone());
    gather_rows(x, ids).backward(seed.clone());
    for (std::size_t i = 0; i < num_ids; ++i) {
      for (std::size_t c = 0; c < cols; ++c) expected.at(ids[i], c) += seed.at(i, c);
    }
    EXPECT_TRUE(bitwise_equal(x.gradient(), expected));
  }
}

TEST(RowsTest, ConcatenatesInOrder) {
  const Variable a(Tensor::from_values({2, 1}, {1, 2}));
  const Variable b(Tensor::from_values({2, 2}, {3, 4, 5, 6}));
  const Variable none(Tensor::zeros({2, 0}));
  EXPECT_TRUE(bitwise_equal(concat_columns({a, none, b}).value(),
                            Tensor::from_values({2, 3}, {1, 3, 4, 2, 5, 6})));
  EXPECT_TRUE(bitwise_equal(concat_columns({a}).value(), a.value()));
  const Variable whole = concat_columns({a, b});
  EXPECT_TRUE(bitwise_equal(columns(whole, 0, 1).value(), a.value()));
  EXPECT_TRUE(bitwise_equal(columns(whole, 1, 2).value(), b.value()));
  EXPECT_EQ(columns(whole, 3, 0).shape(), Shape({2, 0}));
  const Variable c(Tensor::from_values({1, 2}, {7, 8}));
  const Variable no_rows(Tensor::zeros({0, 2}));
  EXPECT_TRUE(bitwise_equal(concat_rows({b, no_rows, c}).value(),
                            Tensor::from_values({3, 2}, {3, 4, 5, 6, 7, 8})));
  EXPECT_TRUE(bitwise_equal(concat_rows({c}).value(), c.value()));
}

TEST(RowsTest, GradientsMatch) {
  Rng rng(4);
  const Variable x = test::random_parameter({4, 3}, rng);
  const Variable y = test::random_parameter({4, 2}, rng);
  const Variable z = test::random_parameter({1, 3}, rng);
  const Ids ids = {2, 0, 2, 2, 3};
  EXPECT_TRUE(test::gradients_match([&] { return gather_rows(x, ids); }, {x}));
  EXPECT_TRUE(test::gradients_match([&] { return scatter_rows(x, Ids{5, 0, 5, 1}, 6); }, {x}));
  EXPECT_TRUE(test::gradients_match([&] { return concat_columns({x, y, x}); }, {x, y}));
  EXPECT_TRUE(test::gradients_match([&] { return concat_rows({x, z, x}); }, {x, z}));
  EXPECT_TRUE(test::gradients_match(
      [&] {
        return concat_columns({columns(x, 1, 2), columns(x, 0, 2)});
      },
      {x}));
}

TEST(RowsTest, GivesConstantsNoGradient) {
  Rng rng(5);
  const Variable x = test::random_parameter({4, 3}, rng);
  const Variable constant(Tensor::zeros({4, 3}));
  concat_columns({constant, x}).sum().backward();
  concat_rows({constant, x}).sum().backward();
  EXPECT_TRUE(constant.gradient().empty());
  EXPECT_TRUE(bitwise_equal(x.gradient(), Tensor::filled({4, 3}, 2.0f)));
}

TEST(RowsTest, GivesTheSameBitsAtAnyNumberOfThreads) {
  Rng rng(6);
  const Variable x = test::random_parameter({500, 100}, rng);
  const Variable y = test::random_parameter({500, 30}, rng);
  const Ids many = random_ids(2000, 500, rng);
  const Ids targets = random_ids(500, 50, rng);
  const auto same = test::same_bits_at_any_number_of_threads;
  EXPECT_TRUE(same([&] { return gather_rows(x, many); }, {x}));
  EXPECT_TRUE(same([&] { return scatter_rows(x, targets, 60); }, {x}));
  EXPECT_TRUE(same([&] { return concat_columns({x, y}); }, {x, y}));
  EXPECT_TRUE(same([&] { return concat_rows({x, x}); }, {x}));
  EXPECT_TRUE(same([&] { return columns(x, 3, 90); }, {x}));
}

TEST(RowsTest, NamesWhatDoesNotFit) {
  const Variable x(Tensor::zeros({3, 2}));
  EXPECT_EQ(test::error_of<ShapeError>([&] {
              gather_rows(x, Ids{0, 2, 3});
            }),
            "gather_rows: id 3 at position 2, expected less than 3");
  EXPECT_EQ(test::error_of<ShapeError>([&] {
              scatter_rows(x, Ids{0, 9, 1}, 4);
            }),
            "scatter_rows: id 9 at position 1, expected less than 4");
  EXPECT_EQ(test::error_of<ShapeError>([&] { scatter_rows(x, Ids{0}, 4); }),
            "scatter_rows: 1 ids, expected 3, one for each row");
  EXPECT_EQ(test::error_of<ShapeError>([&] {
              concat_columns({x, Variable(Tensor::zeros({2, 2}))});
            }),
            "concat_columns: part 1 has shape [2, 2], expected 3 rows like part 0");
  EXPECT_EQ(test::error_of<ShapeError>([&] {
              concat_rows({x, Variable(Tensor::zeros({3, 1}))});
            }),
            "concat_rows: part 1 has shape [3, 1], expected 2 columns like part 0");
  EXPECT_EQ(test::error_of<ShapeError>([&] { columns(x, 1, 2); }), "columns 1 to 3 of [3, 2]");
  EXPECT_EQ(test::error_of<ShapeError>([] { concat_columns({}); }),
            "concat_columns: no parts, expected at least one");
  EXPECT_EQ(test::error_of<ShapeError>([] { concat_rows({}); }),
            "concat_rows: no parts, expected at least one");
}

}  // namespace
}  // namespace espalier
