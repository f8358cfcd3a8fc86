// Data of one's own, a loss of one's own, a loop of one's own: trees of any arity from JSON lines,
// whose roots are to say how much the numbers at their leaves are together.

#include <cmath>
#include <cstdlib>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include <espalier/espalier.h>
#include <nlohmann/json.hpp>

using namespace espalier;

namespace {

// {"children": [{"word": "3"}, {"children": [{"word": "1"}, {"word": "0"}]}]}: a line for each
// tree.
void write_tree(Rng& rng, int depth, std::ostream& out, int& sum) {
  if (depth == 0 || rng.chance(0.4f)) {
    const auto digit = static_cast<int>(rng.below(4));
    sum += digit;
    out << R"({"word":")" << digit << "\"}";
    return;
  }
  out << R"({"children":[)";
  for (std::uint64_t child = 0, count = 1 + rng.below(3); child < count; ++child) {
    if (child > 0) out << ',';
    write_tree(rng, depth - 1, out, sum);
  }
  out << "]}";
}

std::string json_lines(std::size_t count, Rng& rng) {
  std::ostringstream lines;
  for (std::size_t i = 0; i < count; ++i) {
    std::ostringstream tree;
    int sum = 0;
    write_tree(rng, 3, tree, sum);
    lines << R"({"sum":)" << sum << R"(,"tree":)" << tree.str() << "}\n";
  }
  return lines.str();
}

struct Example {
  LabelledTree tree;
  float sum = 0.0f;
};

void add_nodes(const nlohmann::json& node, NodeId parent, Vocabulary& words,
               std::vector<NodeId>& parents, LabelledTree& to) {
  const auto v = static_cast<NodeId>(parents.size());
  parents.push_back(parent);
  to.words.push_back(node.contains("word") ? words.add(node.at("word").get<std::string>())
                                           : kNoWord);
  to.labels.push_back(kNoLabel);
  if (!node.contains("children")) return;
  for (const nlohmann::json& child : node.at("children")) add_nodes(child, v, words, parents, to);
}

std::vector<Example> read(const std::string& lines, Vocabulary& words) {
  std::vector<Example> examples;
  std::istringstream in(lines);
  for (std::string line; std::getline(in, line);) {
    const auto json = nlohmann::json::parse(line);
    std::vector<NodeId> parents;
    LabelledTree tree{
        .tree = Tree::from_parents(std::vector<NodeId>{kNoNode}), .words = {}, .labels = {}};
    add_nodes(json.at("tree"), kNoNode, words, parents, tree);
    tree.tree = Tree::from_parents(parents);
    examples.push_back({std::move(tree), json.at("sum").get<float>()});
  }
  return examples;
}

class TreeSum : public Module {
 public:
  TreeSum(int num_words, Rng& rng)
      : embedding_(num_words, 8, rng, /*bound=*/0.3f),
        lstm_({.input_size = 8, .hidden_size = 32}, rng),
        output_({.input_size = 32, .output_size = 1}, rng) {
    add_module("embedding", embedding_);
    add_module("lstm", lstm_);
    add_module("output", output_);
  }

  // [trees, 1]. The batch's schedule is merged from those that the trees keep.
  Variable forward(const models::TreeBatch& batch) const {
    const NodeInputs x{embedding_.forward(batch.words), batch.word_nodes};
    return output_.forward(gather_rows(lstm_.forward(x, batch.schedule).h, batch.roots));
  }

 private:
  Embedding embedding_;
  ChildSumTreeLSTM lstm_;
  Linear output_;
};

// Squares for small errors and, at once, absolute values against large ones.
Variable loss_of(const Variable& predicted, const Tensor& sums) {
  const Variable error = predicted - Variable(sums.alias());
  const float each = 1.0f / static_cast<float>(sums.size());
  return scale((error * error + abs(error)).sum(), each);
}

}  // namespace

int main() {
  Rng rng(1);
  Vocabulary words;
  const std::vector<Example> train = read(json_lines(1000, rng), words);
  const std::vector<Example> test = read(json_lines(200, rng), words);

  const TreeSum model(static_cast<int>(words.size()), rng);
  training::Adam optimizer(model, {.learning_rate = 0.005});
  const auto batch_of = [](const std::vector<Example>& examples, std::size_t begin,
                           std::size_t size, Tensor& sums) {
    std::vector<const LabelledTree*> trees;
    sums = Tensor::uninitialized({size, 1});
    for (std::size_t i = 0; i < size; ++i) {
      trees.push_back(&examples[begin + i].tree);
      sums.at(i, 0) = examples[begin + i].sum;
    }
    return models::TreeBatch(trees, models::TreeBatch::kAnyNumber);
  };
  constexpr std::size_t kBatchSize = 25;
  Tensor sums;
  for (int epoch = 0; epoch < 15; ++epoch) {
    const Training training;  // So that layers that drop out would; answers below are not in it.
    double total = 0.0;
    for (std::size_t begin = 0; begin < train.size(); begin += kBatchSize) {
      const models::TreeBatch batch = batch_of(train, begin, kBatchSize, sums);
      const Variable loss = loss_of(model.forward(batch), sums);
      loss.backward();
      training::clip_by_global_norm(optimizer.parameters(), 5.0);
      optimizer.step();
      total += static_cast<double>(loss.item());
    }
    std::cout << "epoch " << epoch + 1 << ": loss "
              << total * kBatchSize / static_cast<double>(train.size()) << '\n';
  }
  training::save(model, "tree_sum.safetensors");

  Rng other(2);
  const TreeSum again(static_cast<int>(words.size()), other);
  training::load_parameters(again, "tree_sum.safetensors");
  const Answering answering;
  const Variable predicted = again.forward(batch_of(test, 0, test.size(), sums));
  double error = 0.0;
  for (std::size_t i = 0; i < test.size(); ++i) {
    error += std::abs(static_cast<double>(predicted.value().at(i, 0) - sums.at(i, 0)));
  }
  error /= static_cast<double>(test.size());
  std::cout << "on new trees the sum is " << error << " off\n";
  return error < 0.5 ? EXIT_SUCCESS : EXIT_FAILURE;
}
