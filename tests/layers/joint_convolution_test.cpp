#include <espalier/layers/joint_convolution.h>

#include <gtest/gtest.h>

#include <vector>

#include <espalier/base/error.h>
#include <espalier/ops/arithmetic.h>
#include <espalier/ops/gradient_check.h>
#include <espalier/ops/random.h>

namespace espalier {
namespace {

// Three joints; joint 2 has nobody in the first group, joint 0 has one twice in the second.
std::vector<Adjacency> some_groups() {
  const std::vector<Edge> first = {{0, 1}, {0, 2}, {1, 1}},
                          second = {{0, 0}, {0, 0}, {1, 0}, {2, 2}};
  return {Adjacency::from_edges(3, 3, first, std::vector<float>{0.5f, 2.0f, -1.0f}),
          Adjacency::from_edges(3, 3, second)};
}

TEST(JointConvolutionTest, GathersGroupsSideBySide) {
  Rng rng(1);
  const auto neighbours = std::make_shared<const JointNeighbours>(some_groups());
  const Variable x = Variable::parameter(normal_tensor({5, 6}, 1.0f, rng));
  const Variable y = gather_joints(x, neighbours);
  ASSERT_EQ(y.shape(), (Shape{15, 4}));
  for (std::size_t t = 0; t < 5; ++t) {
    for (std::size_t d = 0; d < 2; ++d) {
      const auto of = [&](std::size_t joint) { return x.value().at(t, 2 * joint + d); };
      EXPECT_FLOAT_EQ(y.value().at(3 * t, d), 0.5f * of(1) + 2.0f * of(2));
      EXPECT_FLOAT_EQ(y.value().at(3 * t, 2 + d), 2.0f * of(0));
      EXPECT_FLOAT_EQ(y.value().at(3 * t + 1, d), -of(1));
      EXPECT_FLOAT_EQ(y.value().at(3 * t + 1, 2 + d), of(0));
      EXPECT_EQ(y.value().at(3 * t + 2, d), 0.0f);
      EXPECT_FLOAT_EQ(y.value().at(3 * t + 2, 2 + d), of(2));
    }
  }
  const Variable weights(normal_tensor({15, 4}, 1.0f, rng));
  const GradientCheck check =
      check_gradients([&] { return (gather_joints(x, neighbours) * weights).sum(); },
                      std::vector<NamedParameter>{{"x", x}});
  EXPECT_TRUE(check.ok) << check.to_string();
}

TEST(JointConvolutionTest, RefusesWhatDoesNotFit) {
  EXPECT_THROW(JointNeighbours({}), GraphError);
  EXPECT_THROW(JointNeighbours(std::vector<Adjacency>{Adjacency()}), GraphError);
  std::vector<Adjacency> groups = some_groups();
  groups.push_back(Adjacency::from_edges(4, 4, {}));
  EXPECT_THROW(JointNeighbours{groups}, GraphError);
  const auto neighbours = std::make_shared<const JointNeighbours>(some_groups());
  EXPECT_THROW(gather_joints(Variable(Tensor::zeros({2, 7})), neighbours), ShapeError);
}

}  // namespace
}  // namespace espalier
