#include <espalier/training/nearest_neighbours.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <vector>

#include <espalier/base/error.h>
#include <espalier/ops/parallel.h>
#include <espalier/ops/random.h>

namespace espalier::training {
namespace {

using Classes = std::vector<std::int32_t>;

// Every distance, all of them sorted.
Classes plainly(const Tensor& known, const Classes& classes, const Tensor& asked, std::size_t k) {
  Classes found;
  for (std::size_t r = 0; r < asked.rows(); ++r) {
    std::vector<std::pair<float, std::size_t>> all;
    for (std::size_t i = 0; i < known.rows(); ++i) {
      float sum = 0.0f;
      for (std::size_t c = 0; c < known.cols(); ++c) {
        sum += (known.at(i, c) - asked.at(r, c)) * (known.at(i, c) - asked.at(r, c));
      }
      all.emplace_back(sum, i);
    }
    std::sort(all.begin(), all.end());
    std::map<std::int32_t, int> votes;
    for (std::size_t i = 0; i < std::min(k, all.size()); ++i) ++votes[classes[all[i].second]];
    std::int32_t best = votes.begin()->first;
    for (const auto& [one, count] : votes) {
      if (count > votes[best]) best = one;
    }
    found.push_back(best);
  }
  return found;
}

TEST(NearestNeighboursTest, AreThoseOfAllDistancesSorted) {
  Rng rng(1);
  for (const std::size_t num_known : {1u, 3u, 255u, 256u, 700u}) {
    const Tensor known = normal_tensor({num_known, 3}, 1.0f, rng);
    const Tensor asked = normal_tensor({150, 3}, 1.0f, rng);
    Classes classes(num_known);
    for (auto& one : classes) one = static_cast<std::int32_t>(rng.below(4));
    for (const int k : {1, 5, 8}) {
      set_num_threads(1);
      const Classes found = nearest_neighbours(known, classes, asked, k);
      EXPECT_EQ(found, plainly(known, classes, asked, static_cast<std::size_t>(k))) << num_known;
      set_num_threads(2);
      EXPECT_EQ(nearest_neighbours(known, classes, asked, k), found);
    }
  }
}

// Two classes as near and as frequent: the lesser; two rows as near: the first.
TEST(NearestNeighboursTest, TiesGoToTheFirst) {
  const Tensor known = Tensor::from_values({4, 1}, {1.0f, -1.0f, 1.0f, 5.0f});
  const Tensor asked = Tensor::from_values({1, 1}, {0.0f});
  EXPECT_EQ(nearest_neighbours(known, Classes{7, 3, 3, 0}, asked, 1), Classes{7});
  EXPECT_EQ(nearest_neighbours(known, Classes{7, 3, 3, 0}, asked, 2), Classes{3});
}

TEST(NearestNeighboursTest, RefusesWhatDoesNotFit) {
  const Tensor two = Tensor::zeros({2, 3});
  EXPECT_THROW(nearest_neighbours(two, Classes{0}, two, 1), ShapeError);
  EXPECT_THROW(nearest_neighbours(two, Classes{0, 1}, Tensor::zeros({2, 4}), 1), ShapeError);
  EXPECT_THROW(nearest_neighbours(two, Classes{0, 1}, two, 0), OptionError);
  EXPECT_THROW(nearest_neighbours(Tensor(), Classes{}, two, 1), OptionError);
  Tensor bad = Tensor::zeros({2, 3});
  bad.at(1, 2) = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THROW(nearest_neighbours(bad, Classes{0, 1}, two, 1), Error);
  EXPECT_THROW(nearest_neighbours(two, Classes{0, 1}, bad, 1), Error);
}

Tensor blobs(const Classes& labels, float noise, Rng& rng) {
  Tensor rows = normal_tensor({labels.size(), 2}, noise, rng);
  for (std::size_t r = 0; r < labels.size(); ++r) {
    rows.at(r, 0) += 10.0f * static_cast<float>(labels[r]);
  }
  return rows;
}

TEST(NeighbourScoresTest, ClassesApartAreToldApart) {
  Rng rng(2);
  Classes labels(60);
  for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<std::int32_t>(i % 3);
  const Tensor rows = blobs(labels, 0.5f, rng);
  const NeighbourScores scores = neighbour_scores(rows, labels, {.known_part = 0.4});
  EXPECT_DOUBLE_EQ(scores.macro_f1, 1.0);
  EXPECT_DOUBLE_EQ(scores.micro_f1, 1.0);

  rng.shuffle(std::span(labels));
  EXPECT_NEAR(neighbour_scores(rows, labels, {.repeats = 200}).micro_f1, 1.0 / 3.0, 0.15);
}

// A class on its own, of one row, can never be told; the unlabelled would be, and must not count.
TEST(NeighbourScoresTest, TheUnlabelledDoNotTakePart) {
  Rng rng(3);
  const Classes labels{0, 0, 0, 1, 1, 1};
  const Tensor rows = blobs(labels, 0.1f, rng);
  Tensor more = Tensor::zeros({8, 2});
  std::copy_n(rows.data(), rows.size(), more.data());
  more.at(6, 0) = more.at(7, 0) = 10.0f;
  const NeighbourScoreOptions options{.known_part = 0.6, .k = 1};
  EXPECT_DOUBLE_EQ(neighbour_scores(more, Classes{0, 0, 0, 1, 1, 1, -1, -1}, options).macro_f1,
                   neighbour_scores(rows, labels, options).macro_f1);
}

TEST(NeighbourScoresTest, SeedsRepeatAndNothingIsNotANumber) {
  Rng rng(4);
  Classes labels(40);
  for (auto& one : labels) one = static_cast<std::int32_t>(rng.below(3));
  const Tensor rows = normal_tensor({40, 4}, 1.0f, rng);
  EXPECT_EQ(neighbour_scores(rows, labels).macro_f1, neighbour_scores(rows, labels).macro_f1);
  EXPECT_NE(neighbour_scores(rows, labels).macro_f1,
            neighbour_scores(rows, labels, {.seed = 2}).macro_f1);
  EXPECT_TRUE(std::isnan(neighbour_scores(Tensor::zeros({1, 2}), Classes{0}).macro_f1));
  EXPECT_TRUE(std::isnan(neighbour_scores(Tensor::zeros({2, 2}), Classes{-1, -1}).micro_f1));
  EXPECT_THROW(neighbour_scores(rows, labels, {.known_part = 1.0}), OptionError);
  EXPECT_THROW(neighbour_scores(rows, labels, {.repeats = 0}), OptionError);
}

}  // namespace
}  // namespace espalier::training
