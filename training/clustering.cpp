#include <espalier/training/clustering.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <utility>

#include <espalier/base/checks.h>
#include <espalier/base/error.h>
#include <espalier/ops/parallel.h>
#include <espalier/ops/random.h>
#include <espalier/training/internal/labelled_rows.h>

namespace espalier::training {
namespace {

double squared_distance(std::span<const float> a, std::span<const float> b) {
  double sum = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double difference = static_cast<double>(a[i]) - b[i];
    sum += difference * difference;
  }
  return sum;
}

// One run of Lloyd's algorithm.
class Run {
 public:
  Run(const Tensor& rows, std::size_t clusters, Rng& rng)
      : rows_(rows),
        centres_(Tensor::zeros({clusters, rows.cols()})),
        nearest_(rows.rows(), 0),
        distances_(rows.rows(), std::numeric_limits<double>::infinity()) {
    place_centres(rng);
  }

  void iterate(std::size_t most) {
    for (std::size_t i = 0; i < most && assign(); ++i) move_centres();
  }

  double sum_of_squares() const {
    double sum = 0.0;
    for (const double distance : distances_) sum += distance;
    return sum;
  }
  std::vector<std::int32_t> take() { return std::move(nearest_); }

 private:
  // Each next centre is a row, drawn by its squared distance from the centres before it.
  void place_centres(Rng& rng) {
    std::size_t row = rng.below(rows_.rows());
    for (std::size_t c = 0; c < centres_.rows(); ++c) {
      std::ranges::copy(rows_.row(row), centres_.row(c).begin());
      for (std::size_t r = 0; r < rows_.rows(); ++r) {
        distances_[r] = std::min(distances_[r], squared_distance(rows_.row(r), centres_.row(c)));
      }
      double left = sum_of_squares() * rng.uniform();
      row = 0;
      while (row + 1 < rows_.rows() && left >= distances_[row]) left -= distances_[row++];
    }
  }

  // Whether any row changed its centre. Distances are those to the centres as they stand.
  bool assign() {
    std::vector<std::int32_t> before = nearest_;
    parallel_rows(rows_.rows(), 256, [&](std::size_t begin, std::size_t end) {
      for (std::size_t r = begin; r < end; ++r) {
        distances_[r] = std::numeric_limits<double>::infinity();
        for (std::size_t c = 0; c < centres_.rows(); ++c) {
          const double distance = squared_distance(rows_.row(r), centres_.row(c));
          if (!(distance < distances_[r])) continue;
          distances_[r] = distance;
          nearest_[r] = static_cast<std::int32_t>(c);
        }
      }
    });
    const bool first = !std::exchange(assigned_, true);
    return first || before != nearest_;
  }

  // A centre without rows stays where it is.
  void move_centres() {
    std::vector<double> sums(centres_.size(), 0.0);
    std::vector<std::size_t> counts(centres_.rows(), 0);
    for (std::size_t r = 0; r < rows_.rows(); ++r) {
      const auto c = static_cast<std::size_t>(nearest_[r]);
      ++counts[c];
      const auto row = rows_.row(r);
      for (std::size_t i = 0; i < row.size(); ++i) sums[c * row.size() + i] += row[i];
    }
    for (std::size_t c = 0; c < counts.size(); ++c) {
      if (counts[c] == 0) continue;
      const auto centre = centres_.row(c);
      for (std::size_t i = 0; i < centre.size(); ++i) {
        centre[i] =
            static_cast<float>(sums[c * centre.size() + i] / static_cast<double>(counts[c]));
      }
    }
  }

