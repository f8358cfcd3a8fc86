#include <espalier/training/nearest_neighbours.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <utility>

#include <espalier/base/checks.h>
#include <espalier/base/error.h>
#include <espalier/ops/parallel.h>
#include <espalier/ops/random.h>
#include <espalier/training/internal/labelled_rows.h>
#include <espalier/training/metrics.h>

namespace espalier::training {
namespace {

constexpr std::size_t kTile = 256;  // Known rows whose distances are found together.

using Neighbour = std::pair<float, std::size_t>;  // The squared distance, and which.

// The rows as columns, so that the distances to many are one loop over neighbouring numbers.
std::vector<float> columns_of(const Tensor& rows) {
  std::vector<float> columns(rows.size());
  for (std::size_t r = 0; r < rows.rows(); ++r) {
    for (std::size_t c = 0; c < rows.cols(); ++c) columns[c * rows.rows() + r] = rows.at(r, c);
  }
  return columns;
}

// The nearest of `num_known` rows to one, nearest first.
void find_nearest(std::span<const float> asked, const std::vector<float>& columns,
                  std::size_t num_known, std::size_t k, std::vector<Neighbour>& nearest) {
  float distances[kTile];
  nearest.clear();
  for (std::size_t begin = 0; begin < num_known; begin += kTile) {
    const std::size_t count = std::min(kTile, num_known - begin);
    std::fill_n(distances, count, 0.0f);
    for (std::size_t c = 0; c < asked.size(); ++c) {
      const float* const column = columns.data() + c * num_known + begin;
      for (std::size_t i = 0; i < count; ++i) {
        const float difference = column[i] - asked[c];
        distances[i] += difference * difference;
      }
    }
    for (std::size_t i = 0; i < count; ++i) {
      const Neighbour one(distances[i], begin + i);
      if (nearest.size() == k && !(one < nearest.back())) continue;
      if (nearest.size() == k) nearest.pop_back();
      nearest.insert(std::upper_bound(nearest.begin(), nearest.end(), one), one);
    }
  }
}

std::int32_t most_frequent(const std::vector<Neighbour>& nearest,
                           std::span<const std::int32_t> classes) {
  std::map<std::int32_t, int> votes;
  for (const Neighbour& one : nearest) ++votes[classes[one.second]];
  return std::max_element(votes.begin(), votes.end(),
                          [](const auto& a, const auto& b) { return a.second < b.second; })
      ->first;
}

}  // namespace

std::vector<std::int32_t> nearest_neighbours(const Tensor& known,
                                             std::span<const std::int32_t> classes,
                                             const Tensor& asked, int k) {
  internal::check_labelled_rows(known, classes, "known embeddings");
  internal::check_finite_rows(asked, "embeddings");
  const std::size_t most = positive_size(k, "k");
  if (known.rows() == 0) throw OptionError("nearest neighbours of nothing, expected known rows");
  if (known.cols() != asked.cols()) {
    throw ShapeError(message("embeddings of ", asked.cols(), " features, expected ", known.cols(),
                             " as the known ones have"));
  }
  const std::vector<float> columns = columns_of(known);
  std::vector<std::int32_t> found(asked.rows());
  parallel_rows(asked.rows(), 64, [&](std::size_t begin, std::size_t end) {
    std::vector<Neighbour> nearest;
    for (std::size_t r = begin; r < end; ++r) {
      find_nearest(asked.row(r), columns, known.rows(), most, nearest);
      found[r] = most_frequent(nearest, classes);
    }
  });
  return found;
}

NeighbourScores neighbour_scores(const Tensor& embeddings, std::span<const std::int32_t> labels,
                                 const NeighbourScoreOptions& options) {
  internal::check_labelled_rows(embeddings, labels, "embeddings");
  if (!(options.known_part > 0.0 && options.known_part < 1.0)) {
    throw OptionError(message("known_part is ", options.known_part, ", expected one in (0, 1)"));
  }
  const std::size_t repeats = positive_size(options.repeats, "repeats");
  std::vector<std::size_t> rows = internal::labelled_rows(labels);
  const auto num_known =
      static_cast<std::size_t>(std::lround(options.known_part * static_cast<double>(rows.size())));
  if (num_known == 0 || num_known == rows.size()) {
    constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();
    return {kNothing, kNothing};
  }
  NeighbourScores sum;
  Rng rng(options.seed);
  for (std::size_t repeat = 0; repeat < repeats; ++repeat) {
    rng.shuffle(std::span(rows));
    const auto known = internal::select_rows(embeddings, labels, std::span(rows).first(num_known));
    const auto asked =
        internal::select_rows(embeddings, labels, std::span(rows).subspan(num_known));
    const auto found = nearest_neighbours(known.rows, known.labels, asked.rows, options.k);
    sum.macro_f1 += macro_f1(found, asked.labels);
    sum.micro_f1 += accuracy(found, asked.labels);  // Of one class each, micro F1 is accuracy.
  }
  const auto count = static_cast<double>(repeats);
  return {sum.macro_f1 / count, sum.micro_f1 / count};
}

}  // namespace espalier::training
