#pragma once

#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <espalier/graph/adjacency.h>
#include <espalier/graph/hetero_graph.h>

namespace espalier {

/// A sequence of edge types, along which nodes of one type are neighbours of nodes of another: two
/// papers are, along paper > author > paper, if they share an author.
///
/// Sun et al., "PathSim: Meta Path-Based Top-K Similarity Search in Heterogeneous Information
/// Networks", VLDB 2011.
class MetaPath {
 public:
  struct Step {
    std::size_t edge_type = 0;  ///< Of HeteroGraph::edge_types().
    bool backwards = false;     ///< From its targets to its sources.
  };

  /// Node types joined by '>', two or more: "paper>author>paper". A step takes the one edge type
  /// between the two, forwards or backwards; where there are several, or both its ends are of one
  /// type, the step may name it, and '~' turns it about: "paper>(cites)paper>(~cites)paper".
  /// Without a name an edge type between nodes of one type is taken forwards. Blanks are passed
  /// over.
  ///
  /// Throws GraphError, saying at which step, if a name is unknown, an edge type does not connect
  /// the two, none does, or several do.
  MetaPath(std::string_view text, const HeteroGraph& graph);

  const std::string& text() const { return text_; }  ///< Without blanks.
  std::span<const Step> steps() const { return steps_; }
  const std::string& source() const { return node_types_.front(); }
  const std::string& target() const { return node_types_.back(); }

 private:
  std::string text_;
  std::vector<std::string> node_types_;
  std::vector<Step> steps_;
};

/// Who comes after each node in a step: its edge type's adjacency, or the transpose if it goes
/// backwards. Refers to the graph's arrays, which must outlive it.
struct StepRows {
  StepRows(const HeteroGraph& graph, const MetaPath::Step& step);

  std::span<const EdgeId> offsets;  ///< A row for each node that the step is from, and one more.
  std::span<const NodeId> columns;
  NodeId num_columns = 0;

  std::span<const NodeId> of(NodeId row) const {
    return columns.subspan(offsets[row], offsets[row + 1] - offsets[row]);
  }
};
std::vector<StepRows> steps_of(const HeteroGraph& graph, const MetaPath& path);

enum class SelfLoops {
  kAsFound,
  kAdded,    ///< Every node is its own neighbour.
  kRemoved,  ///< No node is.
};

struct CompositionOptions {
  /// Weights say along how many paths two nodes are connected; else there are none. A self loop
  /// that is added counts as one path.
  bool count_paths = false;
  SelfLoops self_loops = SelfLoops::kAsFound;  ///< The others need a path back to its own type.
  EdgeId max_edges = EdgeId{1} << 31;          ///< Of the result.
};

/// What a composition will be, without making it.
struct SizeEstimate {
  double paths = 0.0;  ///< Exactly: how many there are.
  double edges = 0.0;  ///< Of the result, from a sample of at most 1,000 rows.
};
SizeEstimate estimate_size(const HeteroGraph& graph, const MetaPath& path);

/// Along how many paths each source reaches a target: no fewer than it has neighbours. O(steps *
/// (nodes + edges)).
std::vector<double> count_paths(const HeteroGraph& graph, const MetaPath& path);

/// Who is connected to whom along a path, columns ascending: the product of the edge types'
/// adjacencies. Row by row through all steps, in parallel, twice: first to count, then to write; so
/// that nothing but the result is ever held, beside a mark for each node and thread.
///
/// Throws GraphError before any work if the estimate is beyond twice options.max_edges, and before
/// any memory is taken if the count is beyond it, saying how many; if self loops are to be added or
/// removed on a path between two types.
Adjacency compose(const HeteroGraph& graph, const MetaPath& path,
                  const CompositionOptions& options = {});

/// The same for some nodes: row i is that of sources[i]. Throws GraphError too, naming the place,
/// if a source is out of range.
Adjacency compose(const HeteroGraph& graph, const MetaPath& path, std::span<const NodeId> sources,
                  const CompositionOptions& options = {});

/// Throws GraphError as that does, about its sources and self loops.
void check_sources(const HeteroGraph& graph, const MetaPath& path, std::span<const NodeId> sources,
                   SelfLoops loops);

}  // namespace espalier