  const Tensor& rows_;
  Tensor centres_;
  std::vector<std::int32_t> nearest_;
  std::vector<double> distances_;
  bool assigned_ = false;
};

// How many things are in a group of one and a group of the other, and in each group alone.
struct Contingency {
  std::map<std::pair<std::int32_t, std::int32_t>, double> both;
  std::map<std::int32_t, double> a, b;
  double total = 0.0;
};

Contingency count(std::span<const std::int32_t> a, std::span<const std::int32_t> b,
                  const char* what) {
  if (a.size() != b.size()) {
    throw ShapeError(message(what, ": ", a.size(), " and ", b.size(), ", expected as many"));
  }
  Contingency counts;
  counts.total = static_cast<double>(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    ++counts.both[{a[i], b[i]}];
    ++counts.a[a[i]];
    ++counts.b[b[i]];
  }
  return counts;
}

double entropy(const std::map<std::int32_t, double>& groups, double total) {
  double sum = 0.0;
  for (const auto& [group, size] : groups) sum -= size / total * std::log(size / total);
  return sum;
}

double pairs(double n) { return n * (n - 1.0) / 2.0; }

double sum_of_pairs(const auto& groups) {
  double sum = 0.0;
  for (const auto& [group, size] : groups) sum += pairs(size);
  return sum;
}

constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();

}  // namespace

std::vector<std::int32_t> k_means(const Tensor& rows, const KMeansOptions& options) {
  const std::size_t clusters = positive_size(options.clusters, "clusters");
  const std::size_t restarts = positive_size(options.restarts, "restarts");
  const std::size_t most = positive_size(options.max_iterations, "max_iterations");
  internal::check_finite_rows(rows, "k-means");
  if (rows.rows() == 0) return {};
  Rng rng(options.seed);
  double least = std::numeric_limits<double>::infinity();
  std::vector<std::int32_t> best;
  for (std::size_t restart = 0; restart < restarts; ++restart) {
    Run run(rows, clusters, rng);
    run.iterate(most);
    if (!best.empty() && !(run.sum_of_squares() < least)) continue;
    least = run.sum_of_squares();
    best = run.take();
  }
  return best;
}

double normalized_mutual_information(std::span<const std::int32_t> a,
                                     std::span<const std::int32_t> b) {
  const Contingency counts = count(a, b, "normalized_mutual_information");
  if (a.empty()) return kNothing;
  double information = 0.0;
  for (const auto& [groups, size] : counts.both) {
    information +=
        size / counts.total *
        std::log(size * counts.total / (counts.a.at(groups.first) * counts.b.at(groups.second)));
  }
  const double mean = (entropy(counts.a, counts.total) + entropy(counts.b, counts.total)) / 2.0;
  return mean == 0.0 ? 1.0 : std::clamp(information / mean, 0.0, 1.0);
}

double adjusted_rand_index(std::span<const std::int32_t> a, std::span<const std::int32_t> b) {
  const Contingency counts = count(a, b, "adjusted_rand_index");
  if (a.empty()) return kNothing;
  const double in_a = sum_of_pairs(counts.a);
  const double in_b = sum_of_pairs(counts.b);
  const double expected = a.size() < 2 ? 0.0 : in_a * in_b / pairs(counts.total);
  const double most = (in_a + in_b) / 2.0;
  // All in one group, or all apart, on both sides: there is but one such grouping.
  return most == expected ? 1.0 : (sum_of_pairs(counts.both) - expected) / (most - expected);
}

ClusteringScores clustering_scores(const Tensor& embeddings, std::span<const std::int32_t> labels,
                                   int repeats, std::uint64_t seed) {
  internal::check_labelled_rows(embeddings, labels, "embeddings");
  const std::size_t runs = positive_size(repeats, "repeats");
  const auto labelled = internal::select_rows(embeddings, labels, internal::labelled_rows(labels));
  if (labelled.labels.empty()) return {kNothing, kNothing};
  const std::set<std::int32_t> classes(labelled.labels.begin(), labelled.labels.end());
  ClusteringScores sum;
  for (std::size_t run = 0; run < runs; ++run) {
    const auto found = k_means(labelled.rows, {.clusters = static_cast<int>(classes.size()),
                                               .seed = Rng(seed).fork(run).next64()});
    sum.nmi += normalized_mutual_information(found, labelled.labels);
    sum.ari += adjusted_rand_index(found, labelled.labels);
  }
  const auto count = static_cast<double>(runs);
  return {sum.nmi / count, sum.ari / count};
}

}  // namespace espalier::training
