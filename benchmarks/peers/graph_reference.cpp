// A task of benchmarks/support/graph_tasks.h, or "composition", as a safetensors file that the
// peers in Python read: features, who is whose neighbour, labels and weights, and with these the
// scores, the loss and the gradients without dropout, which each peer must reproduce before it is
// timed.

#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include <espalier/base/error.h>
#include <espalier/graph/meta_path.h>
#include <espalier/ops/loss.h>
#include <espalier/training/safetensors.h>

#include "benchmarks/peers/reference_main.h"
#include "benchmarks/support/graph_tasks.h"
#include "benchmarks/support/random_graphs.h"

namespace espalier {
namespace {

template <class Numbers>
std::vector<std::uint64_t> as_integers(const Numbers& numbers) {
  return {numbers.begin(), numbers.end()};
}

// "<name>.offsets", "<name>.columns" and, with weights, "<name>.values".
void add_rows(const Adjacency& rows, const std::string& name, training::Safetensors& content) {
  content.integers.emplace(name + ".offsets", as_integers(rows.offsets()));
  content.integers.emplace(name + ".columns", as_integers(rows.columns()));
  if (!rows.has_weights()) return;
  content.tensors.emplace(name + ".values",
                          Tensor::from_values({rows.num_edges()}, rows.weights()));
}

// What benchmarks/graph/meta_path_bench.cpp composes; of the result each row's number of columns
// and their sum.
training::Safetensors composition() {
  Rng rng(1);
  const HeteroGraph graph = bench::random_citations(1'000'000, 10'000'000, rng);
  training::Safetensors content;
  add_rows(graph.edge_types()[0].edges, "cites", content);
  const Adjacency pairs = compose(graph, MetaPath("paper>paper>paper", graph));
  std::vector<std::uint64_t> counts, sums;
  for (NodeId v = 0; v < pairs.num_rows(); ++v) {
    counts.push_back(pairs.of(v).size());
    sums.push_back(std::accumulate(pairs.of(v).begin(), pairs.of(v).end(), std::uint64_t{0}));
  }
  content.integers.emplace("pairs.counts", std::move(counts));
  content.integers.emplace("pairs.sums", std::move(sums));
  return content;
}

training::Safetensors training_step(const std::string& name) {
  const bench::GraphTask task = bench::make_graph_task(name, /*dropout=*/0.0f);
  training::Safetensors content;
  if (task.graph->features.dense().defined()) {
    content.tensors.emplace("x", task.graph->features.dense().value().clone());
  } else {
    add_rows(task.words, "x", content);
  }
  for (std::size_t p = 0; p < task.graph->neighbours.size(); ++p) {
    add_rows(task.graph->neighbours[p], message("way.", p), content);
  }
  content.integers.emplace("labels", as_integers(task.batch.labels));

  Rng unused(1);
  const Variable scores = task.model->logits(task.batch, unused);
  const Variable loss = softmax_cross_entropy(scores, task.batch.labels);
  loss.backward();
  content.tensors.emplace("scores", scores.value().clone());
  content.tensors.emplace("loss", loss.value().clone());
  for (const NamedParameter& p : task.model->parameters()) {
    content.tensors.emplace("weight." + p.name, p.variable.value().clone());
    content.tensors.emplace("gradient." + p.name, p.variable.gradient().clone());
  }
  return content;
}

}  // namespace
}  // namespace espalier

int main(int argc, char** argv) {
  return espalier::bench::reference_main(
      argc, argv, {"TASK", "FILE.safetensors"}, [](const auto& arguments) {
        const std::string& task = arguments[0];
        espalier::training::write_safetensors(arguments[1], task == "composition"
                                                                ? espalier::composition()
                                                                : espalier::training_step(task));
      });
}
