// What benchmarks/layers/tree_lstm_bench.cpp works on, as a safetensors file that the peers in
// Python read: its 25 trees, words, labels and the weights of both Tree-LSTMs, and with these the
// states, the loss and the gradients, which each peer must reproduce before it is timed.

#include <string>
#include <vector>

#include <espalier/base/error.h>
#include <espalier/graph/structure.h>
#include <espalier/layers/child_sum_tree_lstm.h>
#include <espalier/layers/embedding.h>
#include <espalier/layers/linear.h>
#include <espalier/layers/nary_tree_lstm.h>
#include <espalier/ops/loss.h>
#include <espalier/training/safetensors.h>

#include "benchmarks/peers/reference_main.h"
#include "benchmarks/support/random_trees.h"

namespace espalier {
namespace {

constexpr int kInput = 300;
constexpr int kHidden = 150;
constexpr int kClasses = 5;
constexpr int kWords = 20'000;

// Integers below 2^24 are exact as floats.
template <class Numbers>
Tensor as_floats(const Numbers& numbers) {
  std::vector<float> values;
  for (const auto n : numbers) values.push_back(static_cast<float>(n));
  return Tensor::from_values({values.size()}, values);
}

void add_model(const Module& layer, const Linear& classifier, const Variable& h,
               const bench::Forest& forest, const std::string& name,
               training::Safetensors& content) {
  const Variable loss =
      softmax_cross_entropy(classifier.forward(h), forest.labels, {.scale = 1.0f / 25});
  content.tensors.emplace(name + ".h", h.value().clone());
  content.tensors.emplace(name + ".loss", loss.value().clone());
  loss.backward();
  const auto add_parameters = [&](const Module& module, const std::string& prefix) {
    for (const NamedParameter& p : module.parameters()) {
      content.tensors.emplace(prefix + p.name, p.variable.value().clone());
      content.tensors.emplace(prefix + p.name + ".gradient", p.variable.gradient().clone());
    }
  };
  add_parameters(layer, name + ".");
  add_parameters(classifier, name + ".classifier.");
}

void write(const std::string& path) {
  Rng rng(1);
  const bench::Forest forest = bench::random_forest(25, 19, kWords, kClasses, rng);
  const Embedding embedding(kWords, kInput, rng);
  const Variable x = embedding.forward(forest.words).detach();

  training::Safetensors content;
  std::vector<std::int64_t> parents;  // Of each node in its tree's numbering; -1 for the root.
  for (const Tree* tree : forest.shapes) {
    for (NodeId v = 0; v < tree->num_nodes(); ++v) {
      parents.push_back(tree->parent(v) == kNoNode ? -1 : std::int64_t{tree->parent(v)});
    }
  }
  content.tensors.emplace("parents", as_floats(parents));
  content.tensors.emplace("leaves", as_floats(forest.leaves));
  content.tensors.emplace("words", as_floats(forest.words));
  content.tensors.emplace("labels", as_floats(forest.labels));
  content.tensors.emplace("x", x.value().clone());

  const LinearOptions to_classes{.input_size = kHidden, .output_size = kClasses};
  {
    const ChildSumTreeLSTM layer({.input_size = kInput, .hidden_size = kHidden}, rng);
    const Linear classifier(to_classes, rng);
    const Schedule schedule{bottom_up(forest.shapes)};
    add_model(layer, classifier, layer.forward({x, forest.leaves}, schedule).h, forest, "child_sum",
              content);
  }
  {
    const NaryTreeLSTM layer({.input_size = kInput, .hidden_size = kHidden, .leaf_module = true},
                             rng);
    const Linear classifier(to_classes, rng);
    const Schedule schedule{bottom_up(forest.shapes, /*arity=*/2)};
    const Variable h = layer.forward({x, forest.leaves}, schedule, "child").h;
    add_model(layer, classifier, h, forest, "nary", content);
  }
  training::write_safetensors(path, content);
}

}  // namespace
}  // namespace espalier

int main(int argc, char** argv) {
  return espalier::bench::reference_main(
      argc, argv, {"FILE.safetensors"},
      [](const auto& arguments) { espalier::write(arguments[0]); });
}
