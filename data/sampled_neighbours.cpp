#include <espalier/data/sampled_neighbours.h>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <utility>
#include <vector>

#include <espalier/base/error.h>
#include <espalier/ops/parallel.h>

namespace espalier {
namespace {

constexpr std::size_t kEffort = 16;  // Paths followed, or walks made, for each neighbour wanted.

// Draws the neighbours of one node after another.
class Sampler {
 public:
  Sampler(const std::vector<StepRows>& steps, const NeighbourSampling& options)
      : steps_(steps), wanted_(options.max_neighbours), loops_(options.self_loops) {}

  // Ascending; valid until the next call.
  std::span<const NodeId> sample(NodeId source, Rng rng) {
    const std::size_t effort = kEffort * wanted_;
    if (follow(source, effort)) {
      choose(rng);
    } else if (!walk(source, effort, rng)) {
      follow(source, std::numeric_limits<std::size_t>::max());
      choose(rng);
    }
    std::ranges::sort(found_);
    if (loops_ == SelfLoops::kAdded) {
      found_.insert(std::ranges::lower_bound(found_, source), source);
    }
    return found_;
  }

 private:
  // Whether the source may be among what is found; if it is added, it is added at the end.
  bool counts(NodeId node, NodeId source) const {
    return node != source || loops_ == SelfLoops::kAsFound;
  }

  // All nodes that are reached; false if a step goes over more than so many edges.
  bool follow(NodeId source, std::size_t max_edges) {
    found_.assign(1, source);
    for (const StepRows& step : steps_) {
      next_.clear();
      for (const NodeId node : found_) {
        const std::span<const NodeId> row = step.of(node);
        if (row.size() > max_edges - next_.size()) return false;
        next_.insert(next_.end(), row.begin(), row.end());
      }
      std::ranges::sort(next_);
      next_.erase(std::unique(next_.begin(), next_.end()), next_.end());
      std::swap(found_, next_);
    }
    std::erase_if(found_, [&](NodeId node) { return !counts(node, source); });
    return true;
  }

  // Leaves of what is found so many as are wanted, any as likely as another.
  void choose(Rng& rng) {
    if (found_.size() <= wanted_) return;
    for (std::size_t i = 0; i < wanted_; ++i) {
      std::swap(found_[i], found_[i + rng.below(found_.size() - i)]);
    }
    found_.resize(wanted_);
  }

  // Whether walks find so many different nodes as are wanted.
  bool walk(NodeId source, std::size_t num_walks, Rng& rng) {
    found_.clear();
    for (std::size_t i = 0; i < num_walks && found_.size() < wanted_; ++i) {
      NodeId node = source;
      bool arrives = true;
      for (const StepRows& step : steps_) {
        const std::span<const NodeId> row = step.of(node);
        arrives = !row.empty();
        if (!arrives) break;
        node = row[rng.below(row.size())];
      }
      if (!arrives || !counts(node, source)) continue;
      const auto place = std::ranges::lower_bound(found_, node);
      if (place == found_.end() || *place != node) found_.insert(place, node);
    }
    return found_.size() == wanted_;
  }

  const std::vector<StepRows>& steps_;
  std::size_t wanted_;
  SelfLoops loops_;
  std::vector<NodeId> found_, next_;
};

}  // namespace

Adjacency sample_neighbours(const HeteroGraph& graph, const MetaPath& path,
                            std::span<const NodeId> sources, const NeighbourSampling& options,
                            Rng& rng) {
  if (options.max_neighbours == 0) throw OptionError("max_neighbours is 0, expected 1 or more");
  check_sources(graph, path, sources, options.self_loops);
  const std::vector<StepRows> steps = steps_of(graph, path);
  const Rng draws(rng.next64());
  constexpr std::size_t kRows = 64;
  std::vector<std::vector<NodeId>> blocks((sources.size() + kRows - 1) / kRows);
  std::vector<EdgeId> offsets(sources.size() + 1);
  parallel_rows(sources.size(), kRows, [&](std::size_t begin, std::size_t end) {
    Sampler sampler(steps, options);
    std::vector<NodeId>& block = blocks[begin / kRows];
    for (std::size_t row = begin; row < end; ++row) {
      const std::span<const NodeId> found = sampler.sample(sources[row], draws.fork(row));
      block.insert(block.end(), found.begin(), found.end());
      offsets[row + 1] = found.size();
    }
  });
  for (std::size_t row = 0; row < sources.size(); ++row) offsets[row + 1] += offsets[row];
  std::vector<NodeId> columns;
  columns.reserve(offsets.back());
  for (const std::vector<NodeId>& block : blocks) {
    columns.insert(columns.end(), block.begin(), block.end());
  }
  return Adjacency(steps.back().num_columns, std::move(offsets), std::move(columns));
}

}  // namespace espalier
