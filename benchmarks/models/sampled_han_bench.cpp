// HAN on a typed graph of so many nodes and ten times as many edges (datasets/typed_blocks.h, six
// tenths of the nodes papers), trained with 20 sampled neighbours of a node and meta-path: papers
// of batches of 128 per second. A step is batch, forward, cross-entropy, backward and Adam; 334
// words, 10 a paper; 8 heads of 8 units, two meta-paths of some 140 and 430 neighbours each. The
// time for a paper is to stay flat as the graph grows, but for the caches. `max_GB` is the most
// that the process held so far, the making of the graph included: run one row alone to know it.

#include <sys/resource.h>

#include <algorithm>
#include <memory>
#include <numeric>
#include <span>
#include <vector>

#include <benchmark/benchmark.h>

#include <espalier/datasets/typed_blocks.h>
#include <espalier/models/han.h>
#include <espalier/ops/training_mode.h>
#include <espalier/training/adam.h>
#include <espalier/training/model_task.h>

namespace espalier {
namespace {

constexpr std::size_t kBatch = 128;
constexpr int kNeighbours = 20;

LabelledGraph make_graph(int num_nodes) {
  return datasets::generate_typed_blocks({.num_papers = num_nodes / 10 * 6,
                                          .num_authors = num_nodes / 10 * 3,
                                          .num_tags = num_nodes / 10,
                                          .max_authors = 16,
                                          .max_tags = 16,
                                          .num_features = 334,
                                          .train_per_class = num_nodes / 10});
}

class Bench {
 public:
  explicit Bench(int num_nodes)
      : data_(make_graph(num_nodes)),
        graph_(std::make_shared<const models::NodeGraph>(
            models::prepare(data_, {.sampled_neighbours = kNeighbours}))),
        model_({.num_features = 334, .num_classes = 4, .num_paths = 2}, rng_),
        adam_(model_, {.learning_rate = 0.005}) {
    order_.resize(data_.nodes.train.size());
    std::iota(order_.begin(), order_.end(), 0u);
    rng_.shuffle(std::span(order_));
  }

  EdgeId num_edges() const {
    EdgeId edges = 0;
    for (const EdgeType& type : data_.graph.edge_types()) edges += type.edges.num_edges();
    return edges;
  }

  // What is read of a node are neighbours of its own, so many as are wanted and itself.
  bool reads_neighbours() {
    const Training training;
    const models::NodeBatch batch = next_batch();
    return std::ranges::all_of(batch.graph->neighbours, [](const Adjacency& rows) {
      const DegreeStatistics degrees = degree_statistics(rows);
      return rows.num_rows() == kBatch && degrees.least > 0 && degrees.most == kNeighbours + 1;
    });
  }

  std::size_t evaluate() const {
    const models::NodeExamples test = {graph_, data_.nodes.test};
    benchmark::DoNotOptimize(training::evaluate(model_, test));
    return test.size();
  }

  void step() {
    const Training training;
    model_.loss(next_batch(), rng_).backward();
    adam_.step();
    for (const NamedParameter& p : model_.parameters()) p.variable.clear_gradient();
  }

 private:
  models::NodeBatch next_batch() {
    if (first_ + kBatch > order_.size()) first_ = 0;
    const auto numbers = std::span<const std::uint32_t>(order_).subspan(first_, kBatch);
    first_ += kBatch;
    return model_.make_batch({graph_, data_.nodes.train}, numbers, rng_);
  }

  Rng rng_{1};
  LabelledGraph data_;
  std::shared_ptr<const models::NodeGraph> graph_;
  models::HAN model_;
  training::Adam adam_;
  std::vector<std::uint32_t> order_;
  std::size_t first_ = 0;
};

double most_held_in_gb() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) * 1024.0 / 1e9;
}

// Made once for each graph, not for each repetition.
Bench& bench_of(int num_nodes) {
  static std::unique_ptr<Bench> bench;
  static int made_for = 0;
  if (made_for != num_nodes) {
    bench.reset();  // Two would not be one's memory.
    bench = std::make_unique<Bench>(num_nodes);
    made_for = num_nodes;
  }
  return *bench;
}

void count(benchmark::State& state, const Bench& bench, std::size_t papers) {
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(papers));
  state.counters["edges"] = static_cast<double>(bench.num_edges());
  state.counters["max_GB"] = most_held_in_gb();
}

void sampled_han_step(benchmark::State& state) {
  Bench& bench = bench_of(static_cast<int>(state.range(0)));
  if (!bench.reads_neighbours()) return state.SkipWithError("reads other than neighbours");
  for (auto _ : state) bench.step();
  count(state, bench, kBatch);
}

void sampled_han_evaluate(benchmark::State& state) {
  const Bench& bench = bench_of(static_cast<int>(state.range(0)));
  std::size_t papers = 0;
  for (auto _ : state) papers = bench.evaluate();
  count(state, bench, papers);
}

void sizes(benchmark::internal::Benchmark* row) {
  row->Arg(20'000)->Arg(200'000)->Arg(2'000'000)->Unit(benchmark::kMillisecond)->UseRealTime();
}
BENCHMARK(sampled_han_step)->Apply(sizes);
BENCHMARK(sampled_han_evaluate)->Apply(sizes);

}  // namespace
}  // namespace espalier
