// The products of meta_path.h.

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include <tbb/blocked_range.h>
#include <tbb/enumerable_thread_specific.h>
#include <tbb/parallel_for.h>

#include <espalier/base/error.h>
#include <espalier/graph/internal/check.h>
#include <espalier/graph/meta_path.h>

namespace espalier {
namespace {

// What one thread needs to go from a node along all steps.
class Walker {
 public:
  explicit Walker(const std::vector<StepRows>& factors) : factors_(factors) {
    for (std::size_t s = 0; s < factors.size(); ++s) {
      seen_[s % 2].resize(std::max<std::size_t>(seen_[s % 2].size(), factors[s].num_columns));
    }
  }

  // The nodes that are reached, in no order; with `counts`, count(node) says along how many paths.
  std::span<const NodeId> reach(NodeId source, bool counts, SelfLoops loops) {
    reached_.assign(1, source);
    if (counts) grow(first_count_, std::size_t{source} + 1)[source] = 1.0;
    for (std::size_t s = 0; s < factors_.size(); ++s) step(s, counts);
    if (loops != SelfLoops::kAsFound) set_loop(source, counts, loops);
    return reached_;
  }
  double count(NodeId node) const { return counts_[(factors_.size() - 1) % 2][node]; }

 private:
  static std::vector<double>& grow(std::vector<double>& values, std::size_t size) {
    if (values.size() < size) values.resize(size);
    return values;
  }

  void set_loop(NodeId source, bool counts, SelfLoops loops) {
    const std::size_t last = (factors_.size() - 1) % 2;
    const bool there = seen_[last][source] == mark_;
    if (there && loops == SelfLoops::kRemoved) std::erase(reached_, source);
    if (there || loops == SelfLoops::kRemoved) return;
    reached_.push_back(source);
    if (counts) counts_[last][source] = 1.0;
  }

  // A node is marked in a step if its mark is the step's. Steps take turns with two sets of marks,
  // so that a type that occurs again is not mixed up with itself.
  void step(std::size_t s, bool counts) {
    std::vector<std::uint64_t>& seen = seen_[s % 2];
    ++mark_;
    next_.clear();
    if (counts) grow(counts_[s % 2], factors_[s].num_columns);
    const std::vector<double>& before = s == 0 ? first_count_ : counts_[(s + 1) % 2];
    std::vector<double>& after = counts_[s % 2];
    for (const NodeId node : reached_) {
      for (const NodeId neighbour : factors_[s].of(node)) {
        if (seen[neighbour] != mark_) {
          seen[neighbour] = mark_;
          next_.push_back(neighbour);
          if (counts) after[neighbour] = 0.0;
        }
        if (counts) after[neighbour] += before[node];
      }
    }
    std::swap(reached_, next_);
  }

  const std::vector<StepRows>& factors_;
  std::array<std::vector<std::uint64_t>, 2> seen_;
  std::array<std::vector<double>, 2> counts_;
  std::vector<double> first_count_;
  std::uint64_t mark_ = 0;
  std::vector<NodeId> reached_, next_;
};

std::vector<double> count_paths(const std::vector<StepRows>& factors) {
  std::vector<double> from_here(factors.back().num_columns, 1.0);
  for (std::size_t s = factors.size(); s-- > 0;) {
    const StepRows& factor = factors[s];
    std::vector<double> before(factor.offsets.size() - 1, 0.0);
    for (NodeId row = 0; row < before.size(); ++row) {
      for (const NodeId column : factor.of(row)) before[row] += from_here[column];
    }
    from_here = std::move(before);
  }
  return from_here;
}

// Of so many rows, from a sample that is spread evenly over them.
template <class SourceOf>
double estimate_edges(const std::vector<StepRows>& factors, std::size_t num_rows,
                      const SourceOf& source_of, SelfLoops loops) {
  constexpr std::size_t kMaxSample = 1000;
  const std::size_t sample = std::min(num_rows, kMaxSample);
  if (sample == 0) return 0.0;
  Walker walker(factors);
  double edges = 0.0;
  for (std::size_t i = 0; i < sample; ++i) {
    edges +=
        static_cast<double>(walker.reach(source_of(i * num_rows / sample), false, loops).size());
  }
  return edges * static_cast<double>(num_rows) / static_cast<double>(sample);
}

// The product for rows source_of(0) .. source_of(num_rows - 1).
template <class SourceOf>
class Composition {
 public:
  Composition(const std::vector<StepRows>& factors, std::size_t num_rows, const SourceOf& source_of,
              const CompositionOptions& options)
      : factors_(factors), num_rows_(num_rows), source_of_(source_of), options_(options) {}

