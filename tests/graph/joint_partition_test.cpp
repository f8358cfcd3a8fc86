#include <espalier/graph/joint_partition.h>

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include <espalier/base/error.h>
#include <espalier/graph/skeleton.h>

namespace espalier {
namespace {

using Matrix = std::vector<std::vector<double>>;

Matrix dense(const Adjacency& group) {
  Matrix matrix(group.num_rows(), std::vector<double>(group.num_columns(), 0.0));
  for (NodeId row = 0; row < group.num_rows(); ++row) {
    for (EdgeId e = group.offsets()[row]; e < group.offsets()[row + 1]; ++e) {
      matrix[row][group.columns()[e]] += group.weights()[e];
    }
  }
  return matrix;
}

Matrix zeros(std::size_t n) { return Matrix(n, std::vector<double>(n, 0.0)); }

// The number of bones between any two, by Floyd and Warshall.
Matrix distances(const Tree& bones) {
  const std::size_t n = bones.num_nodes();
  Matrix d(n, std::vector<double>(n, 1e9));
  for (NodeId v = 0; v < n; ++v) {
    d[v][v] = 0;
    if (bones.parent(v) != kNoNode) d[v][bones.parent(v)] = d[bones.parent(v)][v] = 1;
  }
  for (std::size_t k = 0; k < n; ++k) {
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) d[i][j] = std::min(d[i][j], d[i][k] + d[k][j]);
    }
  }
  return d;
}

Matrix normalized(const Matrix& a) {
  const std::size_t n = a.size();
  std::vector<double> degree(n, 0.001);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) degree[i] += a[i][j];
  }
  Matrix result = zeros(n);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) result[i][j] = a[i][j] / std::sqrt(degree[i] * degree[j]);
  }
  return result;
}

void expect_groups(const Tree& bones, JointPartition partition, int reach,
                   const std::vector<Matrix>& expected) {
  const std::vector<Adjacency> groups = joint_partitions(bones, partition, reach);
  ASSERT_EQ(groups.size(), expected.size());
  for (std::size_t k = 0; k < groups.size(); ++k) {
    const Matrix actual = dense(groups[k]), wanted = normalized(expected[k]);
    for (std::size_t i = 0; i < actual.size(); ++i) {
      for (std::size_t j = 0; j < actual.size(); ++j) {
        EXPECT_NEAR(actual[i][j], wanted[i][j], 1e-5 * (1 + wanted[i][j]))
            << k << ' ' << i << ' ' << j;
      }
    }
  }
}

TEST(JointPartitionTest, GroupsAreThoseOfTheDefinition) {
  for (const char* const name : {"ntu", "kinect", "openpose", "coco"}) {
    const Tree& bones = skeleton_named(name).bones();
    const std::size_t n = bones.num_nodes();
    const Matrix d = distances(bones);
    for (const int reach : {1, 2, 3}) {
      std::vector<Matrix> uniform(1, zeros(n)), spatial(3, zeros(n));
      std::vector<Matrix> distance(static_cast<std::size_t>(reach) + 1, zeros(n));
      for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t j = 0; j < n; ++j) {
          if (d[i][j] > reach) continue;
          uniform[0][i][j] = 1;
          distance[static_cast<std::size_t>(d[i][j])][i][j] = 1;
          const double nearer = d[i][bones.root()] - d[j][bones.root()];
          spatial[nearer == 0 ? 0 : nearer > 0 ? 1 : 2][i][j] = 1;
        }
      }
      expect_groups(bones, JointPartition::kUniform, reach, uniform);
      expect_groups(bones, JointPartition::kDistance, reach, distance);
      expect_groups(bones, JointPartition::kSpatial, reach, spatial);
    }
  }
}

TEST(JointPartitionTest, ALonelyJointHasItself) {
  const Tree lonely = Tree::from_parents(std::vector<NodeId>{kNoNode});
  const auto groups = joint_partitions(lonely, JointPartition::kSpatial);
  ASSERT_EQ(groups.size(), 3u);
  EXPECT_EQ(groups[0].num_edges(), 1u);
  EXPECT_EQ(groups[1].num_edges() + groups[2].num_edges(), 0u);
}

TEST(JointPartitionTest, RefusesReachesBeyondTheBody) {
  const Tree& bones = skeleton_named("coco").bones();
  for (const int reach : {-1, 0, 17, 1 << 30}) {
    EXPECT_THROW(joint_partitions(bones, JointPartition::kDistance, reach), GraphError);
  }
  EXPECT_EQ(joint_partitions(bones, JointPartition::kDistance, 16).size(), 17u);
}

}  // namespace
}  // namespace espalier
