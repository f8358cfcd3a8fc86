// Composition of a meta-path of two steps, paper>paper>paper, over a random graph of a mean degree
// of 10: 1,000,000 papers and 10,000,000 citations give 100,000,000 pairs. Citations per second,
// and the bytes per second of citations read and pairs written, twice the former: once to count,
// once to write. benchmarks/peers has SciPy's product of the same matrices.

#include <set>

#include <benchmark/benchmark.h>

#include <espalier/graph/meta_path.h>
#include <espalier/ops/parallel.h>

#include "benchmarks/support/random_graphs.h"

namespace espalier {
namespace {

// Of every 1,000th paper: what its citations cite, ascending.
bool agrees_with_walks(const HeteroGraph& graph, const Adjacency& pairs) {
  const Adjacency& cites = graph.edge_types()[0].edges;
  for (NodeId v = 0; v < pairs.num_rows(); v += 1000) {
    std::set<NodeId> reached;
    for (const NodeId u : cites.of(v)) reached.insert(cites.of(u).begin(), cites.of(u).end());
    if (!std::ranges::equal(reached, pairs.of(v))) return false;
  }
  return true;
}

void compose_meta_path(benchmark::State& state) {
  set_num_threads(static_cast<int>(state.range(0)));
  const auto papers = static_cast<NodeId>(state.range(1));
  const std::size_t citations = std::size_t{10} * papers;
  Rng rng(1);
  const HeteroGraph graph = bench::random_citations(papers, citations, rng);
  const MetaPath path("paper>paper>paper", graph);
  const EdgeId pairs = [&] {
    const Adjacency composed = compose(graph, path);
    return agrees_with_walks(graph, composed) ? composed.num_edges() : 0;
  }();
  if (pairs == 0) return state.SkipWithError("differs from walks along the edges");
  for (auto _ : state) benchmark::DoNotOptimize(compose(graph, path));
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(citations));
  const double read = 2.0 * 11.0 * static_cast<double>(citations) * sizeof(NodeId);
  state.counters["B/s"] = benchmark::Counter(read + static_cast<double>(pairs) * sizeof(NodeId),
                                             benchmark::Counter::kIsIterationInvariantRate);
  state.counters["pairs"] = static_cast<double>(pairs);
}
BENCHMARK(compose_meta_path)
    ->ArgNames({"threads", "papers"})
    ->ArgsProduct({{1, 2}, {100'000, 1'000'000}})
    ->UseRealTime()
    ->MeasureProcessCPUTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace espalier