  Adjacency operator()(const MetaPath& path) {
    const auto limit = static_cast<double>(options_.max_edges);
    const double expected = estimate_edges(factors_, num_rows_, source_of_, options_.self_loops);
    if (expected > 2.0 * limit) refuse(path, message("about ", expected));
    std::vector<EdgeId> offsets(num_rows_ + 1);
    for_each_row([&](std::size_t row, Walker& walker) {
      offsets[row + 1] = walker.reach(source_of_(row), false, options_.self_loops).size();
    });
    for (std::size_t row = 0; row < num_rows_; ++row) offsets[row + 1] += offsets[row];
    if (offsets.back() > options_.max_edges) refuse(path, message(offsets.back()));

    std::vector<NodeId> columns(offsets.back());
    std::vector<float> weights(options_.count_paths ? columns.size() : 0);
    for_each_row([&](std::size_t row, Walker& walker) {
      const std::span<const NodeId> found =
          walker.reach(source_of_(row), options_.count_paths, options_.self_loops);
      const auto begin = columns.begin() + static_cast<std::ptrdiff_t>(offsets[row]);
      std::ranges::copy(found, begin);
      std::sort(begin, begin + static_cast<std::ptrdiff_t>(found.size()));
      for (EdgeId e = offsets[row]; options_.count_paths && e < offsets[row + 1]; ++e) {
        weights[e] = static_cast<float>(walker.count(columns[e]));
      }
    });
    return Adjacency(factors_.back().num_columns, std::move(offsets), std::move(columns),
                     std::move(weights));
  }

 private:
  [[noreturn]] void refuse(const MetaPath& path, const std::string& size) const {
    throw GraphError(message("meta-path \"", path.text(), "\" connects ", size,
                             " pairs of nodes, more than the limit of ", options_.max_edges,
                             "; compose it for some of its sources, or raise the limit"));
  }

  template <class Visit>
  void for_each_row(const Visit& visit) {
    tbb::enumerable_thread_specific<Walker> walkers([&] { return Walker(factors_); });
    constexpr std::size_t kRows = 64;
    tbb::parallel_for(tbb::blocked_range<std::size_t>(0, num_rows_, kRows), [&](const auto& range) {
      Walker& walker = walkers.local();
      for (std::size_t row = range.begin(); row < range.end(); ++row) visit(row, walker);
    });
  }

  const std::vector<StepRows>& factors_;
  std::size_t num_rows_;
  const SourceOf& source_of_;
  const CompositionOptions& options_;
};

void check_loops(const MetaPath& path, SelfLoops loops) {
  if (loops == SelfLoops::kAsFound || path.source() == path.target()) return;
  throw GraphError(message("meta-path \"", path.text(), "\" is from ", path.source(), " to ",
                           path.target(), "; self loops are of paths back to their type"));
}

}  // namespace

StepRows::StepRows(const HeteroGraph& graph, const MetaPath::Step& step) {
  const Adjacency& edges = graph.edge_types()[step.edge_type].edges;
  offsets = step.backwards ? edges.column_offsets() : edges.offsets();
  columns = step.backwards ? edges.rows() : edges.columns();
  num_columns = step.backwards ? edges.num_rows() : edges.num_columns();
}

std::vector<StepRows> steps_of(const HeteroGraph& graph, const MetaPath& path) {
  std::vector<StepRows> steps;
  for (const MetaPath::Step& step : path.steps()) steps.emplace_back(graph, step);
  return steps;
}

std::vector<double> count_paths(const HeteroGraph& graph, const MetaPath& path) {
  return count_paths(steps_of(graph, path));
}

void check_sources(const HeteroGraph& graph, const MetaPath& path, std::span<const NodeId> sources,
                   SelfLoops loops) {
  check_loops(path, loops);
  const NodeId count = graph.node_type(path.source()).count;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    if (sources[i] < count) continue;
    throw GraphError(message("source ", i, ": ", out_of_range(sources[i], count)));
  }
}

SizeEstimate estimate_size(const HeteroGraph& graph, const MetaPath& path) {
  const std::vector<StepRows> factors = steps_of(graph, path);
  const std::vector<double> paths = count_paths(factors);
  const auto same = [](std::size_t row) { return static_cast<NodeId>(row); };
  return {.paths = std::accumulate(paths.begin(), paths.end(), 0.0),
          .edges = estimate_edges(factors, factors.front().offsets.size() - 1, same,
                                  SelfLoops::kAsFound)};
}

Adjacency compose(const HeteroGraph& graph, const MetaPath& path,
                  const CompositionOptions& options) {
  check_loops(path, options.self_loops);
  const std::vector<StepRows> factors = steps_of(graph, path);
  const auto same = [](std::size_t row) { return static_cast<NodeId>(row); };
  return Composition(factors, factors.front().offsets.size() - 1, same, options)(path);
}

Adjacency compose(const HeteroGraph& graph, const MetaPath& path, std::span<const NodeId> sources,
                  const CompositionOptions& options) {
  check_sources(graph, path, sources, options.self_loops);
  const std::vector<StepRows> factors = steps_of(graph, path);
  const auto source_of = [&](std::size_t row) { return sources[row]; };
  return Composition(factors, sources.size(), source_of, options)(path);
}

}  // namespace espalier
