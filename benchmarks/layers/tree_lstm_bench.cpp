// Tree-LSTMs at the shape of the Sentiment Treebank: word vectors of 300 at the leaves alone, 150
// hidden units, 25 binary trees of 19 leaves, a class for every node. Nodes per second; FLOP counts
// are of the matrix products that the equations need, and no others.

#include <memory>
#include <vector>

#include <benchmark/benchmark.h>

#include <espalier/graph/kept_schedule.h>
#include <espalier/layers/child_sum_tree_lstm.h>
#include <espalier/layers/embedding.h>
#include <espalier/layers/linear.h>
#include <espalier/layers/nary_tree_lstm.h>
#include <espalier/ops/loss.h>
#include <espalier/ops/parallel.h>
#include <espalier/training/adagrad.h>
#include <espalier/training/sgd.h>

#include "benchmarks/support/ceiling.h"
#include "benchmarks/support/random_trees.h"

namespace espalier {
namespace {

constexpr int kInput = 300;
constexpr int kHidden = 150;
constexpr int kClasses = 5;
constexpr int kWords = 20'000;

struct ChildSum {
  static constexpr double kLeafFlops = 2.0 * kInput * 3 * kHidden;    // i, u, o
  static constexpr double kInnerFlops = 2.0 * kHidden * 3 * kHidden;  // i, u, o
  static constexpr double kEdgeFlops = 2.0 * kHidden * kHidden;       // f
  static constexpr const char* kRelation = "children";
  static Schedule schedule(std::span<const Tree* const> trees) { return bottom_up_schedule(trees); }
  ChildSumTreeLSTM lstm;
  explicit ChildSum(Rng& rng) : lstm({.input_size = kInput, .hidden_size = kHidden}, rng) {}
};

struct Nary {
  static constexpr double kLeafFlops = 2.0 * kInput * 2 * kHidden;        // c, o
  static constexpr double kInnerFlops = 2.0 * 2 * kHidden * 5 * kHidden;  // i, u, o, f, f
  static constexpr double kEdgeFlops = 0.0;
  static constexpr const char* kRelation = "child";
  static Schedule schedule(std::span<const Tree* const> trees) {
    return bottom_up_schedule(trees, /*arity=*/2);
  }
  NaryTreeLSTM lstm;
  explicit Nary(Rng& rng)
      : lstm({.input_size = kInput, .hidden_size = kHidden, .leaf_module = true}, rng) {}
};

template <class Model>
class Bench {
 public:
  Bench() : forest_(bench::random_forest(25, 19, kWords, kClasses, rng_)) {
    adagrad_parameters_.assign(model_.lstm.parameters().begin(), model_.lstm.parameters().end());
    for (const NamedParameter& p : classifier_.parameters()) {
      adagrad_parameters_.push_back({"classifier." + p.name, p.variable});
    }
    adagrad_ = std::make_unique<training::Adagrad>(
        adagrad_parameters_, training::AdagradOptions{.learning_rate = 0.05, .l2 = 1e-4});
    sgd_ =
        std::make_unique<training::SGD>(std::vector<NamedParameter>{{"table", embedding_.table()}},
                                        training::SGDOptions{.learning_rate = 0.1});
  }

  const bench::Forest& forest() const { return forest_; }

  double forward_flops() const {
    const double edges = static_cast<double>(forest_.num_nodes() - forest_.trees.size());
    return static_cast<double>(forest_.leaves.size()) * Model::kLeafFlops +
           static_cast<double>(forest_.num_inner()) * Model::kInnerFlops +
           edges * Model::kEdgeFlops +
           static_cast<double>(forest_.num_nodes()) * 2.0 * kHidden * kClasses;
  }

  Variable logits() {
    const Schedule schedule = Model::schedule(forest_.shapes);
    const Variable x = embedding_.forward(forest_.words);
    return classifier_.forward(model_.lstm.forward({x, forest_.leaves}, schedule).h);
  }

  void train() {
    softmax_cross_entropy(logits(), forest_.labels, {.scale = 1.0f / 25}).backward();
    adagrad_->step();
    sgd_->step();
  }

  // The same states one node at a time, to 1e-5: what is timed must be right.
  bool agrees_node_by_node() {
    const NoRecording no_recording;
    const Schedule schedule = Model::schedule(forest_.shapes);
    const NodeInputs inputs(embedding_.forward(forest_.words), forest_.leaves);
    const NodeStates together = model_.lstm.forward(inputs, schedule);
    const NodeStates singly =
        model_.lstm.forward(inputs, schedule, Model::kRelation, {.tile_rows = 1});
    return bitwise_equal(together.h.value(), singly.h.value());
  }

 private:
  Rng rng_{1};
  bench::Forest forest_;
  Model model_{rng_};
  Embedding embedding_{kWords, kInput, rng_};
  Linear classifier_{{.input_size = kHidden, .output_size = kClasses}, rng_};
  std::vector<NamedParameter> adagrad_parameters_;
  std::unique_ptr<training::Adagrad> adagrad_;
  std::unique_ptr<training::SGD> sgd_;
};

template <class Model, class Step>
void run(benchmark::State& state, double passes, const Step& step) {
  const auto threads = static_cast<int>(state.range(0));
  set_num_threads(threads);
  Bench<Model> bench;
  if (!bench.agrees_node_by_node()) {
    state.SkipWithError("differs from node by node");
    return;
  }
  const double ceiling = bench::matmul_ceiling(threads);
  for (auto _ : state) step(bench);
  const double flops = passes * bench.forward_flops();
  state.SetItemsProcessed(state.iterations() *
                          static_cast<std::int64_t>(bench.forest().num_nodes()));
  state.counters["FLOPs"] = flops;
  state.counters["% of ceiling"] =
      benchmark::Counter(100.0 * flops / ceiling, benchmark::Counter::kIsIterationInvariantRate);
}

// Merged schedule, forward, loss at every node, backward, Adagrad on the network and SGD on word
// vectors.
template <class Model>
void train(benchmark::State& state) {
  run<Model>(state, 3.0, [](auto& bench) { bench.train(); });
}

// Merged schedule, forward and scores of the classes, without a record.
template <class Model>
void infer(benchmark::State& state) {
  const NoRecording no_recording;
  run<Model>(state, 1.0, [](auto& bench) { benchmark::DoNotOptimize(bench.logits()); });
}

void child_sum_tree_lstm_train(benchmark::State& state) { train<ChildSum>(state); }
void child_sum_tree_lstm_infer(benchmark::State& state) { infer<ChildSum>(state); }
void nary_tree_lstm_train(benchmark::State& state) { train<Nary>(state); }
void nary_tree_lstm_infer(benchmark::State& state) { infer<Nary>(state); }

#define ESPALIER_BY_THREADS(name) \
  BENCHMARK(name)->ArgName("threads")->Arg(1)->Arg(2)->UseRealTime()->MeasureProcessCPUTime()
ESPALIER_BY_THREADS(child_sum_tree_lstm_train);
ESPALIER_BY_THREADS(child_sum_tree_lstm_infer);
ESPALIER_BY_THREADS(nary_tree_lstm_train);
ESPALIER_BY_THREADS(nary_tree_lstm_infer);

}  // namespace
}  // namespace espalier
