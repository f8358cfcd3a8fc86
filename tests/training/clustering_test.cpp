#include <espalier/training/clustering.h>

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <set>
#include <vector>

#include <espalier/base/error.h>
#include <espalier/ops/parallel.h>
#include <espalier/ops/random.h>

namespace espalier::training {
namespace {

using Groups = std::vector<std::int32_t>;

// What scikit-learn 1.x says of them.
TEST(ClusteringTest, AgreementsAreThoseOfOthers) {
  const Groups a{0, 0, 0, 1, 1, 2, 2, 2, 1, 0};
  const Groups b{1, 1, 0, 0, 0, 2, 2, 1, 0, 1};
  EXPECT_NEAR(normalized_mutual_information(a, b), 0.5961618204194685, 1e-12);
  EXPECT_NEAR(adjusted_rand_index(a, b), 0.39114391143911437, 1e-12);
}

TEST(ClusteringTest, NamesOfGroupsDoNotMatter) {
  const Groups a{0, 0, 1, 1, 2};
  const Groups renamed{7, 7, -3, -3, 0};
  EXPECT_DOUBLE_EQ(normalized_mutual_information(a, renamed), 1.0);
  EXPECT_DOUBLE_EQ(adjusted_rand_index(a, renamed), 1.0);
}

TEST(ClusteringTest, OneGroupAllApartAndNothing) {
  const Groups one{0, 0, 0};
  const Groups apart{0, 1, 2};
  EXPECT_DOUBLE_EQ(normalized_mutual_information(one, one), 1.0);
  EXPECT_DOUBLE_EQ(adjusted_rand_index(one, one), 1.0);
  EXPECT_DOUBLE_EQ(adjusted_rand_index(apart, apart), 1.0);
  EXPECT_DOUBLE_EQ(normalized_mutual_information(one, apart), 0.0);
  EXPECT_DOUBLE_EQ(adjusted_rand_index(one, apart), 0.0);
  EXPECT_DOUBLE_EQ(adjusted_rand_index(Groups{0}, Groups{4}), 1.0);
  EXPECT_TRUE(std::isnan(normalized_mutual_information(Groups{}, Groups{})));
  EXPECT_TRUE(std::isnan(adjusted_rand_index(Groups{}, Groups{})));
  EXPECT_THROW(adjusted_rand_index(one, Groups{0}), ShapeError);
}

struct Blobs {
  Groups labels;
  Tensor rows;
};
Blobs blobs(std::size_t count, float noise) {
  Rng rng(1);
  Blobs drawn{Groups(count), normal_tensor({count, 3}, noise, rng)};
  for (std::size_t i = 0; i < count; ++i) {
    drawn.labels[i] = static_cast<std::int32_t>(i % 4);
    drawn.rows.at(i, 0) += drawn.labels[i] & 1 ? 10.0f : 0.0f;
    drawn.rows.at(i, 1) += drawn.labels[i] & 2 ? 10.0f : 0.0f;
  }
  return drawn;
}

TEST(KMeansTest, FindsGroupsThatLieApart) {
  const auto [labels, rows] = blobs(400, 0.5f);
  set_num_threads(1);
  const Groups found = k_means(rows, {.clusters = 4});
  EXPECT_DOUBLE_EQ(adjusted_rand_index(found, labels), 1.0);
  set_num_threads(2);
  EXPECT_EQ(k_means(rows, {.clusters = 4}), found);
}

// By hand: the best two groups of a line of points, whichever points it begins with.
TEST(KMeansTest, KeepsTheLeastSumOfSquares) {
  const Tensor rows = Tensor::from_values({6, 1}, {0.0f, 1.0f, 2.0f, 10.0f, 11.0f, 40.0f});
  for (const std::uint64_t seed : {1, 2, 3, 4, 5}) {
    const Groups found = k_means(rows, {.clusters = 2, .seed = seed});
    EXPECT_DOUBLE_EQ(adjusted_rand_index(found, Groups{0, 0, 0, 0, 0, 1}), 1.0) << seed;
  }
}

TEST(KMeansTest, FewerPlacesThanClusters) {
  EXPECT_EQ(k_means(Tensor(), {.clusters = 3}), Groups{});
  const Groups found = k_means(Tensor::zeros({5, 2}), {.clusters = 3});
  EXPECT_EQ(std::set<std::int32_t>(found.begin(), found.end()).size(), 1u);
  const Tensor two = Tensor::from_values({2, 1}, {0.0f, 1.0f});
  EXPECT_NE(k_means(two, {.clusters = 5})[0], k_means(two, {.clusters = 5})[1]);
}

TEST(KMeansTest, RefusesWhatHasNoMeaning) {
  Tensor rows = Tensor::zeros({2, 2});
  EXPECT_THROW(k_means(rows, {}), OptionError);
  EXPECT_THROW(k_means(rows, {.clusters = 1, .restarts = 0}), OptionError);
  rows.at(1, 0) = std::numeric_limits<float>::infinity();
  EXPECT_THROW(k_means(rows, {.clusters = 1}), Error);
}

TEST(ClusteringScoresTest, TheUnlabelledDoNotTakePart) {
  auto [labels, rows] = blobs(80, 0.5f);
  EXPECT_DOUBLE_EQ(clustering_scores(rows, labels).nmi, 1.0);
  for (std::size_t i = 0; i < 20; ++i) {
    labels[i] = -1;
    rows.at(i, 2) = 1000.0f * static_cast<float>(i);
  }
  EXPECT_DOUBLE_EQ(clustering_scores(rows, labels).ari, 1.0);
  EXPECT_TRUE(std::isnan(clustering_scores(rows, Groups(80, -1)).nmi));
  EXPECT_THROW(clustering_scores(rows, Groups(3, 0)), ShapeError);
}

}  // namespace
}  // namespace espalier::training
