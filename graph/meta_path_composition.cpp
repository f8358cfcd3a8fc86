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
#include <espalier/graph/internal/node_set.h>
#include <espalier/graph/meta_path.h>

namespace espalier {
namespace {

// What one thread needs to go from a node along all steps.
class Walker {
 public:
  explicit Walker(const std::vector<StepRows>& factors) : factors_(factors) {
    NodeId most = 0;
    for (const StepRows& factor : factors) most = std::max(most, factor.num_columns);
    found_.resize(most);
  }

  // How many nodes are reached.
  std::size_t count(NodeId source, SelfLoops loops) {
    walk(source, false, loops);
    found_.move_to(reached_);
    return reached_.size();
  }
  // Those nodes, ascending; with `counts`, num_paths(node) says along how many paths.
  std::span<const NodeId> reach(NodeId source, bool counts, SelfLoops loops) {
    walk(source, counts, loops);
    found_.move_sorted_to(reached_);
    return reached_;
  }
  // Asks for what a walk from `source` will read in its second step: for where the rows begin, or
  // for the rows.
  void foresee(NodeId source, bool begins) const {
    if (factors_.size() < 2) return;
    const StepRows& second = factors_[1];
    const std::span<const NodeId> nodes = factors_[0].of(source);
    for (const NodeId node : nodes.first(std::min<std::size_t>(nodes.size(), 4 * kAhead))) {
      if (begins) {
        __builtin_prefetch(second.offsets.data() + node);
      } else {
        __builtin_prefetch(second.columns.data() + second.offsets[node]);
      }
    }
  }
  double num_paths(NodeId node) const { return counts_[(factors_.size() - 1) % 2][node]; }

 private:
  static std::vector<double>& grow(std::vector<double>& values, std::size_t size) {
    if (values.size() < size) values.resize(size);
    return values;
  }

  // Leaves what is reached in found_.
  void walk(NodeId source, bool counts, SelfLoops loops) {
    reached_.assign(1, source);
    if (counts) grow(first_count_, std::size_t{source} + 1)[source] = 1.0;
    for (std::size_t s = 0; s < factors_.size(); ++s) {
      if (s > 0) found_.move_to(reached_);
      step(s, counts);
    }
    if (loops == SelfLoops::kRemoved) found_.erase(source);
    if (loops == SelfLoops::kAdded && found_.insert(source) && counts) {
      counts_[(factors_.size() - 1) % 2][source] = 1.0;
    }
  }

  void step(std::size_t s, bool counts) {
    const StepRows& factor = factors_[s];
    if (counts) grow(counts_[s % 2], factor.num_columns);
    const std::vector<double>& before = s == 0 ? first_count_ : counts_[(s + 1) % 2];
    std::vector<double>& after = counts_[s % 2];
    ask_for_offsets(factor, 0, 2 * kAhead);
    ask_for_rows(factor, 0, kAhead);
    for (std::size_t i = 0; i < reached_.size(); ++i) {
      ask_for_offsets(factor, i + 2 * kAhead, 1);
      ask_for_rows(factor, i + kAhead, 1);
      for (const NodeId neighbour : factor.of(reached_[i])) {
        const bool is_new = found_.insert(neighbour);
        if (!counts) continue;
        if (is_new) after[neighbour] = 0.0;
        after[neighbour] += before[reached_[i]];
      }
    }
  }

  // Rows lie anywhere in memory. Those of `count` nodes from reached_[first] on are asked for, or
  // where they begin.
  void ask_for_rows(const StepRows& factor, std::size_t first, std::size_t count) const {
    for (std::size_t i = first; i < std::min(first + count, reached_.size()); ++i) {
      __builtin_prefetch(factor.columns.data() + factor.offsets[reached_[i]]);
    }
  }
  void ask_for_offsets(const StepRows& factor, std::size_t first, std::size_t count) const {
    for (std::size_t i = first; i < std::min(first + count, reached_.size()); ++i) {
      __builtin_prefetch(factor.offsets.data() + reached_[i]);
    }
  }

  static constexpr std::size_t kAhead = 8;

  const std::vector<StepRows>& factors_;
  detail::NodeSet found_;
  std::array<std::vector<double>, 2> counts_;  // Steps take turns.
  std::vector<double> first_count_;
  std::vector<NodeId> reached_;
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
    edges += static_cast<double>(walker.count(source_of(i * num_rows / sample), loops));
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
      offsets[row + 1] = walker.count(source_of_(row), options_.self_loops);
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
      for (EdgeId e = offsets[row]; options_.count_paths && e < offsets[row + 1]; ++e) {
        weights[e] = static_cast<float>(walker.num_paths(columns[e]));
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
      for (std::size_t row = range.begin(); row < range.end(); ++row) {
        if (row + 2 < range.end()) walker.foresee(source_of_(row + 2), true);
        if (row + 1 < range.end()) walker.foresee(source_of_(row + 1), false);
        visit(row, walker);
      }
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
